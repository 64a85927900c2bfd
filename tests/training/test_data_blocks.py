"""Blocks: the same ground in the same set whatever the extent, nothing shared between sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import SettingsError
from icemargin.inference.grid import Grid
from icemargin.training.data.blocks import (
    SETS,
    block_pixels,
    block_sets,
    by_hash,
    check_shares,
    draw,
    even_pieces,
    near_other_set,
    share_out,
    tiles_of,
)

SHARES = (0.7, 0.15, 0.15)
places = st.integers(-100000, 100000)
sizes = st.integers(1, 120)
grids = st.builds(lambda col, row, width, height: Grid("", 10.0, col, row, width, height), places, places, sizes, sizes)


def pixels(grid: Grid) -> set[tuple[int, int]]:
    return {(grid.col + x, grid.row + y) for x in range(grid.width) for y in range(grid.height)}


@settings(max_examples=30)
@given(grids, st.integers(20, 200), st.integers(20, 200))
def test_tiles_cover_the_grid_once_and_stay_in_their_block(grid, block, tile):
    tiles = tiles_of(grid, block, tile)
    assert sum(one.grid.width * one.grid.height for one in tiles) == grid.width * grid.height
    assert set().union(*(pixels(one.grid) for one in tiles)) == pixels(grid)
    for one in tiles:
        assert max(one.grid.width, one.grid.height) <= tile
        corners = {one.grid.col, one.grid.col + one.grid.width - 1}, {one.grid.row, one.grid.row + one.grid.height - 1}
        assert [{place // block for place in ends} for ends in corners] == [{one.block[0]}, {one.block[1]}]


@settings(max_examples=30)
@given(grids, grids, st.integers(20, 200))
def test_a_pixel_has_the_same_block_and_hash_whatever_the_extent(one, other, block):
    own = {pixel: tile.block for tile in tiles_of(one, block, block) for pixel in pixels(tile.grid)}
    moved = other.part(one.col + 3, one.row - 2, other.width, other.height)
    for tile in tiles_of(moved, block, block):
        for pixel in pixels(tile.grid) & set(own):
            assert own[pixel] == tile.block


@settings(max_examples=50)
@given(st.sets(st.text(max_size=4), min_size=30, max_size=60), st.integers(0, 5))
def test_keys_keep_their_set_when_others_come(keys, seed):
    some = sorted(keys)[::2]
    before, after = share_out(some, SHARES, seed), share_out(sorted(keys), SHARES, seed)
    # Only a key that was moved into a set that was empty may go back.
    moved = [key for key in some if before[key] != by_hash(key, SHARES, seed)]
    kept = [key for key in some if key not in moved and after[key] == by_hash(key, SHARES, seed)]
    assert all(before[key] == after[key] for key in kept) and len(kept) >= len(some) - 4
    assert len(moved) <= 2


@settings(max_examples=60)
@given(st.sets(st.integers(), min_size=1, max_size=8), st.integers(0, 5), st.sampled_from([SHARES, (0.75, 0.25, 0.0)]))
def test_no_wanted_set_is_empty_as_far_as_there_are_keys(numbers, seed, shares):
    sets = share_out([str(number) for number in numbers], shares, seed)
    wanted = [name for name, share in zip(SETS, shares) if share > 0][: len(numbers)]
    assert set(wanted) <= set(sets.values()) and len(sets) == len(numbers)
    assert set(sets.values()) <= {name for name, share in zip(SETS, shares) if share > 0}


def test_many_blocks_come_near_the_shares():
    sets = list(share_out([str(number) for number in range(4000)], SHARES, 1).values())
    # Three standard deviations of a binomial with n = 4000.
    for name, share in zip(SETS, SHARES):
        assert sets.count(name) / 4000 == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 4000))


def test_the_hash_is_the_same_on_every_machine():
    """By hand: the first 53 bits of sha256("0:1,2")."""
    import hashlib

    bits = bin(int(hashlib.sha256(b"0:1,2").hexdigest(), 16))[2:].zfill(256)[:53]
    assert draw("1,2", 0) == int(bits, 2) / 2**53
    assert draw("1,2", 1) != draw("1,2", 0)


def test_the_seed_changes_the_split():
    blocks = [(column, row) for column in range(8) for row in range(8)]
    assert block_sets(blocks, [], SHARES, 0) != block_sets(blocks, [], SHARES, 1)
    assert block_sets(blocks, [], SHARES, 0) == block_sets(blocks[::-1], [], SHARES, 0)


def test_every_set_gets_a_block_with_glacier():
    blocks = [(column, row) for column in range(5) for row in range(5)]
    for seed in range(10):
        sets = block_sets(blocks[:3], blocks[3:], SHARES, seed)
        assert {sets[block] for block in blocks[:3]} == set(SETS) and set(sets) == set(blocks)
    assert set(block_sets([], blocks, SHARES, 0)) == set(blocks)


def test_the_gap_by_hand():
    """Two blocks of 10 pixels side by side, in two sets: 3 pixels on each side have no labels."""
    left, right, below = (tiles_of(Grid("", 1.0, *at, 10, 10), 10, 10)[0] for at in ((0, 0), (10, 0), (0, 10)))
    sets = {(0, 0): "train", (1, 0): "val", (0, 1): "train"}
    assert np.flatnonzero(near_other_set(left, sets, 10, 3).all(axis=0)).tolist() == [7, 8, 9]
    assert near_other_set(left, sets, 10, 3).sum() == 30
    assert np.flatnonzero(near_other_set(right, sets, 10, 3).all(axis=0)).tolist() == [0, 1, 2]
    diagonal = near_other_set(below, sets, 10, 3)
    assert diagonal.sum() == 9 and diagonal[:3, 7:].all()
    assert not near_other_set(left, sets, 10, 0).any()


@settings(max_examples=20)
@given(places, places, st.integers(0, 9), st.integers(0, 100))
def test_labels_of_two_sets_are_a_gap_apart(col, row, margin, seed):
    grid, block = Grid("", 1.0, col, row, 40, 40), 10
    tiles = tiles_of(grid, block, block)
    sets = block_sets(sorted({tile.block for tile in tiles}), [], (0.5, 0.25, 0.25), seed)
    owner = np.full((40, 40), -1)
    for tile in tiles:
        top, left = tile.grid.row - row, tile.grid.col - col
        piece = np.where(near_other_set(tile, sets, block, margin), -1, SETS.index(sets[tile.block]))
        owner[top : top + tile.grid.height, left : left + tile.grid.width] = piece
    for name in range(3):
        for y, x in np.argwhere(owner == name):
            near = owner[max(y - 2 * margin, 0) : y + 2 * margin + 1, max(x - 2 * margin, 0) : x + 2 * margin + 1]
            assert set(np.unique(near)) <= {-1, name} or margin == 0


@settings(max_examples=30)
@given(grids, st.integers(20, 200))
def test_even_pieces_cover_the_grid_once(grid, tile):
    pieces = even_pieces(grid, tile)
    assert sum(one.width * one.height for one in pieces) == grid.width * grid.height
    assert set().union(*map(pixels, pieces)) == pixels(grid)
    widths = [one.width for one in pieces]
    assert max(widths) <= tile and max(widths) - min(widths) <= 1


@pytest.mark.parametrize("shares", [(0.7, 0.3), (0.7, 0.2, 0.2), (1.2, -0.1, -0.1), (0.5, 0.5, float("nan"))])
def test_shares_that_cannot_be(shares):
    with pytest.raises(SettingsError, match="sum to 1"):
        check_shares(shares)


def test_a_block_is_at_least_a_pixel():
    assert block_pixels(5000, 10) == 500
    with pytest.raises(SettingsError, match="smaller than a pixel"):
        block_pixels(4, 10)
