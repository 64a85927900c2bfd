"""Which libraries are missing, and that an old shapely counts as one."""

import pytest
from icemargin.commands.needs_inventory import require_inventory
from icemargin.inference import libraries
from icemargin.inference.errors import RuntimeMissingError
from icemargin.inference.libraries import OUTLINES, PAGES, missing_libraries


def test_here_nothing_is_missing():
    assert missing_libraries((*OUTLINES, *PAGES)) == []


@pytest.mark.parametrize(
    ("absent", "shapely", "missing"),
    [
        ((), "2.1.0", []),
        ((), "1.8.5", ["shapely>=2"]),
        (("scipy",), "2.0", ["scipy"]),
        (("shapely", "pyproj"), "", ["shapely", "pyproj"]),
    ],
)
def test_what_is_missing_is_named(monkeypatch, absent, shapely, missing):
    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name in absent else name)
    monkeypatch.setattr(libraries, "version", lambda _name: shapely)
    assert missing_libraries(OUTLINES) == missing
    if missing:
        with pytest.raises(RuntimeMissingError, match=f"pip install '{missing[0]}'"):
            require_inventory()
