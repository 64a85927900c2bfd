"""Strata of ground that rasters tell: hand-made terrain whose classes are known."""

import numpy as np
import pyproj
import pytest
import shapely
from ground_builders import field, raster
from icemargin.inference.errors import OutlinesError
from icemargin.inventory.clipping import Extent
from icemargin.inventory.fields import Field
from icemargin.inventory.ground import SECTORS, Confidence, Terrain, height_slope_aspect, north_of_plane
from icemargin.inventory.outlines import Outlines
from icemargin.inventory.projection import centred_crs
from icemargin.inventory.strata import Zones
from outline_builders import PLANE, layer, quick
from scipy.ndimage import map_coordinates

SQUARE = shapely.box(-1000, -1000, 1000, 1000)
CIRCLE = shapely.Point(0, 0).buffer(1000, quad_segs=200)
TONGUE = shapely.box(0, 0, 1000, 5000)
"""On RAMP it reaches from 2,000 to 3,000 m: a kilometre of its length is a fifth of its range."""


def ramp(x, y):
    return 2000 + 0.2 * y


def cone(x, y):
    return 3000 - 0.8 * np.hypot(x, y)


def compared(candidate, reference, terrain, **more):
    found = Terrain.around(terrain, reference.geometry, 5.0)
    return quick(candidate, reference, grounds=[found], **more)


def shares(rows, part="area_ref_km2"):
    total = sum(row[part] for row in rows.values())
    return {name: row[part] / total for name, row in rows.items()}


def test_values_between_pixels_are_those_of_scipy():
    random = np.random.default_rng(3)
    values = random.normal(size=(40, 50))
    made = raster(lambda x, y: np.zeros_like(x), size=1000, pixel=40)
    made.values = values.astype(np.float32)
    pixels = random.uniform(1, 38, (200, 2))
    xy = np.column_stack([made.header.left + (pixels[:, 1] + 0.5) * 40, made.header.top - (pixels[:, 0] + 0.5) * 40])
    expected = map_coordinates(made.values, pixels.T, order=1)
    assert Field(made, PLANE).between(xy) == pytest.approx(expected, abs=1e-5)
    near = Field(made, PLANE).nearest(xy)
    assert near.tolist() == [made.values[tuple(place)] for place in np.round(pixels).astype(int)]


@pytest.mark.parametrize(
    ("east", "north", "slope", "aspect"),
    [
        (0.0, 0.5, 26.565, 180.0), (0.0, -0.5, 26.565, 0.0), (0.3, -0.4, 26.565, 323.130), (-1.0, 0.0, 45.0, 90.0),
        (1.0, 1.0, 54.736, 225.0),
    ],
)  # fmt: skip
def test_slope_and_aspect_of_a_plane(east, north, slope, aspect):
    points = np.random.default_rng(0).uniform(-3000, 3000, (50, 2))
    _, *found = height_slope_aspect(field(lambda x, y: 4000 + east * x + north * y), points)
    assert found[0] == pytest.approx(slope, abs=0.02)
    assert (found[1] - aspect + 180) % 360 - 180 == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("centre", [(10.0, 46.0), (-150.0, 65.0), (15.0, 79.0), (-70.0, -46.0)])
def test_true_north_is_where_the_meridian_goes(centre):
    plane = centred_crs(np.array([centre]))
    lon, lat = centre[0] + np.array([-8.0, 0.0, 5.0]), centre[1] + np.array([3.0, 0.0, -4.0])
    there = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    start, stop = np.column_stack(there.transform(lon, lat)), np.column_stack(there.transform(lon, lat + 1e-4))
    bearing = np.degrees(np.arctan2(*(stop - start).T))
    assert north_of_plane(start, plane) == pytest.approx(-bearing, abs=0.3)  # one value for 10 km


def test_a_cone_falls_to_all_sides_alike():
    found = compared(layer(CIRCLE.buffer(100)), layer(CIRCLE), field(cone)).strata
    sectors = shares({name: row for name, row in found["aspect"].items() if name != "flat"})
    assert set(sectors) == set(SECTORS)
    assert list(sectors.values()) == pytest.approx([1 / 8] * 8, abs=2e-3)
    for row in (found["aspect"][name] for name in SECTORS):
        assert row["distance_signed_median_m"] == pytest.approx(100, abs=0.1)
        assert row["margin_ref_km"] == pytest.approx(2 * np.pi / 8, abs=0.012)
        assert row["iou"] == pytest.approx((1000 / 1100) ** 2, rel=0.01)
    assert found["slope_deg"]["30-40"]["area_ref_km2"] == pytest.approx(np.pi, rel=5e-3)  # atan 0.8 is 38.7
    heights = shares(found["elevation_m"])
    assert heights["2500-3000"] == pytest.approx(0.625**2, abs=1e-3)  # at 625 m from the middle it is 2,500 m
    assert heights["2000-2500"] == pytest.approx(1 - 0.625**2, abs=1e-3)


