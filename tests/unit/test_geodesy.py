"""Areas on the ellipsoid against pyproj.Geod, and positions."""

from __future__ import annotations

import numpy as np
import pytest
from icemargin.inference.errors import CrsError
from icemargin.inference.geodesy import Geodesy, densify, lonlat_ring_areas
from icemargin.inference.positions import position_id, utm_zone
from icemargin.inference.rings import Rings
from osgeo import osr
from pyproj import Geod, Transformer, datadir
from pyproj.exceptions import DataDirError

try:
    datadir.get_data_dir()
except DataDirError:  # the system's pyproj looks for its data beside the virtual environment
    datadir.set_data_dir("/usr/share/proj")

GEOD = Geod(ellps="WGS84")


def wkt(epsg: int) -> str:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    return reference.ExportToWkt()


def star(x: float, y: float, size: float, points: int = 40) -> Rings:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = size * (0.7 + 0.3 * np.cos(5 * angle))
    return Rings(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1), np.array([0]))


def pyproj_area(rings: Rings, epsg: int) -> float:
    """The densified ring's area by an independent library (Karney's geodesics)."""
    xy = densify(rings, 100.0).xy
    lon, lat = Transformer.from_crs(epsg, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return abs(GEOD.polygon_area_perimeter(lon, lat)[0])


@pytest.mark.parametrize("size", [80.0, 1_000.0, 60_000.0])
@pytest.mark.parametrize(
    ("epsg", "x", "y"),
    [
        (32643, 500_000, 3_900_000), (32643, 800_000, 3_900_000), (32637, 500_000, 70_000),
        (32719, 300_000, 4_500_000), (32633, 500_000, 8_700_000), (3413, 400_000, -1_800_000),
        (3031, -2_300_000, 900_000), (32660, 800_000, 7_200_000), (3857, 1_200_000, 5_900_000),
    ],
)  # fmt: skip
def test_area_agrees_with_pyproj(epsg, x, y, size):
    rings = star(x, y, size)
    assert Geodesy(wkt(epsg)).area(rings) == pytest.approx(pyproj_area(rings, epsg), rel=1e-5)


def test_a_hole_is_taken_off():
    outer, hole = star(500_000, 3_900_000, 5_000), star(500_000, 3_900_000, 1_000)
    both = Rings(np.concatenate([outer.xy, hole.xy]), np.array([0, len(outer.xy)]))
    geodesy = Geodesy(wkt(32643))
    assert geodesy.area(both) == pytest.approx(geodesy.area(outer) - geodesy.area(hole), rel=1e-12)


@pytest.mark.parametrize("latitude", [80, -80])
def test_a_ring_round_a_pole(latitude):
    lon = np.arange(-180, 180, 0.05)
    rings = Rings(np.radians(np.stack([lon, np.full_like(lon, latitude)], axis=1)), np.array([0]))
    # A cap's area from the sphere of equal area is exact: 2 pi R^2 (1 - sin of the authalic latitude).
    e2 = 0.00669437999014
    e = np.sqrt(e2)

    def q(phi):
        s = np.sin(phi)
        return (1 - e2) * (s / (1 - e2 * s * s) - np.log((1 - e * s) / (1 + e * s)) / (2 * e))

    expected = np.pi * 6378137.0**2 * (q(np.pi / 2) - q(np.radians(80)))
    assert lonlat_ring_areas(rings)[0] == pytest.approx(expected, rel=1e-9)


def test_the_antimeridian_changes_nothing():
    square = np.radians(np.array([[179.9, 70.0], [-179.9, 70.0], [-179.9, 70.1], [179.9, 70.1]]))
    moved = square - np.radians([100.0, 0.0])
    here, there = (lonlat_ring_areas(Rings(xy, np.array([0])))[0] for xy in (square, moved))
    assert here == pytest.approx(there, rel=1e-9)


def test_densify_keeps_corners_and_limits_edges():
    square = Rings(np.array([[0.0, 0.0], [2.5, 0.0], [2.5, 2.5], [0.0, 2.5]]), np.array([0]))
    dense = densify(square, 1.0)
    assert len(dense.xy) == 12
    assert {(0, 0), (2.5, 0), (2.5, 2.5), (0, 2.5)} <= set(map(tuple, dense.xy))


def test_lonlat_has_longitude_first():
    lon, lat = Geodesy(wkt(32643)).lonlat(np.array([[500_000.0, 3_900_000.0]]))[0]
    assert (lon, lat) == (pytest.approx(75.0), pytest.approx(35.24, abs=0.01))


@pytest.mark.parametrize("bad", ["", "nonsense", wkt(4326)])
def test_a_crs_of_no_use_is_named(bad):
    with pytest.raises(CrsError, match=r"projected CRS|no CRS"):
        Geodesy(bad)


@pytest.mark.parametrize(("lon", "zone"), [(-180, 1), (-177.1, 1), (0, 31), (75, 43), (179.99, 60), (180, 1)])
def test_utm_zone(lon, zone):
    assert utm_zone(lon) == zone


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (86.12345, 35.45678, "IM0861234E354568N"), (-70.5, -33.25, "IM2895000E332500S"),
        (-0.00001, 0.0, "IM0000000E000000N"),
    ],
)  # fmt: skip
def test_position_id(lon, lat, expected):
    assert position_id(lon, lat) == expected
