"""Margins of ice as points: outer rings without the divides, densified to at most half a pixel.

Each point stands for the stretch of margin beside it (`weight`, metres), so that what is averaged over the points is an
average along the line, however many vertices somebody drew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray, summed
from .outlines import Outlines
from .overlap import Dissolved, islands

TESTS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Margin:
    """Points along margins, ring by ring in the order of the ring; a ring repeats its first point at its end.

    Attributes:
        xy: n x 2.
        owner: the place of each point's outline in its layer (n).
        weight: metres of margin that each point stands for (n); 0 for the end of a divide, to which a margin runs.
        before, after: the points that the margin comes from and goes to (n places); where it ends, the point itself.
        turn: +1 where the ring runs anticlockwise (ice at its left), -1 where clockwise (n).
    """

    xy: DoubleArray
    owner: IntArray
    weight: DoubleArray
    before: IntArray
    after: IntArray
    turn: DoubleArray

    def __len__(self) -> int:
        return len(self.xy)

    def of(self, wanted: BoolArray) -> Margin:
        """Return the points of the outlines that `wanted` (a flag for each of the layer) names."""
        return self.kept(wanted[self.owner])

    def kept(self, keep: BoolArray) -> Margin:
        """Return some of the points, and with a point always those before and after it."""
        place = np.cumsum(keep) - 1
        before, after = place[self.before[keep]], place[self.after[keep]]
        return Margin(self.xy[keep], self.owner[keep], self.weight[keep], before, after, self.turn[keep])


class Margins:
    """A layer whose margins can be asked for, outline by outline; its divides are found once."""

    def __init__(
        self, layer: Outlines, ice: Dissolved, spacing: float, divide_m: float, cut: Any = None
    ) -> None:
        """Find the divides.

        Args:
            layer: the outlines.
            ice: the same, dissolved: what lies inside one of its holes is the border of a hole, not of the ice.
            spacing: of the points, metres at most.
            divide_m: what is this near to another outline is a divide.
            cut: a geometry whose inside is no margin: the edge at which the layer was clipped, made wide.
        """
        self._geometry = layer.geometry
        self._spacing = spacing
        first, second = shapely.STRtree(layer.geometry).query(layer.geometry, predicate="dwithin", distance=divide_m)
        others = np.concatenate([layer.geometry, islands(ice.geometry)])
        touching, island = shapely.STRtree(layer.geometry).query(others[len(layer) :], predicate="intersects")[::-1]
        first, second = np.append(first, touching), np.append(second, island + len(layer))
        keep = first != second
        order = np.argsort(first[keep], kind="stable")
        self._first, self._second = first[keep][order], second[keep][order]
        self._wide = np.full(len(others), None, dtype=object)
        used = np.unique(self._second)
        # Not less than a millimetre, so that a shared border is inside its neighbour whatever the rounding.
        self._wide[used] = shapely.buffer(others[used], max(divide_m, 1e-3), quad_segs=2)
        self._cut = cut

    def sample(self, places: IntArray) -> Margin:
        """Return the margins of the outlines at `places` (sorted, each once)."""
        parts, part_owner = shapely.get_parts(self._geometry[places], return_index=True)
        xy, ring = shapely.get_coordinates(shapely.get_exterior_ring(parts), return_index=True)
        last = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.zeros(0, bool)
        step = np.zeros_like(xy)
        step[:-1] = xy[1:] - xy[:-1]
        step[last] = 0.0
        turn = np.sign(_twice_areas(xy, step, ring, len(parts)))
        pieces = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) / self._spacing), 1).astype(np.int64)
        edge = np.repeat(np.arange(len(xy)), pieces)
        share = (np.arange(len(edge)) - (np.cumsum(pieces) - pieces)[edge]) / pieces[edge]
        dense = xy[edge] + share[:, None] * step[edge]
        owner = np.asarray(places)[part_owner][ring[edge]]
        return self._margin(dense, owner, ~last[edge], turn[ring[edge]])

    def _margin(self, xy: DoubleArray, owner: IntArray, joined: BoolArray, turn: DoubleArray) -> Margin:
        """Drop the divides; weigh what is left."""
        margin = ~self._on_divide(xy, owner)
        if self._cut is not None:
            margin &= ~shapely.contains_xy(_prepared_copy(self._cut), xy)
        # A stretch with one end on a divide is margin up to there: outlines that share a border share its ends too.
        last = ~joined
        joined[:-1] &= margin[:-1] | margin[1:]
        length = np.zeros(len(xy))
        length[:-1] = np.hypot(*(xy[1:] - xy[:-1]).T)
        length[~joined] = 0.0
        behind = np.append(margin[1:], False)
        weight = np.where(margin, np.where(behind, length / 2, length), 0.0)
        weight[1:] += np.where(margin[1:], np.where(margin[:-1], length[:-1] / 2, length[:-1]), 0.0)
        before, after = _neighbours(joined, last)
        here = np.arange(len(xy))
        return Margin(xy, owner, weight, before, after, turn).kept((before != here) | (after != here))

    def _on_divide(self, xy: DoubleArray, owner: IntArray) -> BoolArray:
        """Return which points lie in or beside another outline of the layer."""
        found: BoolArray = np.zeros(len(xy), bool)
        begin, stop = np.searchsorted(self._first, owner[[0, -1]] + [0, 1]) if len(owner) else (0, 0)
        first, second = self._first[begin:stop], self._second[begin:stop]
        here = np.isin(first, owner)
        first, second = first[here], second[here]
        start = np.searchsorted(owner, first)
        count = np.searchsorted(owner, first, side="right") - start
        batch = np.cumsum(count) // TESTS_AT_ONCE
        used, second = np.unique(second, return_inverse=True)
        wide = _prepared_copy(self._wide[used])
        for number in np.unique(batch):
            some = batch == number
            _mark(found, xy, start[some], count[some], wide[second[some]])
        return found


def _prepared_copy(geometry: Any) -> Any:
    """Return a copy that is quick to ask. Prepared geometries must not be shared: each thread has its own."""
    copy = shapely.from_wkb(shapely.to_wkb(geometry))
    shapely.prepare(copy)
    return copy


def _mark(found: BoolArray, xy: DoubleArray, start: IntArray, count: IntArray, others: Any) -> None:
    """Note which points lie in the outlines: of `others[k]` the `count[k]` points from `start[k]` on are asked."""
    pair = np.repeat(np.arange(len(start)), count)
    point = np.arange(len(pair)) + np.repeat(start - (np.cumsum(count) - count), count)
    box = shapely.bounds(others)
    for axis in (0, 1):
        value = xy[point, axis]
        near = (value >= box[pair, axis]) & (value <= box[pair, axis + 2])
        point, pair = point[near], pair[near]
    inside = shapely.contains_xy(others[pair], xy[point, 0], xy[point, 1])
    found[point[inside]] = True


def _neighbours(joined: BoolArray, last: BoolArray) -> Tuple[IntArray, IntArray]:
    """Return the places before and after each point along the margin, round a ring's end (`last`) too."""
    count = len(joined)
    here = np.arange(count)
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1]) if count else ends
    onward, back, goes_on = here + 1, here - 1, joined.copy()
    # A ring's last point is its first one.
    onward[ends], back[starts], goes_on[ends] = starts + 1, ends - 1, joined[starts]
    after = np.where(goes_on, onward, here)
    return np.where(goes_on[back], back, here) if count else here, after


def _twice_areas(xy: DoubleArray, step: DoubleArray, ring: IntArray, count: int) -> DoubleArray:
    """Return twice the signed area of each ring (anticlockwise: positive)."""
    origin = xy[np.searchsorted(ring, np.arange(count))][ring] if len(ring) else xy
    local = xy - origin
    return summed(local[:, 0] * step[:, 1] - local[:, 1] * step[:, 0], ring, count)


def boxes(geometry: Any) -> DoubleArray:
    """Return west, south, east, north (n x 4)."""
    found: DoubleArray = shapely.bounds(geometry).reshape(-1, 4)
    return found
