"""Borders smoothed and simplified point by point: both sides alike, ends of divides fixed."""

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from icemargin.maptools.border_points import moved, simplifying, smoothing

WEST = [(0.0, 0.0), (4.0, 0.0), (5.0, 2.0), (4.0, 4.0), (0.0, 4.0)]
EAST = [(4.0, 4.0), (5.0, 2.0), (4.0, 0.0), (8.0, 0.0), (8.0, 4.0)]


def everywhere(_):
    return True


def test_a_shared_point_moves_once_and_the_ends_of_a_divide_stay():
    moves = smoothing([WEST, EAST], everywhere)
    assert moves[(5.0, 2.0)] == (4.5, 2.0)
    assert (4.0, 0.0) not in moves and (4.0, 4.0) not in moves
    assert set(moved(WEST, moves)) & set(moved(EAST, moves)) == {(4.0, 0.0), (4.5, 2.0), (4.0, 4.0)}


def test_only_what_is_inside_changes():
    assert set(smoothing([WEST, EAST], lambda point: point[0] > 6)) == {(8.0, 0.0), (8.0, 4.0)}
    assert simplifying([WEST, EAST], lambda point: point[0] > 6, 0.1) == {}


@pytest.mark.parametrize(("tolerance", "gone"), [(0.5, set()), (1.5, {(5.0, 2.0)})])
def test_a_divide_is_simplified_for_both(tolerance, gone):
    moves = simplifying([WEST, EAST], lambda point: 4 <= point[0] < 6, tolerance)
    assert {point for point, new in moves.items() if new is None} == gone


heights = st.lists(st.floats(-5, 5), min_size=2, max_size=20)


@given(heights, st.floats(0.01, 3))
def test_a_line_is_simplified_as_geos_does(ys, tolerance):
    ring = [(float(n), y) for n, y in enumerate(ys, start=1)]
    ends = [(0.0, 0.0), (len(ys) + 1.0, 0.0)]
    whole = [ends[0], *ring, ends[1], (3.0, 99.0)]
    moves = simplifying([whole], lambda point: point in ring, tolerance)
    line = shapely.LineString([ends[0], *ring, ends[1]])
    expected, more = (shapely.simplify(line, tolerance * (1 + e), preserve_topology=False) for e in (-1e-9, 1e-9))
    assume(expected.equals_exact(more, 0))  # of a point just at the tolerance, rounding decides
    assert [point for point in whole[:-1] if point not in moves] == list(expected.coords)


def test_a_ring_of_three_points_stays():
    ring = [(0.0, 0.0), (4.0, 0.0), (2.0, 1.0)]
    assert moved(ring, simplifying([ring], everywhere, 100)) == ring