def test_classes_together_have_the_polygons_areas():
    reference = layer(CIRCLE, shapely.box(1500, 0, 1900, 77), shapely.box(-3000, -3000, -2000, -2500))
    candidate = layer(CIRCLE.buffer(33).difference(shapely.box(0, 0, 90, 2000)), shapely.box(1500, 500, 1900, 577))
    found = compared(candidate, reference, field(cone))
    for kind in ("elevation_m", "slope_deg", "aspect"):
        for part in ("area_km2", "area_ref_km2"):
            total = sum(row[part] for row in found.strata[kind].values())
            assert total == pytest.approx(getattr(found.total, part), rel=1e-9)
    lengths = [sum(row["margin_ref_km"] for row in rows.values()) for rows in list(found.strata.values())[1:]]
    assert lengths == pytest.approx([shapely.length(reference.geometry).sum() / 1000] * 4, rel=1e-4)


def test_terminus_flank_and_headwall_are_fifths_of_the_range():
    advanced = shapely.box(0, -50, 1020, 5000)
    places = compared(layer(advanced), layer(TONGUE), field(ramp)).strata["place_on_glacier"]
    assert list(places) == ["terminus", "flank", "headwall"]
    assert [row["margin_ref_km"] for row in places.values()] == pytest.approx([3, 6, 3], abs=0.03)
    assert places["terminus"]["hausdorff_m"] > 49 and places["flank"]["hausdorff_m"] < 21
    assert places["flank"]["distance_mean_m"] == pytest.approx(10, abs=0.2)  # one side by 20 m, the other not
    assert "area_km2" not in places["flank"]


def test_the_range_is_the_glaciers_own_also_where_the_candidate_has_two_as_one():
    """West: 2,000 to 3,000 m; east: 4,000 to 4,500 m. By one range for both, the west would have no headwall."""
    def terrain(x, y):
        return np.where(x < 1500, 2000 + 0.2 * y, 4000 + 0.1 * y)

    east = shapely.box(2000, 0, 3000, 5000)
    both = shapely.union_all([TONGUE, east])
    places = compared(layer(both), layer(TONGUE, east), field(terrain)).strata["place_on_glacier"]
    assert [row["margin_ref_km"] for row in places.values()] == pytest.approx([6, 12, 6], abs=0.06)
    assert [row["margin_km"] for row in places.values()] == pytest.approx([6, 12, 6], abs=0.06)


def test_an_ice_cap_has_no_headwall():
    """Its margin is its lowest part all round: the highest fifth is the dome."""
    places = compared(layer(CIRCLE), layer(CIRCLE), field(cone)).strata["place_on_glacier"]
    assert list(places) == ["terminus"]


def test_a_new_outline_has_no_place_on_a_glacier():
    candidate = layer(TONGUE, shapely.box(3000, 0, 3500, 500))
    places = compared(candidate, layer(TONGUE), field(ramp)).strata["place_on_glacier"]
    assert places["unknown"]["margin_km"] == pytest.approx(2, abs=0.02) and places["unknown"]["margin_ref_km"] == 0


def test_clipping_changes_no_place():
    upper = Extent(shapely.box(-100, 2500, 1100, 6000))
    places = compared(layer(TONGUE), layer(TONGUE), field(ramp), extent=upper).strata["place_on_glacier"]
    assert list(places) == ["flank", "headwall"]
    assert places["flank"]["margin_ref_km"] == pytest.approx(3, abs=0.03)


def test_voids_are_unknown_and_told():
    def half(x, y):
        return np.where(x < 0, np.nan, ramp(x, y))

    found = compared(layer(SQUARE), layer(SQUARE), field(half))
    assert shares(found.strata["elevation_m"])["unknown"] == pytest.approx(0.5, abs=0.01)
    assert found.strata["place_on_glacier"]["unknown"]["margin_ref_km"] == pytest.approx(4, abs=0.05)
    assert [text for text in found.warnings if "DEM tells nothing of 50% of the ice" in text
            or "DEM tells nothing of 51% of the ice" in text]  # fmt: skip


