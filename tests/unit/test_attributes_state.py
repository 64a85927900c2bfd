"""Which attributes are of the outline as it is now, which are stale; and who may ask."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import shapely
from icemargin.inventory.attributes_layer import AttributeInputs, layer_attributes
from icemargin.inventory.attributes_state import (
    CURRENT,
    METHOD,
    NO_TERRAIN,
    NOT_MEASURED,
    STALE,
    full_key,
    is_stale,
    state_of,
)
from made_ground import X, Y, layer_of, plane, raster

ONE, OTHER = shapely.to_wkb(shapely.box(0, 0, 1, 1)), shapely.to_wkb(shapely.box(0, 0, 1, 2))
HERE, THERE = shapely.Point(X, Y).buffer(400), shapely.Point(X + 2000, Y).buffer(400)
DEM = raster(plane(10, 180))


@pytest.mark.parametrize(
    ("wkb", "key", "stored", "shown"),
    [
        (ONE, full_key(ONE, b"z"), CURRENT, CURRENT),
        (ONE, full_key(ONE, b"z"), NO_TERRAIN, NO_TERRAIN),
        (OTHER, full_key(ONE, b"z"), CURRENT, STALE),
        (None, full_key(ONE, b"z"), CURRENT, STALE),
        (ONE, "", "", NOT_MEASURED),
        (ONE, "0" + full_key(ONE, b"z")[len(METHOD) :], CURRENT, STALE),
        (ONE, "nonsense", CURRENT, STALE),
    ],
)
def test_states(wkb, key, stored, shown):
    assert state_of(wkb, key, stored) == shown
    assert is_stale(wkb, key) == (shown in (STALE, NOT_MEASURED))


def test_a_key_tells_outlines_and_elevations_apart():
    keys = {full_key(wkb, z) for wkb in (ONE, OTHER, None) for z in (b"a", b"b")}
    assert len(keys) == 6 and full_key(ONE, b"a") in keys


def measured_again(layer, dem=DEM, before=DEM, **more):
    """What a second run measures anew, by place, where the first one's values are in the fields."""
    first = layer_attributes(layer, AttributeInputs(before, "made"))
    rows = tuple({**row, **values} for row, values in zip(layer.rows, first.rows))
    fields = tuple(dict.fromkeys([*layer.fields, *(name for values in first.rows for name in values)]))
    kept = replace(layer, rows=rows, fields=fields, **more)
    second = layer_attributes(kept, AttributeInputs(dem, "made"))
    assert second.measured + second.unchanged == 2
    return [place for place, values in enumerate(second.rows) if "attr_key" in values]


def test_only_what_changed_is_measured_again():
    layer = layer_of(HERE, THERE)
    assert measured_again(layer) == []
    moved = shapely.to_wkb(shapely.Point(X + 2001, Y).buffer(400))
    assert measured_again(layer, wkb=(layer.wkb[0], moved)) == [1]
    higher = raster(lambda x, y: plane(10, 180)(x, y) + 30.0 * (x > X + 1000))
    assert measured_again(layer, higher) == [1]
    flat, trembling, risen = (raster(lambda x, y, z=z: 0 * x + z) for z in (2000.0, 2000.003, 2000.3))
    assert measured_again(layer, trembling, flat) == [] and measured_again(layer, risen, flat) == [0, 1]


def test_everything_is_measured_again_when_asked_for():
    layer = layer_of(HERE, THERE)
    first = layer_attributes(layer, AttributeInputs(DEM, "made"))
    kept = replace(layer, rows=first.rows, fields=tuple(first.rows[0]))
    assert layer_attributes(kept, AttributeInputs(DEM, "made")).hypsometry == ()
    again = layer_attributes(kept, AttributeInputs(DEM, "made"), everything=True)
    assert (again.measured, again.unchanged) == (2, 0) and again.hypsometry == first.hypsometry
    for name, value in first.rows[0].items():
        assert again.rows[0].get(name, value) == value, name


PROGRAM = """
import sys
for name in ("osgeo", "qgis", "PyQt5", "PyQt6"):
    sys.modules[name] = None
import icemargin.inventory.attributes_layer
import made_ground
print("without GDAL")
"""
BARE = """
import sys
for name in ("osgeo", "shapely", "scipy", "pyproj"):
    sys.modules[name] = None
import icemargin.inventory.attributes_state
print("without wheels")
"""


@pytest.mark.parametrize(("program", "answer"), [(PROGRAM, "without GDAL"), (BARE, "without wheels")])
def test_what_the_runtime_and_qgis_import(program, answer):
    path = "import sys; sys.path[:0] = " + repr([entry for entry in sys.path if entry])
    run = subprocess.run([sys.executable, "-c", path + "\n" + program], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == answer, run.stderr[-500:]
