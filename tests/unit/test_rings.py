"""Tracing, smoothing and measuring rings: hand-made shapes, and properties on random class rasters."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from icemargin.inference.ring_smoothing import smooth
from icemargin.inference.ring_wkb import line_points, line_wkb, polygon_rings, polygon_wkb
from icemargin.inference.rings import (
    Edges,
    Rings,
    corners,
    interior_point,
    perimeter,
    reverse,
    signed_areas,
    trace,
    unit_edges,
)
from scipy.ndimage import label

PLUS_SHAPE = ["010", "111", "010"]
CORNER_TOUCH = ["110", "101", "111"]  # two of its pixels meet at a corner; the hole touches the outside there
RING = ["111", "101", "111"]
PINCHED = ["11111", "10101", "11011", "10101", "11111"]  # holes that touch each other's corners


def pixels(rows: list[str]) -> np.ndarray:
    return np.array([[int(value) for value in row] for row in rows], dtype=bool)


def edges_of(mask: np.ndarray) -> Edges:
    """The unit edges of a mask, found where neighbours differ."""
    padded = np.pad(mask, 1).astype(int)
    rows, columns = np.nonzero(np.diff(padded, axis=1))
    vertical = np.stack([columns, rows - 1], axis=1)
    entering = np.diff(padded, axis=1)[rows, columns] > 0
    tail_v = vertical + np.stack([0 * rows, entering], axis=1)
    step_v = np.stack([0 * rows, np.where(entering, -1, 1)], axis=1)
    rows, columns = np.nonzero(np.diff(padded, axis=0))
    entering = np.diff(padded, axis=0)[rows, columns] > 0
    tail_h = np.stack([columns - 1, rows], axis=1) + np.stack([~entering, 0 * rows], axis=1)
    step_h = np.stack([np.where(entering, 1, -1), 0 * rows], axis=1)
    return Edges(np.concatenate([tail_v, tail_h]), np.concatenate([step_v, step_h]))


def polygon(rings: Rings) -> shapely.Polygon:
    return shapely.from_wkb(polygon_wkb(rings))


def pieces(mask: np.ndarray) -> list[Rings]:
    labels, count = label(mask)
    return [trace(edges_of(labels == number)) for number in range(1, count + 1)]


masks = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@pytest.mark.parametrize(
    ("rows", "area", "rings", "length"),
    [(["1"], 1, 1, 4), (PLUS_SHAPE, 5, 1, 12), (RING, 8, 2, 16), (CORNER_TOUCH, 7, 2, 16), (PINCHED, 20, 6, 40)],
)
def test_hand_made_shapes(rows, area, rings, length):
    traced = trace(edges_of(pixels(rows)))
    assert signed_areas(traced).sum() == area
    assert (len(traced.starts), perimeter(traced)) == (rings, length)
    assert polygon(corners(traced)).is_valid


@given(masks)
@settings(max_examples=150, deadline=None)
def test_traced_polygons_are_the_pixels_and_valid(mask):
    for rings in pieces(mask):
        areas = signed_areas(rings)
        assert areas[0] > 0
        assert (areas[1:] < 0).all()
        assert polygon(corners(rings)).is_valid
    assert sum(signed_areas(rings).sum() for rings in pieces(mask)) == mask.sum()


@given(masks)
@settings(max_examples=150, deadline=None)
def test_unit_edges_do_not_depend_on_how_rings_are_paired(mask):
    for rings in pieces(mask):
        again = trace(unit_edges(reverse(corners(rings))))
        assert np.array_equal(again.xy, rings.xy)
        assert np.array_equal(again.starts, rings.starts)


@given(masks)
@settings(max_examples=300, deadline=None)
def test_smoothed_polygons_are_valid_apart_and_keep_their_area(mask):
    before = pieces(mask)
    after = [smooth(rings) for rings in before]
    for raw, smoothed in zip(before, after):
        assert polygon(smoothed).is_valid
        assert np.allclose(signed_areas(smoothed), signed_areas(raw), rtol=1e-9)
    shapes = [polygon(rings) for rings in after]
    union = shapely.union_all(shapes)
    assert union.area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_smoothing_of_larger_noise(seed):
    rng = np.random.default_rng(seed)
    for rings in pieces(rng.random((40, 40)) < rng.uniform(0.3, 0.9)):
        smoothed = smooth(rings)
        assert polygon(smoothed).is_valid
        assert np.allclose(signed_areas(smoothed), signed_areas(rings), rtol=1e-9)


def test_smoothing_makes_a_staircase_straight_and_short():
    mask = np.tri(40, dtype=bool)
    raw = trace(edges_of(mask))
    smoothed = smooth(raw)
    assert len(smoothed.xy) < len(corners(raw).xy) / 2
    assert perimeter(smoothed) < 1.01 * (2 * 40 + 40 * np.sqrt(2))


@given(masks)
@settings(max_examples=100, deadline=None)
def test_interior_point_is_inside(mask):
    for rings in pieces(mask):
        for shape in (corners(rings), smooth(rings)):
            assert polygon(shape).contains(shapely.Point(interior_point(shape)))


def test_wkb_there_and_back():
    rings = corners(trace(edges_of(pixels(RING))))
    again = polygon_rings(polygon_wkb(rings))
    assert np.array_equal(again.xy, rings.xy)
    assert np.array_equal(again.starts, rings.starts)
    assert np.array_equal(line_points(line_wkb(rings.xy)), rings.xy)
