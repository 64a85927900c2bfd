from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.diagnosis.redact import Redactor


@given(st.text(alphabet="abcXYZ/ .-_", max_size=20), st.sampled_from(["", "/", "\\", " ", ":"]))
def test_a_name_never_survives(around, between):
    redact = Redactor({"USER": "Mwangi", "COMPUTERNAME": "peak-7"}, ["/data/Mount Kenya"])
    text = redact(f"{around}{between}MWANGI{between}{around} peak-7 /data/mount kenya/x")
    assert "mwangi" not in text.lower() and "peak-7" not in text.lower() and "kenya" not in text.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\Users\JANEDO~1\AppData\x.tif", r"<home>\AppData\x.tif"),
        ("C:/Users/jane/x.tif", "<home>/x.tif"),
        ("/home/someone/x.tif", "<home>/x.tif"),
        ("/Users/someone: no", "<home>: no"),
        ("http://me:secret@proxy:80", "http://proxy:80"),
        ("/usr/lib/python3/x.so", "/usr/lib/python3/x.so"),
    ],
)
def test_homes_of_others_and_passwords_are_redacted(text, expected):
    assert Redactor({})(text) == expected


def test_short_user_names_leave_words_alone():
    redact = Redactor({"USER": "ma"})
    assert redact("map of /x/ma/y by ma") == "map of /x/<user>/y by <user>"
