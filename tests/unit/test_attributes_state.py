"""Which attributes are of the outline as it is now, which are stale; and who may ask."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
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


FAR = 3000.0  # metres from HERE's middle, beyond anything that its attributes need


@pytest.mark.parametrize(
    ("dem", "places"),
    [
        pytest.param(raster(plane(10, 180), left=X - 6600, top=Y + 6300), [], id="a larger part of the same DEM"),
        pytest.param(raster(lambda x, y: plane(10, 180)(x, y) + 9 * (y > Y + FAR)), [], id="far away"),
        pytest.param(raster(lambda x, y: np.where(y > Y + FAR, np.nan, plane(10, 180)(x, y))), [], id="a far void"),
        pytest.param(raster(plane(10, 180), left=X - 6010), [0, 1], id="pixels elsewhere"),
        pytest.param(raster(plane(10, 180), resolution=60.0), [0, 1], id="larger pixels"),
        pytest.param(raster(lambda x, y: plane(10, 180)(x, y) + 1.0 * (x < X - 390)), [0], id="at the margin"),
        pytest.param(raster(lambda x, y: np.where(x < X - 390, np.nan, plane(10, 180)(x, y))), [0], id="a void"),
    ],
)
def test_which_change_of_the_dem_counts(dem, places):
    assert measured_again(layer_of(HERE, THERE), dem) == places


def test_a_glacier_without_a_dem_is_told_each_time():
    layer = layer_of(HERE, THERE)
    inputs = AttributeInputs(raster(plane(10, 180), size=(400, 230)), "made")
    first = layer_attributes(layer, inputs)
    again = layer_attributes(replace(layer, rows=first.rows, fields=tuple(first.rows[0])), inputs)
    assert again.unchanged == 2 and again.doubts == first.doubts and "does not cover" in first.doubts[0]


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
