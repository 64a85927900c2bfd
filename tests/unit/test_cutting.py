"""Cutting and merging: areas kept, borders shared point by point; edges that polygons share."""

import contextlib

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import OutlinesError
from icemargin.inventory.borders import as_lines, shared_edges
from icemargin.inventory.cutting import cut, merge, merged
from outline_builders import square, star

LEFT, RIGHT = square(0, 0, 1000), square(1000, 0, 1000)
RING = shapely.Polygon(LEFT.exterior, [square(400, 400, 200).exterior])
LINE = shapely.LineString


def border(polygons, first, second):
    """The points of the border of two polygons, as each of them has them."""
    edges = shapely.intersection(*shapely.boundary(polygons[[first, second]]))
    common = shapely.get_coordinates(edges)
    own = [{tuple(xy) for xy in shapely.get_coordinates(polygons[n])} for n in (first, second)]
    return [{tuple(xy) for xy in common} & points for points in own]


@pytest.mark.parametrize(
    ("polygons", "line", "areas"),
    [
        ([LEFT], LINE([(300, -10), (300, 1010)]), [(0, 3e5), (0, 7e5)]),
        ([LEFT], LINE([(300, 0), (300, 1000)]), [(0, 3e5), (0, 7e5)]),
        ([LEFT], LINE([(0, 0), (1000, 1000)]), [(0, 5e5), (0, 5e5)]),
        ([LEFT], LINE([(300, -10), (300, 500)]), [(0, 1e6)]),
        ([LEFT], LINE([(300, 100), (300, 500)]), [(0, 1e6)]),
        ([LEFT], LINE([(1000, -10), (1000, 1010)]), [(0, 1e6)]),
        ([LEFT], LINE([(2000, 0), (3000, 0)]), [(0, 1e6)]),
        ([LEFT], LINE([(200, 200), (800, 200), (800, 800), (200, 800), (200, 200)]), [(0, 3.6e5), (0, 6.4e5)]),
        ([LEFT], shapely.MultiLineString([[(300, -1), (300, 1001)], [(600, -1), (600, 1001)]]),
         [(0, 3e5), (0, 3e5), (0, 4e5)]),
        ([RING], LINE([(-10, 500), (1010, 500)]), [(0, 4.8e5), (0, 4.8e5)]),
        ([RING], LINE([(-10, 500), (500, 500)]), [(0, 9.6e5)]),
        ([LEFT, RIGHT], LINE([(-10, 500), (1500, 500)]), [(0, 5e5), (0, 5e5), (1, 1e6)]),
        ([LEFT, RIGHT], LINE([(-10, 500), (2010, 500)]), [(0, 5e5), (0, 5e5), (1, 5e5), (1, 5e5)]),
        ([shapely.union(LEFT, square(3000, 0, 100)), RIGHT], LINE([(500, -1), (500, 1001)]),
         [(0, 1e4), (0, 5e5), (0, 5e5), (1, 1e6)]),
    ],
)  # fmt: skip
def test_pieces_and_whose_they_are(polygons, line, areas):
    found = cut(np.array(polygons), line)
    assert sorted(zip(found.owner.tolist(), np.round(shapely.area(found.geometry), 3).tolist())) == sorted(areas)
    assert shapely.is_valid(found.geometry).all()


def test_a_point_on_a_border_is_put_on_both_sides():
    found = cut(np.array([LEFT, RIGHT]), LINE([(-10, 300), (1000.0001, 700)])).geometry
    assert len(found) == 3 and shapely.coverage_is_valid(found)
    ours, theirs = border(found, 0, 2)
    assert ours == theirs and len(ours) == 2


def test_what_no_line_reaches_is_left_alone():
    far = square(9000, 0, 100)
    found = cut(np.array([LEFT, far]), LINE([(300, -10), (300, 1010)]))
    assert shapely.equals_exact(found.geometry[found.owner == 1][0], far)
    assert shapely.equals_exact(cut(np.array([LEFT]), np.zeros(0, dtype=object)).geometry[0], LEFT)


def test_overlapping_polygons_are_not_cut():
    with pytest.raises(OutlinesError, match="overlap"):
        cut(np.array([LEFT, square(500, 0, 1000)]), LINE([(700, -10), (700, 1010)]))


