"""Layers between the processes: what is written comes back the same."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from icemargin.inference.vector_layer import VectorLayer
from icemargin.tasks.layer_files import read_layer, write_layer


@pytest.mark.parametrize(
    ("wkb", "rows"),
    [
        ((), ()),
        ((None,), ({"id": "a"},)),
        ((b"\x01\x02", None, b"", b"\x00" * 9), ({"id": 1}, {"id": None}, {"id": 2.5}, {"id": "Glacier d'Été ☃"})),
    ],
)
def test_a_layer_comes_back(tmp_path, wkb, rows):
    layer = VectorLayer("/päth/x.gpkg", "näme", 'PROJCRS["x"]', wkb, rows, ("id",))
    write_layer(tmp_path / "layer", layer)
    assert read_layer(tmp_path / "layer") == layer


def test_values_that_json_does_not_know_become_text(tmp_path):
    layer = VectorLayer("p", "n", "", (None,), ({"day": datetime.date(2020, 1, 2), "bytes": b"x"},), ("day", "bytes"))
    write_layer(tmp_path / "layer", layer)
    assert read_layer(tmp_path / "layer").texts("day") == ("2020-01-02",)


def test_nothing_is_unpickled(tmp_path):
    with open(tmp_path / "evil", "wb") as stream:
        np.savez(stream, facts=np.array([{"path": 1}], dtype=object), lengths=np.zeros(0), wkb=np.zeros(0))
    with pytest.raises(ValueError, match="allow_pickle"):
        read_layer(tmp_path / "evil")
