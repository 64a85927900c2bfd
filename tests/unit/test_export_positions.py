"""Outlines in degrees: areas on the ellipsoid, the antimeridian, the poles, shared borders."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inventory.export_positions import centre_of, cut_at_antimeridian, geodesic_km2, to_positions
from pyproj import Geod, Transformer
from shapely import box

GEOD = Geod(ellps="WGS84")
WGS84 = "EPSG:4326"
SOUTH, NORTH = ("+proj=laea +lat_0=-90 +datum=WGS84", "+proj=laea +lat_0=90 +datum=WGS84")
TURN = np.linspace(0, 2 * np.pi, 90, endpoint=False)


def circle(x, y, radius):
    return np.column_stack([x + radius * np.cos(TURN), y + radius * np.sin(TURN)])


def placed(geometry, crs):
    return to_positions(np.array([geometry], dtype=object), crs)[0]


HOLE_ON_SEAM = circle(0, -50_000, 10_000)
HOLE_ON_POLE = circle(0, 3_000, 10_000)


@pytest.mark.parametrize("crs", [SOUTH, NORTH])
@pytest.mark.parametrize(
    "polygon",
    [
        shapely.Polygon(circle(20_000, 0, 100_000)),
        shapely.Polygon(circle(0, 0, 100_000), [HOLE_ON_SEAM]),
        shapely.Polygon(circle(0, 0, 100_000), [HOLE_ON_POLE]),
        shapely.Polygon(circle(0, 0, 100_000), [HOLE_ON_SEAM, HOLE_ON_POLE, circle(50_000, 0, 5_000)]),
        shapely.Polygon(circle(0, 0, 100_000)[::-1]),
    ],
)
def test_round_a_pole(polygon, crs):
    """The plane is equal-area, so its own area is the true one."""
    found = placed(polygon, crs)
    assert found.geom_type == "Polygon" and found.is_valid
    assert found.bounds[0] == -180 and found.bounds[2] == 180 and cut_at_antimeridian(found) is found
    assert geodesic_km2(found) == pytest.approx(polygon.area / 1e6, rel=1e-6)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("east", [6.15e5, 6.41e5, 6.65e5])
def test_across_the_antimeridian(east, reverse):
    """UTM zone 60 goes on beyond 180 degrees; the outline stays whole, and GeoJSON's is cut."""
    outline = shapely.Polygon(box(east - 3e4, 7.2e6, east + 3e4, 7.22e6).exterior,
                              [box(east - 1e4, 7.205e6, east + 1e4, 7.21e6).exterior])  # fmt: skip
    found = placed(outline.reverse() if reverse else outline, "EPSG:32660")
    cut = cut_at_antimeridian(found)
    assert found.geom_type == "Polygon" and len(found.interiors) == 1 and found.is_valid and cut.is_valid
    assert found.exterior.is_ccw and not found.interiors[0].is_ccw
    assert cut.bounds[0] >= -180 and cut.bounds[2] <= 180
    assert geodesic_km2(cut) == pytest.approx(geodesic_km2(found), rel=1e-6)  # a parallel is no geodesic
    lon, lat = centre_of(found)
    assert -180 <= lon <= 180 and any(shapely.contains_xy(cut, turn, lat) for turn in (lon, lon - 360, lon + 360))


@pytest.mark.parametrize(
    ("geometry", "bounds"),
    [
        (shapely.Polygon([(179.9, 65), (-179.9, 65), (-179.9, 65.1), (179.9, 65.1)]), (-180.1, -179.9)),
        (shapely.MultiPolygon([box(179.9, 65, 180, 65.1), box(-180, 65, -179.9, 65.1)]), (179.9, 180.1)),
        (box(189.9, 65, 190.1, 65.1), (-170.1, -169.9)),
        (box(179.9, 65, 180, 65.1), (179.9, 180)),
        (shapely.MultiPolygon([box(0, 1, 1, 2), box(3, 1, 4, 2)]), (0, 4)),
    ],
)
def test_layers_in_degrees(geometry, bounds):
    found = placed(geometry, WGS84)
    assert (found.bounds[0], found.bounds[2]) == pytest.approx(bounds)
    assert found.geom_type == "MultiPolygon" if bounds == (0, 4) else found.geom_type == "Polygon"


def test_positions_in_degrees_stay_to_the_last_digit():
    ring = [(10.123456789012345, 46.1), (10.2, 46.123456789), (10.1, 46.2), (10.123456789012345, 46.1)]
    assert list(placed(shapely.Polygon(ring), WGS84).exterior.coords) == ring


@settings(max_examples=8)
@given(st.floats(-78, 78), st.floats(-3e5, 3e5), st.integers(0, 99), st.integers(1, 60))
def test_the_area_is_the_ellipsoid_s(lat, off, seed, zone):
    """Of outlines drawn in UTM, also far from its meridian; with long edges."""
    crs = f"+proj=utm +zone={zone} +datum=WGS84 {'+south' if lat < 0 else ''}"
    random = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radius = random.uniform(2_000, 9_000, 12)
    centre = np.array([5e5 + off, abs(lat) * 110_600 if lat >= 0 else 1e7 - abs(lat) * 110_600])
    outline = shapely.Polygon(centre + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    found = placed(outline, crs)
    # Another way: into an equal-area plane round the outline, with very many points on its edges.
    dense = shapely.segmentize(outline, 20)
    plane = f"+proj=laea +lat_0={lat} +lon_0={zone * 6 - 183} +datum=WGS84"
    there = Transformer.from_crs(crs, plane, always_xy=True)
    true = shapely.transform(dense, lambda xy: np.column_stack(there.transform(*xy.T))).area / 1e6
    assert geodesic_km2(found) == pytest.approx(true, rel=1e-6)


def test_what_neighbours_share_stays_shared():
    """Long edges get the same points from both sides, whichever way the rings run."""
    divide = [(501_000.0, 5_000_000.0), (501_300.5, 5_000_777.7), (500_900.0, 5_002_000.0)]
    left = shapely.Polygon([(500_000.0, 5_000_000.0), *divide, (500_000.0, 5_002_000.0)])
    right = shapely.Polygon([*divide[::-1], (503_000.0, 5_000_000.0), (503_000.0, 5_002_000.0)][::-1])
    first, second = to_positions(np.array([left, shapely.make_valid(right)], dtype=object), "EPSG:32632")
    one, other = ({tuple(xy) for xy in shapely.get_coordinates(polygon)} for polygon in (first, second))
    assert len(one & other) == 23  # 9 and 13 edges of 100 m at most
    assert shapely.intersection(first, second).area == 0
