"""Neighbours on both sides of 180 degrees, as if they lay anywhere else."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from icemargin.inventory.topology import check_layer
from icemargin.inventory.topology_faults import counted
from icemargin.inventory.topology_index import LayerIndex
from shapely import box

SLIVER = 5e-6
"""Degrees of longitude; 0.28 m at 60 degrees north."""
EAST, WEST = box(179.9, 60, 180, 60.1), box(-180, 60, -179.9, 60.1)
FAR = box(10, 60, 10.1, 60.1)


def turned(geometry, degrees):
    return shapely.transform(geometry, lambda xy: xy + np.array([degrees, 0]))


def found(*outlines, crs="EPSG:4326"):
    return check_layer(LayerIndex(outlines, [f"g{n}" for n in range(len(outlines))], crs))


PAIRS = [
    pytest.param(EAST, WEST, {}, id="sound"),
    pytest.param(EAST, turned(WEST, 360), {}, id="sound, beyond 180"),
    pytest.param(box(179.9, 60, 180 + SLIVER, 60.1), WEST, {"overlap": 1}, id="overlap"),
    pytest.param(box(179.9, 60, 180.05, 60.1), WEST, {"overlap": 1}, id="wide overlap"),
    pytest.param(EAST, box(-180 - SLIVER, 60, -179.9, 60.1), {"overlap": 1}, id="overlap, below -180"),
    pytest.param(box(179.9, 60, 180 - SLIVER, 60.1), WEST, {"gap": 1}, id="gap"),
    pytest.param(EAST, box(-180 + SLIVER, 60, -179.9, 60.1), {"gap": 1}, id="gap on the other side"),
    pytest.param(turned(WEST, 360), WEST, {"duplicate_outline": 1}, id="drawn twice"),
    pytest.param(EAST, box(-179.99, 60, -179.9, 60.1), {}, id="apart"),
    pytest.param(EAST, box(-180, 61, -179.9, 61.1), {}, id="at another latitude"),
]


@pytest.mark.parametrize(("first", "second", "faults"), PAIRS)
def test_as_anywhere_else(first, second, faults):
    told = found(FAR, first, second)
    assert counted(told) == faults
    # The same two where no seam is: turned to begin at 0 degrees.
    west = turned(second, -179.9 if second.bounds[0] > 0 else 180.1)
    elsewhere = found(turned(first, -179.9), west)
    assert counted(elsewhere) == faults
    for fault, same in zip(told, elsewhere):
        assert set(fault.places) == {1, 2} and fault.repair == ""
        assert fault.size == pytest.approx(same.size, rel=1e-3)
        assert -180 - 2 * SLIVER <= fault.box[0] <= 180


def test_one_glacier_in_parts_on_both_sides():
    both = shapely.MultiPolygon([EAST, WEST])
    below = shapely.MultiPolygon([box(179.9, 59.9, 180, 60), box(-180, 59.9, -179.9, 60)])
    assert counted(found(both, below)) == {}
    deep = shapely.MultiPolygon([box(179.9, 59.9, 180, 60.01), box(-180, 59.9, -179.9, 60.01)])
    assert counted(found(both, deep)) == {"overlap": 1}


def test_round_the_pole_and_in_metres():
    cap = shapely.Polygon([(-180, 88), (-60, 88), (60, 88), (180, 88), (180, 90), (-180, 90)])
    assert counted(found(cap, EAST, WEST)) == {}
    assert counted(found(box(0, 0, 1000, 1000), box(-1000, 0, 0, 1000), crs="EPSG:3413")) == {}
    assert found() == ()
