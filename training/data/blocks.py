"""Splitting by spatial blocks: which ground is for training, which for validation, which for testing.

Tiles that are drawn at random leak: two halves of a glacier, under the same light and snow, land in two sets, and the
score tells how well the network remembers, not how well it maps elsewhere. So the ground is cut into square blocks on
the lattice of the CRS, and each whole block goes to one set by a hash of its index: the same block goes to the same
set whatever the extent, in every scene of that CRS and resolution. Two rules keep the sets apart:

- a tile lies inside one block, so that no patch that is cut from a tile holds pixels of two sets;
- within half a gap of a block of another set nothing is labelled, so that no mixed or resampled pixel and no shadow
  of one boulder is in both.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ...inference.arrays import BoolArray
from ...inference.errors import SettingsError
from ...inference.grid import Grid

SETS = ("train", "val", "test")
Block = Tuple[int, int]
"""Column and row of a block on the lattice."""
Shares = Tuple[float, float, float]
"""Of train, val and test; they sum to 1."""

WHY_BLOCKS = (
    "Split by blocks of {km:g} km: neighbouring tiles share glaciers, snow and light, so tiles that are drawn at "
    "random would leak from training into the test."
)


def check_shares(shares: Sequence[float]) -> Shares:
    """Return the shares. Raises SettingsError where they are not three that sum to 1."""
    wrong = len(shares) != len(SETS) or any(not 0 <= share <= 1 for share in shares)
    if wrong or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
        raise SettingsError("Shares are three numbers from 0 to 1 that sum to 1, like 0.7,0.15,0.15 (train,val,test).")
    return shares[0], shares[1], shares[2]


def draw(key: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on the key and the seed alone, on every machine."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def by_hash(key: str, shares: Shares, seed: int) -> str:
    """Return the set in whose stretch of 0..1 the key's number lies."""
    number, edges = draw(key, seed), np.cumsum(shares)
    sets = [name for name, share, edge in zip(SETS, shares, edges) if share > 0 and number < edge]
    # Rounding may leave a hair between the last edge and 1.
    return sets[0] if sets else next(name for name, share in zip(reversed(SETS), reversed(shares)) if share > 0)


def share_out(keys: Sequence[str], shares: Shares, seed: int) -> Dict[str, str]:
    """Return the set of each key: by its hash, so that it does not depend on the other keys.

    Only where a set would stay empty (few keys), one key is moved to it: the one whose hash is nearest. Sets are
    served in the order train, val, test, as far as there are keys.
    """
    drawn = {key: draw(key, seed) for key in keys}
    chosen = {key: by_hash(key, shares, seed) for key in keys}
    wanted = [name for name, share in zip(SETS, shares) if share > 0][: len(drawn)]
    for name in wanted:
        if name not in chosen.values():
            middle = _middle(name, shares)
            free = [key for key, own in chosen.items() if own not in wanted or list(chosen.values()).count(own) > 1]
            chosen[min(free, key=lambda key: (abs(drawn[key] - middle), key))] = name
    return chosen


def _middle(name: str, shares: Shares) -> float:
    place = SETS.index(name)
    return sum(shares[:place]) + shares[place] / 2


@dataclass(frozen=True)
class BlockTile:
    """A tile: a part of one block. `grid` is cut from the scene's."""

    block: Block
    grid: Grid


def block_pixels(block_m: float, resolution: float) -> int:
    """Return a block's side in pixels. Raises SettingsError for less than one."""
    pixels = round(block_m / resolution)
    if pixels < 1:
        raise SettingsError(f"A block of {block_m:g} m is smaller than a pixel of {resolution:g} m; take a larger one.")
    return pixels


def tiles_of(grid: Grid, block: int, tile: int) -> List[BlockTile]:
    """Cut a grid into tiles of at most `tile` pixels a side, each inside one block of `block` pixels a side.

    A block that is larger than a tile is cut evenly. Row by row; the tiles cover the grid without overlap.
    """
    columns, rows = _pieces(grid.col, grid.width, block, tile), _pieces(grid.row, grid.height, block, tile)
    return [
        BlockTile((col // block, row // block), grid.part(col, row, width, height))
        for row, height in rows
        for col, width in columns
    ]


def even_pieces(grid: Grid, tile: int) -> List[Grid]:
    """Cut a grid evenly into pieces of at most `tile` pixels a side, row by row, wherever it lies on the lattice."""
    columns, rows = _parts(grid.width, tile), _parts(grid.height, tile)
    return [
        grid.part(grid.col + left, grid.row + top, right - left, bottom - top)
        for top, bottom in zip(rows, rows[1:])
        for left, right in zip(columns, columns[1:])
    ]


def _parts(length: int, tile: int) -> List[int]:
    """Return the bounds of the parts of a stretch."""
    parts = math.ceil(length / tile)
    return [round(number * length / parts) for number in range(parts + 1)]


def _pieces(start: int, length: int, block: int, tile: int) -> List[Tuple[int, int]]:
    """Cut a stretch of the lattice at the edges of blocks and of even parts of them: (first, count)."""
    offsets = _parts(block, tile)[:-1]
    first, last = start // block, (start + length - 1) // block
    edges = [number * block + offset for number in range(first, last + 1) for offset in offsets]
    inner = [edge for edge in edges if start < edge < start + length]
    bounds = [start, *inner, start + length]
    return [(begin, end - begin) for begin, end in zip(bounds, bounds[1:])]


def block_sets(with_glacier: Sequence[Block], others: Sequence[Block], shares: Shares, seed: int) -> Dict[Block, str]:
    """Return the set of each block; that no set stays empty is seen to among the blocks that have glacier."""
    first, second = (with_glacier, others) if with_glacier else (others, [])
    by_key = share_out([_key(block) for block in first], shares, seed)
    sets = {block: by_key[_key(block)] for block in first}
    return {**sets, **{block: by_hash(_key(block), shares, seed) for block in second}}


def moved_blocks(sets: Mapping[Block, str], shares: Shares, seed: int) -> Dict[Block, str]:
    """Return the blocks that are not where their hash says, because a set would have stayed empty."""
    return {block: name for block, name in sets.items() if name != by_hash(_key(block), shares, seed)}


def _key(block: Block) -> str:
    return f"{block[0]},{block[1]}"


def near_other_set(tile: BlockTile, sets: Mapping[Block, str], block: int, margin: int) -> BoolArray:
    """Return the pixels of a tile within `margin` pixels of a neighbouring block of another set (H x W).

    The margin is at most a block; blocks that are not in `sets` hold no labels and do not count.
    """
    grid = tile.grid
    rows, columns = np.arange(grid.row, grid.row + grid.height), np.arange(grid.col, grid.col + grid.width)
    near = np.zeros((grid.height, grid.width), dtype=bool)
    for d_row in (-1, 0, 1):
        for d_col in (-1, 0, 1):
            other = (tile.block[0] + d_col, tile.block[1] + d_row)
            if sets.get(other, sets[tile.block]) != sets[tile.block]:
                near |= _within(rows, other[1], block, margin)[:, None] & _within(columns, other[0], block, margin)
    return near


def _within(places: Any, number: int, block: int, margin: int) -> BoolArray:
    """Return which rows (or columns) lie in block `number`, or at most `margin` pixels beside it."""
    near: BoolArray = (places >= number * block - margin) & (places < (number + 1) * block + margin)
    return near
