"""From every point of a margin to the nearest point of another: how far, on which side, whose.

The nearest samples come from a k-d tree; the distance is the exact one to the stretches of margin beside them. It can
be too long only where another branch of the margin passes within half the samples' spacing of the nearest samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Tuple

import numpy as np
from scipy.spatial import cKDTree

from ..inference.arrays import BoolArray, DoubleArray
from .boundaries import Margin
from .bulk import THREADS, IntArray

NEIGHBOURS = 1


@dataclass(frozen=True, eq=False)
class Nearest:
    """For n points: the distance (metres, positive outside the target's ice, negative inside) and the target's owner.

    Points that have no target are infinitely far, with the owner -1.
    """

    signed: DoubleArray
    owner: IntArray

    @property
    def distance(self) -> DoubleArray:
        """The distance without its side."""
        return np.abs(self.signed)


def nearest(xy: DoubleArray, target: Margin) -> Nearest:
    """Return the way from points `xy` (n x 2) to the margin `target`."""
    if not len(target) or not len(xy):
        return Nearest(np.full(len(xy), np.inf), np.full(len(xy), -1))
    number = min(NEIGHBOURS, len(target))
    tree = cKDTree(target.xy, balanced_tree=False, compact_nodes=False)  # built faster, asked as fast
    _, sample = tree.query(xy, k=np.arange(1, number + 1), workers=THREADS)
    best = Nearest(np.full(len(xy), np.inf), np.full(len(xy), -1))
    for column in range(number):
        signed = _to_stretches(xy, target, sample[:, column])
        closer = np.abs(signed) < best.distance
        owner = np.where(closer, target.owner[sample[:, column]], best.owner)
        best = Nearest(np.where(closer, signed, best.signed), owner)
    return best


def _to_stretches(xy: DoubleArray, target: Margin, sample: IntArray) -> DoubleArray:
    """Return the signed distance to the two stretches that meet at each point's sample.

    The side at a corner is told by the sum of both normals (Baerentzen and Aanaes 2005); a stretch alone may lie.
    """
    before, after = target.before[sample], target.after[sample]
    near_1, share_1, side_1, normal_1 = _to_stretch(xy, target.xy[before], target.xy[sample])
    near_2, share_2, side_2, normal_2 = _to_stretch(xy, target.xy[sample], target.xy[after])
    away = xy - target.xy[sample]
    corner = (share_1 >= 1) & (share_2 <= 0)
    side = np.where(near_1 < near_2, side_1, side_2)
    side = np.where(corner, np.einsum("ij,ij->i", away, normal_1 + normal_2), side)
    # Where a margin ends there is only one stretch.
    side = np.where((before == sample) & (after != sample), side_2, side)
    side = np.where((before != sample) & (after == sample), side_1, side)
    signs = np.where(side * target.turn[sample] < 0, -1.0, 1.0)
    signed: DoubleArray = signs * np.minimum(near_1, near_2)
    return signed


def _to_stretch(
    xy: DoubleArray, start: DoubleArray, stop: DoubleArray
) -> Tuple[DoubleArray, DoubleArray, DoubleArray, DoubleArray]:
    """Return distance, place on the stretch (0..1), side (positive: right of it) and unit normal (to the right)."""
    along = stop - start
    length2 = np.einsum("ij,ij->i", along, along)
    away = xy - start
    safe = np.where(length2 > 0, length2, 1.0)
    share = np.clip(np.einsum("ij,ij->i", away, along) / safe, 0.0, 1.0)
    rest = away - share[:, None] * along
    normal = np.column_stack([along[:, 1], -along[:, 0]]) / np.sqrt(safe)[:, None]
    return np.hypot(rest[:, 0], rest[:, 1]), share, np.einsum("ij,ij->i", away, normal), normal


def apart(margin: Margin, group: IntArray, offset: DoubleArray) -> Margin:
    """Return a margin with each outline's group (by owner) moved east by its offset, so that groups are far apart."""
    moved = margin.xy.copy()
    moved[:, 0] += offset[group[margin.owner]]
    return replace(margin, xy=moved)


def group_offsets(xy: DoubleArray, group: IntArray, count: int) -> DoubleArray:
    """Return how far each of `count` groups must go east so that no two are nearer than any one is wide.

    Args:
        xy: all points (n x 2), whose groups are `group` (n).
    """
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, group, xy)
    np.maximum.at(high, group, xy)
    present: BoolArray = np.isfinite(low[:, 0])
    diagonal = np.where(present, np.hypot(*(high - low).T), 0.0)
    room = 3 * diagonal + 1.0
    return np.where(present, np.cumsum(room) - room + diagonal - low[:, 0], 0.0)
