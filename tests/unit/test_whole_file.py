from __future__ import annotations

import pytest
from icemargin.inference.errors import OutputError
from icemargin.inference.whole_file import whole_file


def test_the_file_appears_at_the_end(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with whole_file(target) as part:
        part.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error, raised", [(ValueError("no"), ValueError), (OSError(28, "No space left"), OutputError)])
def test_after_an_error_the_old_file_stands_and_nothing_else(tmp_path, error, raised):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(raised, match=r"no|No space left.*choose another place"), whole_file(target) as part:
        part.write_text("half")
        raise error
    assert target.read_text() == "old" and list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there(tmp_path):
    target = tmp_path / "gone" / "a.txt"
    with pytest.raises(OutputError, match=r"a\.txt cannot be written .*; check"), whole_file(target, "check") as part:
        part.write_text("x")
