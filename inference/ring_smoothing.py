"""Staircases of pixel borders to smooth outlines that keep their area and cannot meet.

The mid-points of a ring's unit edges form the dual contour, whose parts (of one ring or of several, of one glacier or
two) are at least sqrt(1/2) pixel apart unless they follow each other. Moving every point by less than half of that
therefore lets nothing cross, and all steps here share this allowance: averaging, leaving points out, and the shift
along the normals that gives back the area lost at the corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Tuple

import numpy as np

from .arrays import BoolArray, DoubleArray
from .rings import IndexArray, Rings, drop_points, next_index, pick, previous_index, signed_areas

ALLOWANCE = 0.353  # pixels; just below sqrt(1/2) / 2
SIMPLIFY_TOLERANCE = 0.015
SIMPLIFY_ROUNDS = 6


@dataclass(frozen=True)
class _Strength:
    """Rounds of averaging, the furthest it may move a point (pixels), and whether points may be left out."""

    rounds: int
    reach: float
    simplify: bool

    @property
    def shift_limit(self) -> float:
        return ALLOWANCE - self.reach - (SIMPLIFY_ROUNDS * SIMPLIFY_TOLERANCE if self.simplify else 0.0)


# Small rings need more of the allowance to regain their area, so they are smoothed less.
_STRENGTHS = (_Strength(3, 0.2, True), _Strength(1, 0.1, False), _Strength(0, 0.0, False))


def smooth(rings: Rings) -> Rings:
    """Return smooth rings of the same area, in the same order.

    `rings`: traced unit edges (rings.trace), in pixels. Each ring keeps its area to rounding. A ring
    that no strength fits stays the dual contour, which has lost half a pixel.
    """
    target = signed_areas(rings)
    dual = Rings((rings.xy + rings.xy[next_index(rings)]) / 2, rings.starts)
    finished = [np.empty((0, 2))] * len(target)
    waiting: IndexArray = np.arange(len(target))
    for strength in _STRENGTHS:
        if not len(waiting):
            break
        waiting = _finish(dual, target, waiting, strength, finished)
    for ring in waiting.tolist():
        finished[ring] = dual.xy[dual.starts[ring] : dual.starts[ring] + dual.counts[ring]]
    counts = np.array([len(ring) for ring in finished], dtype=np.int64)
    return Rings(np.concatenate(finished), np.cumsum(counts) - counts)


def _finish(
    dual: Rings, target: DoubleArray, waiting: IndexArray, strength: _Strength, finished: List[DoubleArray]
) -> IndexArray:
    """Smooth the waiting rings, store those that stay within the allowance, and return the others."""
    wanted = np.zeros(len(target), dtype=bool)
    wanted[waiting] = True
    rings = average(pick(dual, wanted), strength.rounds, strength.reach)
    if strength.simplify:
        rings = simplify(rings, SIMPLIFY_ROUNDS, SIMPLIFY_TOLERANCE)
    rings, shifts = restore_areas(rings, target[waiting])
    good = np.abs(shifts) <= strength.shift_limit
    parts = np.split(rings.xy, rings.starts[1:])
    for place in np.flatnonzero(good).tolist():
        finished[waiting[place]] = parts[place]
    return waiting[~good]


def average(rings: Rings, rounds: int, reach: float) -> Rings:
    """Return the rings averaged with weights 1/4, 1/2, 1/4, no point moved further than `reach`."""
    before, after = previous_index(rings), next_index(rings)
    xy = rings.xy
    for _ in range(rounds):
        xy = xy / 2 + (xy[before] + xy[after]) / 4
    move = xy - rings.xy
    length = np.hypot(move[:, 0], move[:, 1])
    share = np.minimum(1.0, reach / np.maximum(length, 1e-12))
    return Rings(rings.xy + move * share[:, None], rings.starts)


def simplify(rings: Rings, rounds: int, tolerance: float) -> Rings:
    """Return the rings without points that lie within `tolerance` of the line past them.

    Of two neighbours only one goes in a round, so no round moves the outline by more than the tolerance.
    """
    for turn in range(rounds):
        within = np.arange(len(rings.xy)) - np.repeat(rings.starts, rings.counts)
        count = np.repeat(rings.counts, rings.counts)
        may_go = (within % 2 == turn % 2) & (within < count // 2 * 2) & (count > 8)
        rings = drop_points(rings, may_go & _nearly_straight(rings, tolerance))
    return rings


def _nearly_straight(rings: Rings, tolerance: float) -> BoolArray:
    """Tell of each point whether it lies between its neighbours and close to the line through them."""
    before = rings.xy - rings.xy[previous_index(rings)]
    after = rings.xy[next_index(rings)] - rings.xy
    chord = before + after
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    close = cross**2 <= tolerance**2 * (chord**2).sum(axis=1)
    ahead: BoolArray = close & ((before * after).sum(axis=1) > 0)
    return ahead


def restore_areas(rings: Rings, target: DoubleArray) -> Tuple[Rings, DoubleArray]:
    """Return the rings moved along their normals to the `target` areas, and by how much (inf: not possible).

    With unit normals n the area of xy + t n is exactly A + B t + C t^2, where C is the area of the ring of the
    normals, and B the sum of |dA/dpoint|.
    """
    chord = rings.xy[next_index(rings)] - rings.xy[previous_index(rings)]
    length = np.hypot(chord[:, 0], chord[:, 1])
    normal = np.stack([chord[:, 1], -chord[:, 0]], axis=1) / np.maximum(length, 1e-12)[:, None]
    lost = target - signed_areas(rings)
    linear = np.add.reduceat(length, rings.starts) / 2
    square = signed_areas(Rings(normal, rings.starts))
    root = linear**2 + 4 * square * lost
    shift = np.where(root >= 0, 2 * lost / (linear + np.sqrt(np.maximum(root, 0))), np.inf)
    usable = np.where(np.isfinite(shift), shift, 0.0)
    return Rings(rings.xy + normal * np.repeat(usable, rings.counts)[:, None], rings.starts), shift
