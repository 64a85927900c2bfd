"""Windows cover every pixel, their weights sum to what the blend divides by, and they do not depend on the extent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import InputError
from icemargin.inference.grid import Grid
from icemargin.inference.windows import Tiling, profile, starts, tiling, weight_sum, windows_of_row

first = st.integers(-1000, 1000)
length = st.integers(1, 300)
size_and_stride = st.integers(2, 64).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))


@given(first, length, size_and_stride)
def test_every_pixel_is_covered_and_no_window_is_idle(first, length, size_and_stride):
    size, stride = size_and_stride
    covered = np.zeros(length, int)
    for start in starts(first, length, size, stride):
        assert start % stride == 0 and start + size > first and start < first + length
        covered[max(start - first, 0) : max(start + size - first, 0)] += 1
    assert covered.min() >= 1
    assert covered.max() <= -(-size // stride)


@given(first, length, size_and_stride)
def test_weight_sum_is_the_sum_of_the_weights(first, length, size_and_stride):
    size, stride = size_and_stride
    expected = [
        sum(float(profile(size)[pixel - start]) for start in starts(pixel, 1, size, stride))
        for pixel in range(first, first + length)
    ]
    np.testing.assert_allclose(weight_sum(first, length, size, stride), expected, rtol=1e-6)


@given(first, first, length, length, size_and_stride)
def test_windows_of_a_part_are_windows_of_the_whole(col, row, width, height, size_and_stride):
    size, stride = size_and_stride
    whole = Tiling(Grid("", 10.0, col - 50, row - 50, width + 100, height + 100), size, stride)
    part = Tiling(Grid("", 10.0, col, row, width, height), size, stride)
    assert set(part.columns) <= set(whole.columns)
    assert set(part.window_rows(part.strips[0])) <= set(whole.window_rows(whole.strips[0]))


@given(first, first, length, length, size_and_stride)
def test_strips_are_the_grid_and_lie_inside_the_halo(col, row, width, height, size_and_stride):
    tiles = Tiling(Grid("", 10.0, col, row, width, height), *size_and_stride)
    strips = [tiles.strip(number) for number in tiles.strips]
    assert sum(strip.height for strip in strips) == height
    assert all(a.row + a.height == b.row for a, b in zip(strips, strips[1:]))
    around = tiles.around
    for number in tiles.window_rows(tiles.strips[0]):
        for window in windows_of_row(tiles, number):
            assert around.col <= window.col and window.col + window.width <= around.col + around.width
            assert around.row <= window.row and window.row + window.height <= around.row + around.height


def test_blend_is_the_reference_gaussian():
    weights = np.outer(profile(384), profile(384))
    assert weights[0, 0] == pytest.approx(np.exp(-1))
    assert weights[0, 191] == pytest.approx(np.exp(-0.5 * (1 + (1 / 383) ** 2)))
    assert weights.argmax() in {191 * 384 + 191, 191 * 384 + 192, 192 * 384 + 191, 192 * 384 + 192}


@pytest.mark.parametrize(("overlap", "stride"), [(0.0, 384), (0.25, 288), (0.5, 192), (0.999, 1)])
def test_overlap_is_a_share_of_the_window(overlap, stride):
    assert tiling(Grid("", 10.0, 0, 0, 10, 10), 384, overlap).stride == stride


def test_gaps_between_windows_are_refused():
    with pytest.raises(InputError, match="touch or overlap"):
        Tiling(Grid("", 10.0, 0, 0, 10, 10), 10, 11)
