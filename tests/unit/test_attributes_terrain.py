"""Heights, slope, aspect, length and terminus on surfaces whose answers are known, and glaciers that are odd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import CrsError
from icemargin.inventory.attributes import in_degrees, measure_attributes
from icemargin.inventory.attributes_grid import Elevation, cell_size, cells_inside, local_grid
from icemargin.inventory.attributes_terrain import aspect_sector, covered, hypsometry_of
from icemargin.inventory.projection import lonlat
from made_ground import UTM32, X, Y, layer_of, outlines_of, plane, raster
from pyproj import Geod

GEOD = Geod(ellps="WGS84")
THIN = shapely.box(X - 100, Y - 2000, X + 100, Y + 2000)
STRIP = shapely.box(X - 300, Y - 2000, X + 300, Y + 2000)


def measured(geometry, dem, crs=UTM32):
    layer = layer_of(geometry, crs=crs)
    found = measure_attributes(layer, outlines_of(layer), dem, "made")
    assert len(found) == 1
    return found[0]


def share_covered(geometry, dem):
    outlines = outlines_of(layer_of(geometry))
    degrees, centres = in_degrees(outlines)
    grid = local_grid(degrees[0], *centres[0], outlines.area_km2[0])
    return covered(grid, Elevation(dem).of_cells(grid))


@pytest.mark.parametrize("aspect", [0, 22, 90, 135, 180, 222.5, 270, 337])
def test_a_tilted_plane(aspect):
    values = measured(shapely.Point(X, Y).buffer(800), raster(plane(20, aspect))).values
    assert values["slope_deg"] == pytest.approx(20, abs=0.05)
    assert (values["aspect_deg"] - aspect + 180) % 360 - 180 == pytest.approx(0, abs=0.2)
    reach = 800 * math.tan(math.radians(20))
    assert values["zmin_m"] == pytest.approx(2000 - reach, abs=8)
    assert values["zmax_m"] == pytest.approx(2000 + reach, abs=8)
    assert values["zmed_m"] == pytest.approx(2000, abs=3) and values["zmean_m"] == pytest.approx(2000, abs=3)
    # The terminus lies on the outline, towards the aspect; cells side by side may be equally low.
    way = GEOD.inv(values["cenlon"], values["cenlat"], values["termlon"], values["termlat"])
    assert way[2] == pytest.approx(800, abs=25) and (way[0] - aspect + 180) % 360 - 180 == pytest.approx(0, abs=13)
    # From the highest cell to the lowest, through the middle.
    assert values["lmax_m"] == pytest.approx(1600, abs=90)
    assert (values["attr_state"], values["dem_source"]) == ("current", "made")


@pytest.mark.parametrize(
    ("geometry", "length"),
    [
        (THIN, 4000),
        (shapely.affinity.rotate(THIN, 27), 4000),  # a way from cell to cell alone would be 7 % too long
        (shapely.LineString([(X, Y + 2000), (X, Y), (X + 1500, Y - 1500)]).buffer(200, cap_style="flat"), 4121),
        (shapely.LineString([(X, Y + 2000), (X, Y - 2000)]).buffer(600).difference(
            shapely.box(X - 200, Y - 500, X + 200, Y + 500)), 5300),  # round a nunatak
    ],
)  # fmt: skip
def test_length_follows_the_glacier(geometry, length):
    values = measured(geometry, raster(plane(10, 180))).values
    assert values["lmax_m"] == pytest.approx(length, rel=0.04)


def test_the_longest_arm_counts():
    short = shapely.LineString([(X, Y), (X - 900, Y + 900)])
    long = shapely.LineString([(X, Y - 1500), (X, Y), (X + 1600, Y + 1600)])
    both = shapely.union_all([short.buffer(150, cap_style="flat"), long.buffer(150, cap_style="flat")])
    bowl = raster(lambda x, y: 2000 + 0.2 * np.hypot(x - X, y - (Y - 1500)))
    values = measured(both, bowl).values
    assert values["lmax_m"] == pytest.approx(long.length, rel=0.06)
    assert values["termlat"] == pytest.approx(lonlat(np.array([[X, Y - 1500]]), UTM32)[0, 1], abs=2e-3)


def test_heads_and_terminus_are_not_at_a_nunatak():
    pit = raster(lambda x, y: plane(10, 180)(x, y) - 3000 * (np.hypot(x - X, y - Y) < 150))
    ring = shapely.Point(X, Y).buffer(900).difference(shapely.Point(X, Y).buffer(120))
    values = measured(ring, pit).values
    assert values["zmin_m"] < 0  # the pit's rim reaches under the ice
    assert GEOD.inv(*lonlat(np.array([[X, Y - 900]]), UTM32)[0], values["termlon"], values["termlat"])[2] < 200


def test_a_flat_glacier_has_no_aspect():
    values = measured(shapely.Point(X, Y).buffer(500), raster(lambda x, y: 0 * x + 1234.0)).values
    assert math.isnan(values["aspect_deg"]) and values["aspect_sec"] == 9
    assert values["slope_deg"] == 0 and values["zmin_m"] == values["zmax_m"] == 1234


SMALL = shapely.box(X, Y, X + 20, Y + 20)
GEO = {"crs": "EPSG:4326", "left": 8.9, "top": 47.05, "resolution": 1 / 1200, "size": (240, 240)}
SOUTHWARDS = plane(10, 180)


def northwards_up(x, y):
    return 2000 + 111_195 * (y - 46.95) * math.tan(math.radians(10))


def holed(x, y):
    return np.where(np.hypot(x - X, y - Y) < 20, np.nan, SOUTHWARDS(x, y))


@pytest.mark.parametrize(
    ("geometry", "crs", "dem", "area_km2"),
    [
        pytest.param(SMALL, UTM32, raster(SOUTHWARDS, resolution=90.0, size=(150, 150)), 4e-4, id="below a pixel"),
        pytest.param(shapely.box(X, Y, X + 0.5, Y + 300), UTM32, raster(SOUTHWARDS), 1.5e-4, id="narrower than a cell"),
        pytest.param(shapely.MultiPolygon([STRIP, shapely.box(X + 900, Y, X + 1000, Y + 100)]), UTM32,
                     raster(SOUTHWARDS), 2.41, id="two parts"),
        pytest.param(shapely.MultiPolygon([SMALL, shapely.box(X + 5000, Y + 5000, X + 5020, Y + 5020)]), UTM32,
                     raster(SOUTHWARDS), 8e-4, id="tiny parts far apart"),
        pytest.param(shapely.force_3d(STRIP, 17.0), UTM32, raster(SOUTHWARDS), 2.4, id="with heights"),
        pytest.param(shapely.Polygon([(X, Y), (X + 900, Y + 900), (X + 900, Y), (X, Y + 900)]), UTM32,
                     raster(SOUTHWARDS), 0.405, id="crosses itself"),
        pytest.param(STRIP, UTM32, raster(northwards_up, **GEO), 2.4, id="DEM in degrees"),
        pytest.param(STRIP, UTM32, raster(SOUTHWARDS, resolution=2.0, size=(6000, 6000)), 2.4, id="fine DEM"),
        pytest.param(STRIP, UTM32, raster(holed), 2.4, id="a small void"),
    ],
)  # fmt: skip
def test_odd_glaciers(geometry, crs, dem, area_km2):
    found = measured(geometry, dem, crs)
    values = found.values
    assert values["attr_state"] == "current" and not found.bare
    # UTM's scale at its meridian is 0.9996.
    assert values["area_km2"] == pytest.approx(area_km2 / 0.9996**2, rel=1e-3)
    assert values["slope_deg"] == pytest.approx(10, abs=0.2)
    assert values["aspect_deg"] == pytest.approx(180, abs=1) and values["aspect_sec"] == 5
    assert values["zmin_m"] <= values["zmed_m"] <= values["zmax_m"]
    assert 0 < values["lmax_m"] < 6000
    assert values["utm_zone"] in (31, 32)


@pytest.mark.parametrize(
    ("dem", "share"),
    [
        pytest.param(raster(SOUTHWARDS, size=(200, 400)), 0.5, id="partly outside"),
        pytest.param(raster(SOUTHWARDS, left=X + 50_000), 0.0, id="outside"),
        pytest.param(raster(lambda x, y: np.where(x < X - 200, np.nan, SOUTHWARDS(x, y))), 0.833, id="a large void"),
        pytest.param(raster(lambda x, y: x * np.nan), 0.0, id="nothing but voids"),
        pytest.param(raster(SOUTHWARDS, crs="EPSG:3031", left=0, top=0), 0.0, id="another hemisphere"),
    ],
)
def test_without_enough_elevation_terrain_is_missing(dem, share):
    found = measured(STRIP, dem)
    values = found.values
    assert share_covered(STRIP, dem) == pytest.approx(share, abs=0.06) and found.bare and found.terrain is None
    assert values["attr_state"] == "no terrain" and values["area_km2"] == pytest.approx(2.4, rel=2e-3)
    assert (values["lmax_m"], values["aspect_sec"], values["dem_source"]) == (-999, 9, "")
    assert all(values[name] is None for name in ("zmin_m", "zmax_m", "slope_deg", "aspect_deg", "termlon"))


def world(value):
    return raster(value, "EPSG:4326", left=-180.0, top=90.0, resolution=1 / 600, size=(108_000, 216_000))


ACROSS = shapely.box(179.98, 71.19, 180.02, 71.21)
SPLIT = shapely.MultiPolygon([shapely.box(179.98, 71.19, 180, 71.21), shapely.box(-180, 71.19, -179.98, 71.21)])
METRES = math.radians(1) * 6_371_000


def test_across_the_antimeridian():
    eastwards = world(lambda x, y: 500 - 0.1 * METRES * math.cos(math.radians(71.2)) * (x % 360 - 180))
    rows = [measured(one, eastwards, "EPSG:4326").values for one in (ACROSS, SPLIT)]
    area = abs(GEOD.geometry_area_perimeter(shapely.segmentize(ACROSS, 0.001))[0]) / 1e6
    for values in rows:
        assert values["area_km2"] == pytest.approx(area, rel=1e-4)
        assert values["aspect_deg"] == pytest.approx(90, abs=0.5)
        assert values["slope_deg"] == pytest.approx(math.degrees(math.atan(0.1)), abs=0.1)
        assert -180 <= values["cenlon"] <= 180 and values["termlon"] == pytest.approx(-179.98, abs=1e-3)
        assert values["zmed_m"] == pytest.approx(500, abs=3) and values["utm_zone"] in (1, 60)
    assert rows[0]["lmax_m"] == pytest.approx(rows[1]["lmax_m"], abs=30)


@pytest.mark.parametrize(
    ("crs", "dem"),
    [
        ("EPSG:3031", raster(lambda x, y: 2900 - 0.1 * np.hypot(x, y), "EPSG:3031", -6000, 6000)),
        ("EPSG:3031", world(lambda x, y: 2900 - 0.1 * METRES * (90 + y))),
        ("EPSG:3413", raster(lambda x, y: 2900 - 0.1 * np.hypot(x, y), "EPSG:3413", -6000, 6000)),
        ("EPSG:3413", world(lambda x, y: 2900 - 0.1 * METRES * (90 - y))),
    ],
)
def test_round_a_pole(crs, dem):
    values = measured(shapely.Point(0, 0).buffer(3000), dem, crs).values
    assert values["area_km2"] == pytest.approx(math.pi * 9, rel=0.07)  # polar stereographic's scale is not 1
    assert values["zmax_m"] == pytest.approx(2900, abs=12) and values["zmin_m"] == pytest.approx(2600, abs=15)
    assert values["slope_deg"] == pytest.approx(math.degrees(math.atan(0.1)), abs=0.3)
    assert abs(values["cenlat"]) > 89.9 and values["lmax_m"] > 2800


def test_a_dem_without_crs_is_told():
    from dataclasses import replace

    dem = raster(SOUTHWARDS)
    with pytest.raises(CrsError, match="The DEM has no CRS"):
        measured(STRIP, replace(dem, header=replace(dem.header, crs="")))


def test_nothing_to_measure():
    layer = layer_of()
    assert measure_attributes(layer, outlines_of(layer), raster(SOUTHWARDS), "made") == []


@pytest.mark.parametrize(("area", "size"), [(0.01, 11.4), (1.0, 24.0), (8.0, 49.6), (41.4, 100.0), (9000.0, 100.0)])
def test_cells_are_as_wide_as_the_rgi_s(area, size):
    assert cell_size(area) == pytest.approx(size, abs=0.1)


@pytest.mark.parametrize(
    ("aspect", "sector"),
    [(337.5, 1), (0, 1), (22.4, 1), (22.5, 2), (90, 3), (180, 5), (270, 7), (337.4, 8), (math.nan, 9)],
)
def test_sectors(aspect, sector):
    assert aspect_sector(aspect) == sector


@given(st.lists(st.integers(-3000, 89000).map(lambda z: z / 10), min_size=1, max_size=200))
def test_hypsometry_sums_to_a_thousand(heights):
    found = hypsometry_of(np.array(heights))
    assert sum(found.thousandths) == 1000 and min(found.thousandths) >= 0
    assert found.bottom_m % 50 == 0 and found.bottom_m <= min(heights) < found.bottom_m + 50
    top = found.bottom_m + 50 * len(found.thousandths)
    assert top - 50 <= max(heights) < top


def test_hypsometry_by_hand():
    found = hypsometry_of(np.array([2010.0, 2049.9, 2050.0, 2120.0, 2130.0, 2149.0]))
    assert found.bottom_m == 2000 and found.thousandths == (333, 167, 500)


@given(st.integers(0, 2**32 - 1))
def test_cells_inside_are_those_whose_centre_is(seed):
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, 12))
    blob = shapely.Polygon(np.column_stack([10 + np.cos(angle) * random.uniform(2, 9, 12), 8 + 6 * np.sin(angle)]))
    shape = shapely.make_valid(blob).difference(shapely.Point(9.3, 8.2).buffer(1.7))
    row, column = np.indices((16, 20))
    expected = shapely.contains_xy(shape, column + 0.5, row + 0.5)
    assert (cells_inside(shape, (16, 20)) == expected).all()
