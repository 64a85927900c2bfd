"""A test set that does not test what its name says is told."""

from __future__ import annotations

import math

import pytest
from icemargin.inference.errors import DatasetError
from icemargin.inference.grid import centre_lonlat, spatial_reference
from icemargin.training.data.tiles import Tile
from icemargin.training.evaluation.sets import NamedSet, doubts_of, shared_ground

NAN = math.nan


def tile(name="a", lon=8.0, lat=46.0, date="2020-08-01", sensor="Sentinel-2", path="train.hdf5", size=100, **more):
    return Tile(path, name, "ALP", "ALP-1", size, size, lon, lat, ("optical",), 32632, 10.0, (), sensor, date, **more)


def test_shared_ground_by_hand():
    """A degree of latitude is 111.32 km: 0.005 degrees are 556.6 m of the 1000 m of a tile."""
    assert shared_ground(tile(), tile()) == 1
    assert shared_ground(tile(), tile(lat=46.005)) == pytest.approx(1 - 0.5566)
    east = shared_ground(tile(), tile(lon=8.005))
    assert east == pytest.approx(1 - 0.5566 * math.cos(math.radians(46)))
    assert shared_ground(tile(), tile(lat=46.01)) == 0 and shared_ground(tile(), tile(lon=8.02)) == 0
    assert shared_ground(tile(size=100), tile(size=20, lat=46.001)) == 1  # the small one lies in the large one
    assert shared_ground(tile(lon=179.9999, lat=0), tile(lon=-179.9999, lat=0)) == pytest.approx(1 - 0.022264)
    assert shared_ground(tile(), tile(lon=NAN)) == 0


@pytest.mark.parametrize("epsg, lat", [(32632, 46.0), (32633, 78.0)])
def test_tiles_that_touch_do_not_overlap(epsg, lat):
    """Neighbours in UTM, three degrees from its meridian, where the grid is turned most."""
    reference = spatial_reference(f"EPSG:{epsg}", "grid")
    left = 300000.0
    low = 5.1e6 if lat < 60 else 8.66e6
    places = [centre_lonlat((left + k * 1000, low, left + (k + 1) * 1000, low + 1000), reference) for k in (0, 1)]
    one, two = (tile(lon=lon, lat=lat) for lon, lat in places)
    assert shared_ground(one, two) < 0.02 < shared_ground(one, one)


@pytest.mark.parametrize(
    "name, tested, expected",
    [
        ("spatial", tile("b", lat=47.0), ()),
        ("spatial", tile("b", lat=46.0175), ("1 of 1 tiles lie within 1000 m of ground",)),  # a gap of 948 m
        ("spatial", tile("b", lat=46.0185), ()),  # of 1059 m
        ("spatial", tile("b", lat=46.0175, lon=8.5), ()),
        ("spatial", tile("b", lat=46.0095), ("1 of 1 tiles lie within 1000 m",)),
        ("temporal", tile("b", lat=46.0135, date="2021-08-01"), ()),
        ("spatial", tile("b", lat=46.004, date="2021-08-01"), ("Leak: 1 of 1 tiles lie on ground",)),
        ("spatial", tile("a"), ("Leak",)),
        ("spatial", tile("b", lon=NAN, lat=NAN), ("1 of 1 tiles have no position",)),
        ("temporal", tile("b", date="2021-08-01"), ()),
        ("temporal", tile("b", lat=47.0), ("Called temporal, but 2020-08-01 was trained on",)),
        ("temporal", tile("b", lat=47.0, date=""), ("1 of all tiles do not say their date",)),
        ("temporal", tile("a"), ("Leak: 1 of 1 tiles show the same ground, date and sensor", "Called temporal")),
        ("cross-sensor", tile("b", sensor="Landsat 8"), ()),
        ("cross-sensor", tile("b", lat=47.0), ("Called cross-sensor, but Sentinel-2 was trained on",)),
        ("cross-sensor", tile("b", sensor="", lat=47.0), ("do not say their sensor",)),
        ("mine", tile("b", date="2021-08-01"), ()),
        ("mine", tile("b", path="other.hdf5"), ("Leak",)),
    ],
)
def test_doubts(name, tested, expected):
    doubts = doubts_of(NamedSet(name, (tested,)), [tile()])
    assert len(doubts) == len(expected), doubts
    assert all(part in doubt for part, doubt in zip(expected, doubts))


def test_without_training_tiles_nobody_can_tell():
    assert "--trained-on" in doubts_of(NamedSet("spatial", (tile(),)), [])[0]


def test_facts_of_a_set():
    mixed = NamedSet("mine", (tile(), tile("b", sensor=""), tile("c", sensor="Landsat 8", date="2001-01-01")))
    assert mixed.sensors == ("Landsat 8", "Sentinel-2") and mixed.dates == ("2001-01-01", "2020-08-01")
    with pytest.raises(DatasetError):
        NamedSet("", (tile(),))
    with pytest.raises(DatasetError):
        NamedSet("empty", ())
