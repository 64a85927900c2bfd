"""The experts' spread by hand-computed shapes, the candidate's place in it, and the published ranges."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import Cancelled, CrsError, OutlinesError
from icemargin.inventory import published_range
from icemargin.inventory.consensus import majority, same_glaciers
from icemargin.inventory.experts import expert_spread
from icemargin.inventory.outer_borders import outer_border, polis_between, sampled
from icemargin.inventory.outlines import Outlines
from icemargin.inventory.placement import ABOVE, MISSED, NO_SPREAD, WITHIN, place_among_experts, ranked
from icemargin.inventory.published_range import place_in_published_range

NAN = math.nan
HALF_PIXEL = 1.0


def box(left, bottom, right, top):
    return shapely.box(left, bottom, right, top)


def layer(*shapes, ids=None, crs="plane"):
    geometry = np.array([None, *shapes], dtype=object)[1:]
    return Outlines(geometry, tuple(ids or (f"g{number}" for number in range(len(shapes)))), crs)


# --- the consensus


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ([box(0, 0, 10, 10)], box(0, 0, 10, 10)),
        ([box(0, 0, 10, 10), box(5, 0, 15, 10)], box(5, 0, 10, 10)),  # two: what both cover
        ([box(0, 0, 10, 10), box(5, 0, 15, 10), box(8, 0, 20, 10)], box(5, 0, 15, 10)),
        ([box(0, 0, 10, 10)] * 3, box(0, 0, 10, 10)),
        ([box(0, 0, 4, 4), box(6, 0, 9, 4), box(0, 0, 9, 4)], shapely.union(box(0, 0, 4, 4), box(6, 0, 9, 4))),
        ([box(0, 0, 1, 1), box(2, 0, 3, 1)], shapely.MultiPolygon()),
        ([box(0, 0, 1, 1), box(1, 0, 2, 1)], shapely.MultiPolygon()),  # they share a line, no ground
        ([box(0, 0, 9, 9).difference(box(3, 3, 6, 6)), box(0, 0, 9, 9), box(0, 0, 9, 9)], box(0, 0, 9, 9)),
        ([box(0, 0, 9, 9).difference(box(3, 3, 6, 6))] * 2 + [box(0, 0, 9, 9)],
         box(0, 0, 9, 9).difference(box(3, 3, 6, 6))),
    ],
)  # fmt: skip
def test_the_consensus_is_what_more_than_half_cover(repeats, expected):
    found = majority(repeats)
    assert found.geom_type in ("Polygon", "MultiPolygon")
    assert shapely.area(shapely.symmetric_difference(found, expected)) == pytest.approx(0, abs=1e-9)


corner = st.integers(0, 20)


@settings(max_examples=40)
@given(st.lists(st.tuples(corner, corner, st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=6))
def test_the_consensus_equals_counting_cells(corners):
    grid = np.zeros((32, 32), int)
    for left, bottom, width, height in corners:
        grid[bottom : bottom + height, left : left + width] += 1
    found = majority([box(left, bottom, left + width, bottom + height) for left, bottom, width, height in corners])
    assert found.area == pytest.approx(np.sum(2 * grid > len(corners)))
    row, column = np.nonzero(2 * grid > len(corners))
    assert shapely.covers(shapely.buffer(found, 1e-9), shapely.points(column + 0.5, row + 0.5)).all()


def test_the_consensus_knows_no_order():
    blobs = [shapely.Point(x, y).buffer(10) for x, y in ((0, 0), (3, 1), (-2, 4), (1, -5), (6, 0))]
    areas = [majority([blobs[n] for n in order]).area for order in ((0, 1, 2, 3, 4), (4, 2, 0, 1, 3), (3, 4, 1, 0, 2))]
    assert areas == pytest.approx([areas[0]] * 3)


# --- which outlines are the same glacier


def test_neighbours_that_cross_their_divide_by_a_sliver_stay_two_glaciers():
    first = layer(box(0, 0, 100, 100), box(100, 0, 200, 100))
    second = layer(box(100, 0, 200, 100), box(0, 0, 104, 100))
    assert same_glaciers([first.geometry, second.geometry]) == [[(0,), (1,)], [(1,), (0,)]]


def test_a_glacier_that_one_expert_drew_in_two_pieces_is_one():
    whole, pieces = layer(box(0, 0, 100, 100)), layer(box(0, 0, 45, 100), box(55, 0, 100, 100))
    assert same_glaciers([whole.geometry, pieces.geometry]) == [[(0,), (0, 1)]]


def test_glaciers_of_one_layer_only_are_kept_apart():
    found = same_glaciers([layer(box(0, 0, 9, 9)).geometry, layer(box(50, 0, 59, 9)).geometry, layer().geometry])
    assert found == [[(0,), (), ()], [(), (0,), ()]]


# --- borders and their distance


def polis(first, second, spacing):
    return polis_between(sampled(first, spacing), sampled(second, spacing))


def test_parallel_borders_are_as_far_as_they_are():
    assert polis(shapely.LineString([(0, 0), (500, 0)]), shapely.LineString([(0, 7), (500, 7)]), 5) == pytest.approx(7)


def test_polis_of_squares_by_hand():
    inner, outer = (outer_border(box(-r, -r, r, r), shapely.MultiPolygon()) for r in (50, 60))
    # From the inner one 10 everywhere; from the outer one 10 along 100 of 120 m, sqrt(100 + t2) in the corners.
    corner = np.mean(np.hypot(10, np.linspace(0, 10, 100_001)))
    expected = (10 + (100 * 10 + 20 * corner) / 120) / 2
    assert polis(inner, outer, 0.05) == pytest.approx(expected, rel=1e-4)
    assert polis(outer, inner, 0.05) == polis(inner, outer, 0.05)


def test_polis_does_not_depend_on_the_vertices_given():
    square, moved = box(0, 0, 100, 100), box(4, 0, 104, 100)
    dense = shapely.segmentize(square, 0.7)
    found = [polis(shape.exterior, moved.exterior, 0.5) for shape in (square, dense)]
    assert found[0] == pytest.approx(found[1], rel=1e-2)


def test_divides_and_holes_are_no_outer_border():
    outline = box(0, 0, 100, 100).difference(box(40, 40, 60, 60))
    border = outer_border(outline, box(99.5, -10, 200, 110))
    assert border.length == pytest.approx(300 - 2 * 0.5)
    assert outer_border(outline, box(-50, -50, 150, 150)).is_empty
    assert math.isnan(polis(border, outer_border(outline, box(-50, -50, 150, 150)), 1))


# --- the spread


def ice(*widths, height=1000):
    """A layer of one glacier for each width."""
    return [layer(box(0, 0, width, height), ids=[f"w{width}"]) for width in widths]


def test_the_spread_of_areas_by_hand():
    spread = expert_spread(ice(1000, 1100, 1200), spacing_m=HALF_PIXEL)
    (glacier,) = spread.glaciers
    assert glacier.id == "w1000" and spread.layers == ("repeat 1", "repeat 2", "repeat 3")
    assert glacier.areas_km2 == pytest.approx((1.0, 1.1, 1.2))
    assert glacier.area_cv_percent == pytest.approx(100 * 0.1 / 1.1)
    assert glacier.consensus.equals(box(0, 0, 1100, 1000)) and glacier.consensus_km2 == pytest.approx(1.1)
    assert glacier.deviations_percent == pytest.approx((-100 / 11, 0, 100 / 11))
    assert spread.warnings == ()


def test_the_mean_pairwise_polis_is_the_mean_of_the_pairs():
    layers = ice(1000, 1100, 1200)
    border = [outer_border(one.geometry[0], shapely.MultiPolygon()) for one in layers]
    pairs = [polis(border[a], border[b], HALF_PIXEL) for a, b in ((0, 1), (0, 2), (1, 2))]
    (glacier,) = expert_spread(layers, spacing_m=HALF_PIXEL).glaciers
    assert glacier.polis_pairwise_m == pytest.approx(np.mean(pairs))


def test_a_border_to_a_neighbour_is_a_divide_even_where_the_experts_draw_it_differently():
    first = layer(box(0, 0, 100, 100), box(100, 0, 200, 100), ids=["a", "b"])
    second = layer(box(0, 0, 104, 100), box(104, 0, 200, 100), ids=["x", "y"])
    left, right = expert_spread([first, second], spacing_m=HALF_PIXEL).glaciers
    assert (left.id, right.id) == ("a", "b")
    assert left.polis_pairwise_m == pytest.approx(0, abs=0.1) and right.polis_pairwise_m == pytest.approx(0, abs=0.1)
    assert left.area_cv_percent == pytest.approx(100 * np.std([1.0, 1.04], ddof=1) / 1.02)


def test_two_repeats_are_told_to_be_few():
    assert "both cover" in expert_spread(ice(100, 110)).warnings[0]


def test_a_glacier_missing_in_a_repeat_has_the_spread_of_the_others():
    full = [layer(box(0, 0, w, 100), box(500, 0, 500 + w, 100)) for w in (100, 110)]
    spread = expert_spread([*full, layer(box(0, 0, 120, 100))], names=("Ann", "Bob", "Cem"))
    both, two = spread.glaciers
    assert len(both.drawn) == 3 and two.repeats[2] is None and math.isnan(two.areas_km2[2])
    assert two.area_cv_percent == pytest.approx(100 * np.std([1, 1.1], ddof=1) / 1.05)
    assert any("1 of 2 glaciers are missing" in told for told in spread.warnings)


@pytest.mark.parametrize(
    ("layers", "error", "words"),
    [
        ([], OutlinesError, "two or more"),
        (ice(100), OutlinesError, "two or more"),
        ([layer(box(0, 0, 9, 9)), layer(box(50, 0, 59, 9))], OutlinesError, "same place"),
        ([layer(), layer()], OutlinesError, "same place"),
        ([layer(box(0, 0, 9, 9)), layer(box(0, 0, 9, 9), crs="another")], CrsError, "planes"),
    ],
)
def test_what_has_no_spread_is_told(layers, error, words):
    with pytest.raises(error, match=words):
        expert_spread(layers)


class Stopped:
    def report(self, fraction, text):
        assert 0 <= fraction <= 1

    def is_cancelled(self):
        return True


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled):
        expert_spread(ice(100, 110), progress=Stopped())
    with pytest.raises(Cancelled):
        place_among_experts(ice(100)[0], expert_spread(ice(100, 110)), progress=Stopped())


# --- the candidate among them


@pytest.mark.parametrize(
    ("width", "rank", "area_within", "distance_within", "verdict"),
    [
        (1100, 1, True, True, WITHIN),
        (1150, 2, True, True, WITHIN),
        (1199, 2, True, True, WITHIN),
        (1200, 2, True, True, WITHIN),  # as far as the experts who are furthest
        (1000, 2, True, True, WITHIN),
        (1210, 4, False, True, ABOVE),
        (1500, 4, False, False, ABOVE),
    ],
)
def test_the_place_of_a_candidate(width, rank, area_within, distance_within, verdict):
    spread = expert_spread(ice(1000, 1100, 1200), spacing_m=HALF_PIXEL)
    placement = place_among_experts(ice(width)[0], spread)
    (glacier,) = placement.glaciers
    assert (glacier.rank, glacier.of) == (rank, 4)
    assert (glacier.area_within, glacier.distance_within, glacier.verdict) == (area_within, distance_within, verdict)
    assert glacier.area_deviation_percent == pytest.approx(100 * (width - 1100) / 1100)
    assert placement.total["rank"] == rank and placement.total["verdict"] == verdict
    assert placement.total["share_within"] == (verdict == WITHIN)


def test_the_right_area_in_the_wrong_place_is_above_the_spread():
    spread = expert_spread(ice(1000, 1100, 1200), spacing_m=HALF_PIXEL)
    (glacier,) = place_among_experts(layer(box(-400, 0, 700, 1000)), spread).glaciers
    assert glacier.area_within and glacier.rank == 1 and glacier.distance_within is False
    assert glacier.verdict == ABOVE and glacier.polis_m > glacier.polis_pairwise_m
    assert glacier.polis_experts_m > glacier.polis_pairwise_m


def test_a_missed_glacier_is_not_within():
    layers = [layer(box(0, 0, w, 100), box(500, 0, 500 + w, 100)) for w in (100, 110, 120)]
    placement = place_among_experts(layer(box(0, 0, 110, 100)), expert_spread(layers))
    assert [glacier.verdict for glacier in placement.glaciers] == [WITHIN, MISSED]
    missed, total = placement.glaciers[1], placement.total
    assert (missed.rank, missed.area_within, missed.candidates) == (None, None, ())
    assert (total["judged"], total["within"], total["missed"], total["share_within"]) == (2, 1, 1, 0.5)
    assert total["area_deviation_percent"] == pytest.approx(-50) and total["verdict"] == ABOVE


def test_a_glacier_that_one_expert_drew_is_not_judged_nor_in_the_total():
    first, second = layer(box(0, 0, 100, 100), box(500, 0, 600, 100)), layer(box(0, 0, 110, 100))
    placement = place_among_experts(first, expert_spread([first, second]))
    assert [glacier.verdict for glacier in placement.glaciers] == [WITHIN, NO_SPREAD]
    assert (placement.total["judged"], placement.total["common"]) == (1, 1)
    assert placement.total["area_km2"] == pytest.approx(0.01)


def test_a_complex_without_divides_is_cut_by_the_others_consensus():
    layers = [layer(box(0, 0, 100, h), box(100, 0, 250, h), ids=["a", "b"]) for h in (100, 104, 108)]
    placement = place_among_experts(layer(box(0, 0, 250, 104), ids=["c"]), expert_spread(layers, spacing_m=1))
    assert [glacier.candidates for glacier in placement.glaciers] == [("c",), ("c",)]
    assert [glacier.area_km2 for glacier in placement.glaciers] == pytest.approx([0.0104, 0.0156])
    assert [glacier.verdict for glacier in placement.glaciers] == [WITHIN, WITHIN]
    assert placement.total["area_km2"] == pytest.approx(0.026)
    assert any("were cut" in told for told in placement.warnings)


def test_ice_of_a_complex_beyond_all_experts_counts_once_in_the_total():
    layers = [layer(box(0, 0, 100, h), box(100, 0, 250, h)) for h in (100, 100, 100)]
    placement = place_among_experts(layer(box(0, -10, 250, 100)), expert_spread(layers))
    assert placement.total["area_km2"] == pytest.approx(0.0275)


def test_identical_repeats_leave_no_room():
    spread = expert_spread(ice(1000, 1000, 1000))
    assert spread.glaciers[0].area_cv_percent == 0 and spread.glaciers[0].polis_pairwise_m == 0
    assert place_among_experts(ice(1000)[0], spread).glaciers[0].verdict == WITHIN
    assert place_among_experts(ice(1001)[0], spread).glaciers[0].verdict == ABOVE


def test_another_plane_is_told():
    with pytest.raises(CrsError, match="planes"):
        place_among_experts(layer(box(0, 0, 9, 9), crs="another"), expert_spread(ice(9, 8)))


def test_an_empty_candidate_misses_everything():
    placement = place_among_experts(layer(), expert_spread(ice(1000, 1100, 1200)))
    assert placement.glaciers[0].verdict == MISSED and placement.total["verdict"] == MISSED


@pytest.mark.parametrize(
    ("deviation", "experts", "expected"),
    [
        (3, (-5, 1, 4), (2, True)),
        (-5, (-5, 1, 4), (3, True)),
        (6, (-5, 1, NAN), (3, False)),
        (0, (0, 0), (1, True)),
        (NAN, (1, 2), (None, None)),
        (1, (NAN, NAN), (None, None)),
    ],
)
def test_ranks(deviation, experts, expected):
    assert ranked(deviation, experts) == expected


def test_the_json_knows_no_nan():
    layers = [layer(box(0, 0, w, 100), box(500, 0, 500 + w, 100)) for w in (100, 110)]
    values = place_among_experts(layer(), expert_spread([*layers, layer(box(0, 0, 99, 100))])).to_json()
    read = json.loads(json.dumps(values, allow_nan=False))
    assert read == values and read["basis"] == "repeats" and len(read["glaciers"]) == 2
    assert read["glaciers"][1]["experts_deviation_percent"][2] is None


# --- the published ranges


@pytest.mark.parametrize(
    ("deviation", "debris", "limit", "if_debris", "verdict"),
    [
        (4.9, False, 5, True, published_range.WITHIN),
        (-5.0, None, 5, True, published_range.WITHIN),
        (5.1, False, 5, True, published_range.ABOVE),
        (-29.0, True, 30, True, published_range.WITHIN),
        (-29.0, None, 5, True, published_range.ABOVE),
        (31.0, True, 30, False, published_range.ABOVE),
        (9.9, 0.2, 10, True, published_range.WITHIN),  # a fifth under debris: 5 + 0.2 (30 - 5)
        (10.1, 0.2, 10, True, published_range.ABOVE),
        (NAN, None, 5, False, published_range.MISSED),
        (-100.0, True, 30, False, published_range.MISSED),
    ],
)
def test_published_ranges(deviation, debris, limit, if_debris, verdict):
    (glacier,) = place_in_published_range(["g"], [deviation], [2.0], [debris], 1.0).glaciers
    assert (glacier.limit_percent, glacier.within_if_debris, glacier.verdict) == (limit, if_debris, verdict)


def test_the_published_total_weights_the_limits_by_area():
    placement = place_in_published_range(["a", "b"], [20.0, 2.0], [1.0, 4.0], [True, False], 9.9)
    assert placement.total["limit_percent"] == pytest.approx(10)
    assert placement.total["verdict"] == published_range.WITHIN and placement.total["share_within"] == 1
    values = placement.to_json()
    assert values["basis"] == "published" and "Paul et al. 2013" in values["source"] and values["warnings"] == []


def test_unknown_debris_is_told():
    values = place_in_published_range(["a"], [NAN], [1.0]).to_json()
    assert "debris is not known" in values["warnings"][0] and values["total"]["area_deviation_percent"] is None
    assert values["glaciers"][0]["debris"] is None


def test_no_glaciers_have_no_share():
    assert place_in_published_range([], [], []).to_json()["total"]["share_within"] is None


def test_uneven_numbers_are_told():
    with pytest.raises(OutlinesError, match="as many of each"):
        place_in_published_range(["a", "b"], [1.0], [1.0, 2.0])


def test_the_references_of_a_glacier_are_told():
    layers = [layer(box(0, 0, w, 100), box(500, 0, 500 + w, 100)) for w in (100, 110, 120)]
    reference = layer(box(500, 0, 550, 100), box(552, 0, 610, 100), box(105, 0, 150, 100), ids=["r1", "r2", "r3"])
    found = place_among_experts(layers[0], expert_spread(layers), reference)
    assert [glacier.references for glacier in found.glaciers] == [(), ("r1", "r2")]
