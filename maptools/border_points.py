"""Smoothing and simplifying borders point by point: what two rings share moves once for both. Plain Python.

A point where more than two edges meet (the end of a divide) stays, and so does all that is not to be changed.
"""

from __future__ import annotations

import math
from typing import Callable, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

Point = Tuple[float, float]
Ring = Sequence[Point]
"""Points without the closing one."""
Moves = Mapping[Point, Optional[Point]]
"""Where a point goes; None: it is left out."""
_FEWEST = 3


def smoothing(rings: Iterable[Ring], inside: Callable[[Point], bool]) -> Moves:
    """Return the moves of one round of smoothing: each point to the mean with its neighbours (1-2-1)."""
    around = _neighbours(rings)
    moves: Dict[Point, Optional[Point]] = {}
    for point, others in around.items():
        if len(others) == 2 and inside(point):
            # In one order, whichever way a ring runs: both sides must get the same digits.
            (ax, ay), (bx, by) = sorted(others)
            moves[point] = ((ax + bx + 2 * point[0]) / 4, (ay + by + 2 * point[1]) / 4)
    return moves


def simplifying(rings: Iterable[Ring], inside: Callable[[Point], bool], tolerance: float) -> Moves:
    """Return the points to leave out so that borders stay within `tolerance` (Douglas and Peucker 1973)."""
    around = _neighbours(rings)
    free = {point for point, others in around.items() if len(others) == 2 and inside(point)}
    moves: Dict[Point, Optional[Point]] = {}
    left = set(free)
    while left:
        chain = _chain(min(left), around, free)
        left -= set(chain)
        kept = _kept(chain, tolerance)
        moves.update({point: None for point in chain if point in free and point not in kept})
    return moves


def moved(ring: Ring, moves: Moves) -> List[Point]:
    """Return a ring after the moves; one of which fewer than three points would be left stays."""
    after = [new for point in ring if (new := moves.get(point, point)) is not None]
    return after if len(set(after)) >= _FEWEST else list(ring)


def _neighbours(rings: Iterable[Ring]) -> Dict[Point, FrozenSet[Point]]:
    found: Dict[Point, Set[Point]] = {}
    for ring in rings:
        for before, point in zip([*ring[-1:], *ring[:-1]], ring):
            found.setdefault(point, set()).add(before)
            found.setdefault(before, set()).add(point)
    return {point: frozenset(others) for point, others in found.items()}


def _chain(start: Point, around: Mapping[Point, FrozenSet[Point]], free: Set[Point]) -> List[Point]:
    """Return the free points that hang together with `start`, between the two that stay; a whole ring has one such."""
    one, other = sorted(around[start])
    back = _walk(start, one, around, free)
    if back[-1] == start:  # round a whole ring
        return back
    return [*back[::-1], *_walk(start, other, around, free)[1:]]


def _walk(start: Point, towards: Point, around: Mapping[Point, FrozenSet[Point]], free: Set[Point]) -> List[Point]:
    path = [start, towards]
    while path[-1] in free and path[-1] != start:
        (following,) = around[path[-1]] - {path[-2]}
        path.append(following)
    return path


def _kept(chain: Sequence[Point], tolerance: float) -> Set[Point]:
    kept = {chain[0], chain[-1]}
    waiting = [(0, len(chain) - 1)]
    while waiting:
        first, last = waiting.pop()
        between = range(first + 1, last)
        furthest = max(between, key=lambda n: _distance(chain[n], chain[first], chain[last]), default=None)
        if furthest is not None and _distance(chain[furthest], chain[first], chain[last]) > tolerance:
            kept.add(chain[furthest])
            waiting += [(first, furthest), (furthest, last)]
    return kept


def _distance(point: Point, start: Point, end: Point) -> float:
    way = (end[0] - start[0], end[1] - start[1])
    off = (point[0] - start[0], point[1] - start[1])
    length = way[0] ** 2 + way[1] ** 2
    share = min(max((off[0] * way[0] + off[1] * way[1]) / length, 0.0), 1.0) if length else 0.0
    return math.hypot(off[0] - share * way[0], off[1] - share * way[1])