def test_a_small_void_is_no_warning():
    def hole(x, y):
        return np.where(np.hypot(x, y) < 50, np.nan, ramp(x, y))

    found = compared(layer(SQUARE), layer(SQUARE), field(hole))
    assert not found.warnings and found.strata["elevation_m"]["unknown"]["area_ref_km2"] < 0.03


def test_a_raster_elsewhere_tells_nothing():
    far = shapely.transform(SQUARE, lambda xy: xy + 50_000)
    found = compared(layer(far), layer(far), field(ramp)).strata
    kinds = ("elevation_m", "slope_deg", "aspect", "place_on_glacier")
    assert [list(found[kind]) for kind in kinds] == [["unknown"]] * 4
    assert found["aspect"]["unknown"]["iou"] == pytest.approx(1)


@pytest.mark.parametrize("crs", ["EPSG:32632", "EPSG:32633", "EPSG:4326", "EPSG:3035"])
def test_the_rasters_crs_does_not_matter(crs):
    found = compared(layer(CIRCLE), layer(CIRCLE), field(cone, crs=crs)).strata
    sectors = shares({name: row for name, row in found["aspect"].items() if name != "flat"})
    assert list(sectors.values()) == pytest.approx([1 / 8] * 8, abs=4e-3)
    assert shares(found["elevation_m"])["2500-3000"] == pytest.approx(0.625**2, abs=2e-3)
    assert found["slope_deg"]["30-40"]["area_ref_km2"] == pytest.approx(np.pi, rel=0.01)


def test_a_raster_that_has_not_this_place_is_no_fault():
    """The plane's middle is on the other side of the Earth for this CRS."""
    there = Field(raster(ramp, crs="EPSG:32632"), centred_crs(np.array([[-170.0, -46.0]])))
    assert np.isnan(there.between(np.zeros((3, 2)))).all()


def test_confidence_below_and_above():
    def sure(x, y):
        return np.where(x < -500, 0.6, np.where(x < 0, 0.92, 0.99))

    made = Confidence(field(sure, pixel=10.0))
    candidate = layer(shapely.box(-1040, -1000, 1000, 1000))
    found = quick(candidate, layer(SQUARE), grounds=[made]).strata
    assert shares(found["confidence"]) == pytest.approx({"< 0.95": 0.5, ">= 0.95": 0.5}, abs=0.01)
    steps = shares(found["confidence_steps"])
    assert steps == pytest.approx({"< 0.7": 0.25, "0.9-0.95": 0.25, ">= 0.95": 0.5}, abs=0.01)
    assert found["confidence"][">= 0.95"]["iou"] == pytest.approx(1, abs=1e-6)
    assert found["confidence"]["< 0.95"]["precision"] == pytest.approx(2 / 2.08, rel=1e-3)
    assert found["confidence"][">= 0.95"]["distance_mean_m"] == pytest.approx(0, abs=1e-6)
    assert found["confidence_steps"]["< 0.7"]["hausdorff_m"] == pytest.approx(40, abs=1e-3)


def test_without_a_candidate_the_reference_is_told():
    nothing = Outlines(np.zeros(0, dtype=object), (), PLANE)
    found = compared(nothing, layer(CIRCLE), field(cone))
    assert shares(found.strata["elevation_m"])["2500-3000"] == pytest.approx(0.625**2, abs=1e-3)
    assert found.to_json()["strata"]["elevation_m"]["2500-3000"]["polis_m"] is None


def test_ice_that_no_line_meets_is_unknown():
    """Lines are 5 m apart."""
    tiny = layer(shapely.box(100, 103, 104, 106))
    found = compared(tiny, tiny, field(ramp))
    assert found.strata["slope_deg"]["unknown"]["area_km2"] == pytest.approx(12e-6)


def test_kinds_have_different_names():
    ground = Zones("aspect", np.array([SQUARE]), ("north",))
    with pytest.raises(OutlinesError, match="called aspect"):
        compared(layer(SQUARE), layer(SQUARE), field(ramp), zones=[ground])


def test_two_rasters_at_once():
    found = quick(layer(SQUARE), layer(SQUARE), grounds=[
        Terrain.around(field(ramp), layer(SQUARE).geometry, 5.0), Confidence(field(lambda x, y: 0.97 + 0 * x)),
    ]).strata  # fmt: skip
    kinds = ["elevation_m", "slope_deg", "aspect", "place_on_glacier", "confidence", "confidence_steps"]
    assert list(found) == ["size", *kinds]
