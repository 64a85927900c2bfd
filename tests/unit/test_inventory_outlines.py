"""Layers as people hand them in: each fault gets a right answer or a named error."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import CrsError, OutlinesError
from icemargin.inventory.outlines import common_crs, outlines_from_wkb
from icemargin.inventory.projection import centred_crs, distance_fault_percent, lonlat, projected
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
WGS84, UTM = "EPSG:4326", "EPSG:32632"
BOX = shapely.box(10.0, 46.0, 10.1, 46.1)
METRES = shapely.box(5e5, 5e6, 5.01e5, 5.01e6)
BOW = shapely.Polygon([(5e5, 5e6), (5.01e5, 5.001e6), (5.01e5, 5e6), (5e5, 5.001e6)])
TALL = shapely.force_3d(METRES, 2500.0)
UNCLOSED = b"\x01" + struct.pack("<III8d", 3, 1, 4, 5e5, 5e6, 5.01e5, 5e6, 5.01e5, 5.01e6, 5e5, 5.01e6)
TWO_POINTS = b"\x01" + struct.pack("<III4d", 3, 1, 2, 5e5, 5e6, 5.01e5, 5e6)


def read(*geometries, ids=None, crs=UTM, target=None):
    wkb = [one if one is None or isinstance(one, bytes) else shapely.to_wkb(one) for one in geometries]
    return outlines_from_wkb(wkb, ids or [f"g{n}" for n in range(len(wkb))], crs, target)


def geodesic_km2(polygon):
    lon, lat = shapely.get_coordinates(shapely.segmentize(polygon, 0.001)).T
    return abs(GEOD.polygon_area_perimeter(lon, lat)[0]) / 1e6


@pytest.mark.parametrize(
    ("geometry", "km2", "fault"),
    [
        (METRES, 10.0, None),
        (TALL, 10.0, None),
        (shapely.MultiPolygon([METRES]), 10.0, None),
        (shapely.GeometryCollection([METRES, shapely.Point(0, 0)]), 10.0, None),
        (METRES.reverse(), 10.0, None),
        (shapely.segmentize(METRES, 10.0), 10.0, None),
        (BOW, 0.5, "self-intersection"),
        (shapely.MultiPolygon([METRES, METRES]), 10.0, "invalid"),
        (UNCLOSED, 10.0, None),
        (TWO_POINTS, 0.0, ""),
        (None, 0.0, "left out"),
        (shapely.Polygon(), 0.0, "left out"),
        (shapely.Polygon([(5e5, 5e6), (5.01e5, 5e6), (5.01e5, 5e6), (5e5, 5e6)]), 0.0, "left out"),
        (shapely.Polygon([(5e5, 5e6), (np.nan, 5e6), (5.01e5, 5.01e6), (5e5, 5e6)]), 0.0, "left out"),
    ],
)
def test_one_outline(geometry, km2, fault):
    found = read(geometry, shapely.box(6e5, 5e6, 6.01e5, 5.001e6))
    assert found.area_km2[:-1].sum() == pytest.approx(km2, rel=1.5e-3)  # UTM's scale is 0.9996 here
    assert shapely.is_valid(found.geometry).all() and not shapely.has_z(found.geometry).any()
    told = [one.what for one in found.faults if one.id == "g0"]
    assert told == [] if fault is None else any(fault in text for text in told)
    assert found.places == ((0, 1) if km2 else (1,))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b"], ("a", "b")),
        ([None, ""], ("feature 1", "feature 2")),
        (["a", "a"], ("a", "a (2)")),
        (["a (2)", "a", "a"], ("a (2)", "a", "a (3)")),
        (["feature 2", None], ("feature 2", "feature 2 (2)")),
    ],
)
def test_ids_are_there_and_unique(ids, expected):
    boxes = [shapely.box(5e5 + 2000 * n, 5e6, 5.01e5 + 2000 * n, 5.001e6) for n in range(len(ids))]
    found = read(*boxes, ids=ids)
    assert found.ids == expected
    assert len(found.faults) == sum(name != told for name, told in zip(ids, expected))


def test_the_same_outline_twice_counts_once():
    found = read(METRES, METRES.reverse(), ids=["a", "b"])
    assert found.ids == ("a",) and [fault.id for fault in found.faults] == ["b"]
    assert "same outline as a" in found.faults[0].what


@pytest.mark.parametrize(
    ("geometry", "crs", "error", "words"),
    [
        (shapely.Point(0, 0), UTM, OutlinesError, "is a point"),
        (shapely.LineString([(0, 0), (1, 1)]), UTM, OutlinesError, "is a linestring"),
        (METRES, "", CrsError, "no CRS"),
        (METRES, "nonsense", CrsError, "cannot be read"),
        (METRES, WGS84, CrsError, "which its CRS has not"),
    ],
)
def test_what_cannot_be_read_is_named(geometry, crs, error, words):
    with pytest.raises(error, match=words):
        read(geometry, crs=crs)


def test_as_many_ids_as_outlines():
    with pytest.raises(OutlinesError, match="2 ids"):
        read(METRES, ids=["a", "b"])


def test_no_outlines_at_all():
    assert len(read()) == 0


ACROSS = [
    shapely.box(179.9, 65, 180.1, 65.1),
    shapely.Polygon([(179.9, 65), (-179.9, 65), (-179.9, 65.1), (179.9, 65.1)]),
    shapely.MultiPolygon([shapely.box(179.9, 65, 180, 65.1), shapely.box(-180, 65, -179.9, 65.1)]),
]


@pytest.mark.parametrize("geometry", ACROSS)
def test_across_the_antimeridian(geometry):
    found = read(geometry, crs=WGS84)
    assert found.geometry[0].geom_type == "Polygon"
    assert found.area_km2[0] == pytest.approx(geodesic_km2(ACROSS[0]), rel=1e-5)


def test_a_polar_ice_cap_in_degrees():
    """A ring round the pole, without an edge to it."""
    lon = np.arange(-180.0, 180.0, 5.0)
    cap = shapely.Polygon(np.column_stack([lon, np.full(len(lon), 85.0)]))
    found = read(cap, crs=WGS84)
    expected = abs(GEOD.polygon_area_perimeter(lon, np.full(len(lon), 85.0))[0]) / 1e6
    assert found.area_km2[0] == pytest.approx(expected, rel=0.01)  # parallels, not geodesics


@pytest.mark.parametrize("lat", [-78.0, -46.6, 0.2, 46.0, 82.0])
def test_areas_are_those_on_the_ellipsoid(lat):
    box = shapely.box(10, lat, 10.2, lat + 0.1)
    far = shapely.box(30, lat, 30.2, lat + 0.1)  # far from the plane's centre all the same
    assert read(box, far, crs=WGS84).area_km2 == pytest.approx([geodesic_km2(box)] * 2, rel=1e-6)


@settings(max_examples=20)
@given(st.floats(-170, 170), st.floats(-80, 80), st.integers(1, 60))
def test_the_crs_does_not_matter(lon, lat, seed):
    """The same outline in degrees and in a metric CRS gives the same area and shape."""
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, 30))
    radius = random.uniform(0.005, 0.02, 30)
    ring = np.column_stack([lon + radius * np.cos(angle) / np.cos(np.radians(lat)), lat + radius * np.sin(angle)])
    metric = f"+proj=utm +zone={int((lon + 180) // 6) + 1} +datum=WGS84 {'+south' if lat < 0 else ''}"
    plane = centred_crs(np.array([[lon, lat]]))
    degrees = read(shapely.Polygon(ring), crs=WGS84, target=plane)
    metres = read(shapely.Polygon(projected(ring, WGS84, metric)), crs=metric, target=plane)
    assert metres.area_km2 == pytest.approx(degrees.area_km2, rel=1e-4)
    assert shapely.hausdorff_distance(metres.geometry[0], degrees.geometry[0]) < 0.5


def test_one_plane_for_both_layers_wherever_they_are():
    here, there = shapely.to_wkb(BOX), shapely.to_wkb(METRES)
    plane = common_crs(([here], WGS84), ([there, None], UTM))
    first, second = read(BOX, crs=WGS84, target=plane), read(METRES, crs=UTM, target=plane)
    assert first.crs == second.crs == plane
    assert lonlat(shapely.get_coordinates(first.geometry[0]), plane)[0] == pytest.approx([10.1, 46.0], abs=1e-6)


def test_how_wrong_distances_are_is_known():
    plane = centred_crs(np.array([[10.0, 46.0]]))
    assert distance_fault_percent(np.array([[500_000.0, 0.0]])) < 0.1
    for away in (5e5, 2e6):
        ends = np.array([[away, -500.0], [away, 500.0]])  # across the radius: stretched by 1 / cos(c / 2)
        (lon, other), (lat, last) = lonlat(ends, plane).T
        true = GEOD.inv(lon, lat, other, last)[2]
        assert 100 * abs(1000 / true - 1) == pytest.approx(distance_fault_percent(ends), rel=0.1, abs=0.01)