@pytest.mark.parametrize("parts", [[LEFT, square(1000, 1000, 10)], [LEFT, square(5000, 0, 10)]])
def test_only_neighbours_are_merged(parts):
    with pytest.raises(OutlinesError, match="share no border"):
        merge(np.array(parts))


def test_merging_round_a_nunatak_and_in_groups():
    found = cut(np.array([RING]), LINE([(-10, 500), (1010, 500)])).geometry
    assert shapely.equals(merge(found), RING)
    groups = merged(np.array([LEFT, square(5000, 0, 10), RIGHT]), np.array([0, 1, 0]))
    assert shapely.area(groups) == pytest.approx([2e6, 100])
    assert not len(merged(np.zeros(0, dtype=object), np.zeros(0, int)))


def test_shared_edges():
    edges = shared_edges(np.array([LEFT, RIGHT, square(5000, 0, 10)]))
    assert edges.first.tolist() == [0] and edges.second.tolist() == [1] and edges.length == pytest.approx([1000])
    assert shapely.equals(as_lines(edges)[0], LINE([(1000, 0), (1000, 1000)]))
    assert not len(as_lines(edges.of(np.array([7, 7, 1])))) and len(as_lines(edges.of(np.array([7, 8, 1])))) == 1


CENTIMETRES = st.integers(-150_000, 150_000)
LINES = st.lists(st.tuples(CENTIMETRES, CENTIMETRES), min_size=2, max_size=6, unique=True)
CORNERS = st.sampled_from([(0.0, 0.0), (5e5, 5e6)])


def drawn(line, corner):
    """A line as a hand draws it."""
    return shapely.LineString(np.array(line) / 100 + corner)


def neighbours(phase, corner):
    """A star in three sectors that touch."""
    rays = [[(0, 0), (3000 * np.cos(angle), 3000 * np.sin(angle))] for angle in (phase, phase + 2, phase + 4)]
    parts = cut(np.array([star(0, 0, 1000, phase=phase)]), shapely.linestrings(rays)).geometry
    assert len(parts) == 3
    return shapely.transform(parts, lambda xy: xy + np.array(corner))


@settings(max_examples=40)
@given(line=LINES, phase=st.floats(0, 6), corner=CORNERS, scale=st.sampled_from([1.0, 1e-5]))
def test_cut_then_merge_restores_the_area_and_borders_stay_shared(line, phase, corner, scale):
    polygons = shapely.transform(neighbours(phase, corner), lambda xy: xy * scale)
    found = cut(polygons, shapely.transform(drawn(line, corner), lambda xy: xy * scale))
    assert shapely.is_valid(found.geometry).all() and shapely.coverage_is_valid(found.geometry)
    together = merged(found.geometry, found.owner)
    assert shapely.area(together) == pytest.approx(shapely.area(polygons), rel=1e-9)
    assert shapely.coverage_is_valid(together)
    for first, second in ((0, 1), (1, 2), (0, 2)):
        ours, theirs = border(together, first, second)
        assert ours == theirs and len(ours) >= 2


@settings(max_examples=40)
@given(lines=st.lists(LINES, min_size=1, max_size=4), phase=st.floats(0, 6), choose=st.integers(0, 5), corner=CORNERS)
def test_any_sequence_of_cuts_and_merges_leaves_a_coverage(lines, phase, choose, corner):
    """A line that cannot be cut along cleanly is refused, and then nothing has changed."""
    polygons = neighbours(phase, corner)
    area = shapely.area(polygons).sum()
    for line in lines:
        with contextlib.suppress(OutlinesError):
            polygons = cut(polygons, drawn(line, corner)).geometry
        edges = shared_edges(polygons)
        if len(edges.first):
            pair = choose % len(edges.first)
            group = np.arange(len(polygons))
            group[edges.second[pair]] = edges.first[pair]
            polygons = merged(polygons, np.unique(group, return_inverse=True)[1])
        assert shapely.coverage_is_valid(polygons) and shapely.is_valid(polygons).all()
    assert shapely.area(polygons).sum() == pytest.approx(area, rel=1e-9)


def test_the_same_line_again_cuts_nothing_more():
    polygons = neighbours(0.3, (5e5, 5e6))
    line = drawn([(-140_000, -20_030), (3_307, 51_111), (150_000, -70_007)], (5e5, 5e6))
    once = cut(polygons, line).geometry
    assert len(once) > 3 and len(cut(once, line).geometry) == len(once)
