"""Changes between the processes: what is written comes back the same."""

from __future__ import annotations

import pytest
from icemargin.inference.columns import REAL, TEXT, Field
from icemargin.inference.layer_edits import LayerEdits
from icemargin.tasks.edit_files import read_edits, write_edits


@pytest.mark.parametrize(
    "edits",
    [
        LayerEdits(),
        LayerEdits(values={3: {"a": 1, "b": None, "c": "Été ☃", "d": 0.1}}),
        LayerEdits({1: b"one", 0: b""}, {}, frozenset({5, 2}), ((4, b"four", {"id": "x"}), (4, b"more", {}))),
        LayerEdits(fields=(Field("im_id", TEXT, ""), Field("area", REAL))),
    ],
)
def test_changes_come_back(tmp_path, edits):
    write_edits(tmp_path / "edits", edits)
    assert read_edits(tmp_path / "edits") == edits
