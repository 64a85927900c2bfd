"""Whole comparisons against numbers worked out by hand, and against shapely by brute force."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import Cancelled, OutlinesError, SettingsError
from icemargin.inference.progress import NoProgress
from icemargin.inventory.clipping import Extent
from icemargin.inventory.comparison import ComparisonSettings, compare
from icemargin.inventory.outlines import Outlines
from icemargin.inventory.strata import Zones
from outline_builders import FINE, PLANE, QUICK, layer, quick, square, star, turned

CORNER = 0.5 * (10 * math.sqrt(200) + 100 * math.asinh(1))
"""Integral of sqrt(10^2 + t^2), t = 0..10: the way from beyond a corner."""
SYMMETRIC = (
    "iou", "f1", "polis_m", "distance_mean_m", "distance_median_m", "hd95_m", "hausdorff_m", "boundary_iou_1px",
    "boundary_iou_2px",
)  # fmt: skip


def metrics(candidate, reference, **more):
    return quick(layer(candidate), layer(reference), **more).total


def test_a_square_round_a_square():
    """100 m inside 120 m: all of it can be worked out by hand."""
    found = metrics(square(-10, -10, 120), square(0, 0, 100), settings=FINE)
    mean_out = (4 * 100 * 10 + 8 * CORNER) / 480
    expected = {
        "iou": 1e4 / 14400, "precision": 1e4 / 14400, "recall": 1.0, "f1": 2e4 / 24400,
        "area_km2": 0.0144, "area_ref_km2": 0.01, "area_deviation_percent": 44.0,
        "area_deviation_absolute_percent": 44.0, "polis_m": (10 + mean_out) / 2,
        "distance_mean_m": (400 * 10 + 480 * mean_out) / 880, "distance_median_m": 10.0,
        "distance_signed_median_m": 10.0, "hausdorff_m": math.sqrt(200),
        # 5 % of the outer line, 24 m, is 8 ends of 3 m at the corners.
        "hd95_m": math.hypot(10, 7),
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, rel=3e-3, abs=1e-9), name
    coarse = metrics(square(-10, -10, 120), square(0, 0, 100))
    assert (coarse.boundary_iou_1px, coarse.boundary_iou_2px) == pytest.approx((0, 3600 / 10800))
    assert coarse.polis_m == pytest.approx(found.polis_m, rel=0.01)


def test_a_square_inside_a_square_is_negative():
    found = metrics(square(0, 0, 100), square(-10, -10, 120))
    assert found.distance_signed_median_m == pytest.approx(-10)
    assert found.area_deviation_percent == pytest.approx(100 * (1e4 - 14400) / 14400)
    assert (found.precision, found.recall) == pytest.approx((1.0, 1e4 / 14400))


def test_a_shift_keeps_the_area():
    found = metrics(square(10, 0, 100), square(0, 0, 100))
    assert found.iou == pytest.approx(90 / 110) and found.f1 == pytest.approx(0.9)
    assert found.iou == pytest.approx(found.f1 / (2 - found.f1))
    assert found.area_deviation_percent == pytest.approx(0, abs=1e-9)
    assert found.hausdorff_m == pytest.approx(10)


def brute(candidate, reference):
    """Distances by shapely, point by point, on evenly densified lines."""
    ways, weights = [], []
    for one, other, sign in ((candidate, reference, 1), (reference, candidate, -1)):
        line = one.exterior
        count = int(line.length)  # a point a metre: as good as an integral
        points = shapely.line_interpolate_point(line, (np.arange(count) + 0.5) * line.length / count)
        distance = shapely.distance(points, other.exterior)
        ways.append(np.where(shapely.contains(other, points), -distance, distance) * sign)
        weights.append(np.full(count, line.length / count))
    size = [np.abs(way) for way in ways]
    dense = [shapely.segmentize(part.exterior, 0.5) for part in (candidate, reference)]
    return {
        "polis_m": (size[0].mean() + size[1].mean()) / 2,
        "distance_mean_m": np.average(np.concatenate(size), weights=np.concatenate(weights)),
        "distance_median_m": np.median(np.concatenate(size)),
        "distance_signed_median_m": np.median(np.concatenate(ways)),
        "hd95_m": max(np.quantile(part, 0.95) for part in size),
        "hausdorff_m": shapely.hausdorff_distance(*dense),
    }


def band_iou(candidate, reference, width):
    """The definition itself: bands as geometries."""
    bands = [shapely.difference(ice, shapely.buffer(ice, -width)) for ice in (candidate, reference)]
    return shapely.area(shapely.intersection(*bands)) / shapely.area(shapely.union(*bands))


@pytest.mark.parametrize(
    ("candidate", "reference"),
    [
        (star(0, 0, 400), star(15, -20, 400)),
        (star(0, 0, 400, lobes=7), star(0, 0, 420, lobes=5)),
        (star(0, 0, 900, points=12), star(30, 0, 800, points=300)),
        (star(0, 0, 150, lobes=2), square(-100, -100, 200)),
    ],
)
def test_blobs_against_brute_force(candidate, reference):
    found = asdict(metrics(candidate, reference, settings=FINE))
    for name, value in brute(candidate, reference).items():
        assert found[name] == pytest.approx(value, rel=0.01, abs=0.3), name
    common = shapely.area(shapely.intersection(candidate, reference))
    assert found["iou"] == pytest.approx(common / shapely.area(shapely.union(candidate, reference)))
    for pixels in (1, 2):
        assert found[f"boundary_iou_{pixels}px"] == pytest.approx(band_iou(candidate, reference, pixels), abs=0.002)


@settings(max_examples=12)
@given(st.floats(0, 360), st.integers(2, 7), st.floats(-80, 80), st.floats(0.5, 60))
def test_turning_and_swapping(degrees, lobes, shift, edge):
    """Neither rotation nor further vertices change a number; swapping changes only what has a direction."""
    one, other = star(0, 0, 500, lobes=lobes), star(shift, 20, 480, lobes=3)
    found = asdict(metrics(one, other, settings=FINE))
    moved = asdict(metrics(turned(shapely.segmentize(one, edge), degrees), turned(other, degrees), settings=FINE))
    assert moved == pytest.approx(found, rel=0.01, abs=0.5)
    swapped = asdict(metrics(other, one, settings=FINE))
    for name in SYMMETRIC:
        assert swapped[name] == pytest.approx(found[name], abs=0.01), name
    assert (swapped["precision"], swapped["recall"]) == pytest.approx((found["recall"], found["precision"]))
    assert swapped["distance_signed_median_m"] == pytest.approx(-found["distance_signed_median_m"], abs=0.01)


@settings(max_examples=15)
@given(st.integers(0, 3), st.floats(5, 200))
def test_dense_vertices_on_one_side_weigh_no_more(side, step):
    """A side drawn with a vertex every half metre must not count more than the others."""
    near, far = square(0, 0, 1000), shapely.box(0, 0, 1000, 1000 + step)
    corners = shapely.get_coordinates(near.exterior)
    dense = shapely.get_coordinates(shapely.segmentize(shapely.LineString(corners[side : side + 2]), 0.5))
    lopsided = shapely.Polygon(np.concatenate([corners[: side + 1], dense[1:-1], corners[side + 1 :]]))
    assert asdict(metrics(lopsided, far)) == pytest.approx(asdict(metrics(near, far)), rel=2e-3, abs=0.02)


def test_the_same_twice():
    ice = layer(star(0, 0, 400), star(3000, 0, 200))
    found = quick(ice, ice)
    assert found.classes == {"matched": 2, "split": 0, "merged": 0, "missed": 0, "new": 0}
    for part in (found.total, *(glacier.metrics for glacier in found.glaciers)):
        assert (part.iou, part.f1, part.boundary_iou_1px, part.boundary_iou_2px) == pytest.approx((1, 1, 1, 1))
        assert part.hausdorff_m == part.polis_m == part.area_deviation_percent == 0


def test_divides_are_no_margins():
    """A complex of two glaciers, mapped as one: merged, and yet without any deviation."""
    reference = layer(shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 1800, 1000))
    candidate = layer(shapely.box(0, 0, 1800, 1000))
    merged = quick(candidate, reference)
    assert [glacier.kind for glacier in merged.glaciers] == ["merged", "merged"]
    for glacier, area in zip(merged.glaciers, (1.0, 0.8)):
        assert glacier.metrics.area_km2 == pytest.approx(area) and glacier.metrics.iou == pytest.approx(1)
        assert glacier.metrics.hausdorff_m == pytest.approx(0, abs=1e-9)
    assert merged.total.boundary_iou_1px == pytest.approx(1)
    split = quick(reference, candidate)
    assert [glacier.kind for glacier in split.glaciers] == ["split"] and len(split.glaciers[0].links) == 2
    assert split.total.hausdorff_m == pytest.approx(0, abs=1e-9) and split.total.iou == pytest.approx(1)


def test_a_divide_drawn_aside_changes_areas_only():
    reference = layer(shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000))
    candidate = layer(shapely.box(0, 0, 1100, 1000), shapely.box(1100, 0, 2000, 1000))
    found = quick(candidate, reference)
    assert [glacier.kind for glacier in found.glaciers] == ["matched", "matched"]
    assert found.glaciers[0].metrics.area_deviation_percent == pytest.approx(10)
    assert len(found.glaciers[1].links) == 2  # the strip of 0.1 km2 is a link, not a match
    assert found.total.iou == pytest.approx(1) and found.total.hausdorff_m == 0
    assert found.glaciers[0].cluster == found.glaciers[1].cluster


def test_ice_outside_a_shared_outline_goes_to_the_nearest_glacier():
    reference = layer(shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000))
    candidate = layer(shapely.box(-100, 0, 2000, 1050))
    left, right = (glacier.metrics for glacier in quick(candidate, reference).glaciers)
    assert left.area_km2 == pytest.approx((1100 * 1050) / 1e6, rel=2e-3)
    assert right.area_km2 == pytest.approx((1000 * 1050) / 1e6, rel=2e-3)
    assert left.distance_signed_median_m > 0 and left.hausdorff_m == pytest.approx(math.hypot(100, 50))
    assert right.hausdorff_m == pytest.approx(50)


def test_holes_stand_apart():
    full, holed = square(0, 0, 1000), shapely.box(0, 0, 1000, 1000) - shapely.box(400, 400, 600, 600)
    found = quick(layer(full), layer(holed))
    assert found.total.hausdorff_m == 0 and found.total.iou == pytest.approx(0.96)
    assert found.holes == pytest.approx({"n": 0, "n_ref": 1, "found": 0, "area_km2": 0, "area_ref_km2": 0.04,
                                         "overlap_km2": 0, "iou": 0})  # fmt: skip
    same = quick(layer(holed), layer(holed)).holes
    assert (same["n"], same["found"], same["iou"]) == (1, 1, pytest.approx(1))


def test_a_rock_island_between_glaciers_is_a_hole():
    ring = shapely.box(0, 0, 3000, 3000) - shapely.box(1000, 1000, 2000, 2000)
    halves = [ring & shapely.box(0, 0, 1500, 3000), ring & shapely.box(1500, 0, 3000, 3000)]
    found = quick(layer(ring), layer(*halves))
    assert found.total.hausdorff_m == pytest.approx(0, abs=1e-9)
    assert quick(layer(*halves), layer(ring)).total.hausdorff_m == pytest.approx(0, abs=1e-9)


def test_missed_and_new():
    reference = layer(square(0, 0, 1000), square(5000, 0, 500))
    candidate = layer(square(0, 0, 1000), square(0, 8000, 300), ids=["x", "y"])
    found = quick(candidate, reference)
    assert found.classes == {"matched": 1, "split": 0, "merged": 0, "missed": 1, "new": 1}
    assert [(new.id, new.area_km2) for new in found.new] == [("y", pytest.approx(0.09))]
    missed = found.glaciers[1]
    assert missed.links == () and missed.metrics.area_km2 == 0 and missed.metrics.iou == 0
    assert math.isnan(missed.metrics.polis_m) and math.isnan(missed.metrics.boundary_iou_1px)
    assert missed.metrics.area_deviation_percent == -100
    assert found.total.hausdorff_m == pytest.approx(7300, rel=0.001)
    assert found.total.iou == pytest.approx(1.0 / (1.0 + 0.25 + 0.09))
    assert found.summary["medians"]["iou"] == 1


@pytest.mark.parametrize(("overlap", "kind"), [(199.0, "missed"), (201.0, "matched")])
def test_a_link_is_more_than_200_m2(overlap, kind):
    found = quick(layer(square(1000 - overlap / 1000, 0, 1000)), layer(square(0, 0, 1000)))
    assert found.glaciers[0].kind == kind


def test_three_kilometres_apart_is_measured_exactly():
    """Farther than the first reach of the search."""
    for away in (900.0, 3000.0, 50_000.0):
        found = metrics(square(100 + away, 0, 100), square(0, 0, 100))
        assert found.hausdorff_m == pytest.approx(100 + away)
        assert found.iou == 0 and found.boundary_iou_1px == 0


def test_no_candidate_at_all():
    nothing = Outlines(np.array([None], dtype=object)[:0], (), PLANE)
    found = quick(nothing, layer(square(0, 0, 1000)))
    assert found.classes["missed"] == 1 and found.total.iou == 0 and math.isnan(found.total.precision)
    assert math.isnan(found.total.polis_m) and "no outlines" in found.warnings[0]
    json.dumps(found.to_json(), allow_nan=False)


def test_what_cannot_be_compared():
    ice = layer(square(0, 0, 1000))
    nothing = Outlines(np.array([None], dtype=object)[:0], (), PLANE)
    with pytest.raises(OutlinesError, match="reference has no outlines"):
        compare(ice, nothing)
    with pytest.raises(OutlinesError, match="different planes"):
        compare(Outlines(ice.geometry, ice.ids, "EPSG:32632"), ice)
    with pytest.raises(OutlinesError, match="classes of kind"):
        compare(ice, ice, classes={"kind": ("a", "b")})
    with pytest.raises(OutlinesError, match="extent holds no"):
        compare(ice, ice, extent=Extent(square(5000, 0, 10)))
    with pytest.raises(OutlinesError, match="ids"):
        Outlines(ice.geometry, (), PLANE)


@pytest.mark.parametrize("wrong", [{"pixel_m": 0}, {"pixel_m": math.nan}, {"overlap_m2": -1}, {"level": 1.0}])
def test_settings_refuse_nonsense(wrong):
    with pytest.raises(SettingsError):
        ComparisonSettings(**wrong)


def test_overlapping_outlines_count_once_in_the_total():
    found = quick(layer(square(0, 0, 1000), square(500, 0, 1000)), layer(shapely.box(0, 0, 1500, 1000)))
    assert found.total.iou == pytest.approx(1) and found.total.area_km2 == pytest.approx(1.5)
    assert any("overlap each other" in warning for warning in found.warnings)


def test_an_extent_cuts_both_and_its_edge_is_no_margin():
    candidate, reference = layer(shapely.box(0, -10, 2000, 1010)), layer(shapely.box(0, 0, 2000, 1000))
    whole = quick(candidate, reference)
    found = quick(candidate, reference, extent=Extent(shapely.box(500, -500, 1500, 1500)))
    assert found.total.area_ref_km2 == pytest.approx(1.0) and found.total.area_km2 == pytest.approx(1.02)
    # Top and bottom are 10 m apart everywhere; the cut sides, 0 m apart, do not count.
    assert found.total.polis_m == pytest.approx(10, abs=0.01) and whole.total.polis_m < 9
    beside = quick(candidate, reference, extent=Extent(shapely.box(-5000, -5000, 5000, 5000)))
    assert asdict(beside.total) == pytest.approx(asdict(whole.total))


def test_zones_split_areas_and_distances():
    """The tongue under debris (right half) is 40 m short; the clean half is exact."""
    reference, candidate = layer(shapely.box(0, 0, 2000, 1000)), layer(shapely.box(0, 0, 1960, 1000))
    zones = Zones("debris", np.array([shapely.box(1000, -100, 2100, 1100)]), ("debris",), "clean")
    found = quick(candidate, reference, zones=[zones]).strata["debris"]
    assert found["clean"]["iou"] == pytest.approx(1) and found["clean"]["hausdorff_m"] == pytest.approx(0, abs=1e-6)
    assert found["debris"]["iou"] == pytest.approx(0.96) and found["debris"]["area_ref_km2"] == pytest.approx(1.0)
    assert found["debris"]["hausdorff_m"] == pytest.approx(40, rel=1e-4)


def test_strata_by_size_and_by_what_glaciers_carry():
    reference = layer(square(0, 0, 200), square(1000, 0, 900), square(5000, 0, 300))
    candidate = layer(square(0, 0, 200), square(1000, 0, 450))
    found = quick(candidate, reference, classes={"term_type": ("land", "lake", "")}).strata
    assert {name: row["n"] for name, row in found["size"].items()} == {"< 0.1": 2, "0.1-1": 1}
    assert found["size"]["< 0.1"]["n_missed"] == 1 and found["size"]["0.1-1"]["iou"] == pytest.approx(0.25)
    assert set(found["term_type"]) == {"land", "lake", "unknown"} and found["term_type"]["unknown"]["iou"] == 0


def test_intervals_hold_the_total_and_are_the_same_again():
    random = np.random.default_rng(4)
    reference = layer(*(star(2000 * n, 0, 300) for n in range(20)))
    candidate = layer(*(star(2000 * n + random.normal(0, 15), 0, 300 + random.normal(0, 10)) for n in range(20)))
    found = compare(candidate, reference)
    for name, (low, high) in found.intervals.items():
        assert low < getattr(found.total, name) < high, name
    assert compare(candidate, reference).intervals == found.intervals
    assert quick(candidate, reference).intervals == {}


def test_the_json_is_what_was_promised():
    found = compare(layer(star(0, 0, 400)), layer(star(9, 0, 400))).to_json()
    assert {"total", "intervals", "glaciers", "new", "strata", "summary", "holes", "experts", "settings", "faults",
            "sources", "warnings"} <= set(found)  # fmt: skip
    assert {"iou", "polis_m", "hd95_m", "boundary_iou_2px"} <= set(found["total"])
    glacier = found["glaciers"][0]
    assert {"id", "class", "links", "iou", "size_class"} <= set(glacier)
    assert set(glacier["links"][0]) == {"id", "overlap_km2", "share_of_reference", "share_of_candidate"}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_it_stops_when_asked():
    class Stop(NoProgress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        compare(layer(square(0, 0, 1000)), layer(square(0, 0, 1000)), QUICK, Stop())
