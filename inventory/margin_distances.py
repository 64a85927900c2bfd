"""The distances between two layers' margins, a neighbourhood of glaciers at a time, so that memory stays small."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.progress import Progress, stop_if_cancelled
from .boundaries import Margin, Margins, boxes
from .bulk import THREADS, IntArray
from .distances import Nearest, apart, group_offsets, nearest
from .outlines import Outlines
from .statistics import group_maxima, group_means, group_quantiles, mean_of, quantile

CELL_M = 20_000.0
SAMPLES = 200_000
REACH_M = 500.0
FARTHER = 8
DISTANCES = (
    "polis_m", "distance_mean_m", "distance_median_m", "distance_signed_median_m", "hd95_m", "hausdorff_m",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Side:
    """One layer as the batches need it: its groups (numbers that both layers share), and its margins."""

    layer: Outlines
    margins: Margins
    group: IntArray
    tree: Any

    @classmethod
    def of(cls, layer: Outlines, margins: Margins, group: IntArray) -> Side:
        """Prepare a layer."""
        tree = shapely.STRtree(layer.geometry)
        tree.query(shapely.Point())  # builds it, before several threads ask at once
        return cls(layer, margins, group, tree)


@dataclass(frozen=True, eq=False)
class Ways:
    """From n samples of one margin to the other.

    Attributes:
        signed: metres, positive where the candidate lies outside the reference.
        weight: metres of margin that a sample stands for.
        owner: an outline's place.
    """

    signed: DoubleArray
    weight: DoubleArray
    owner: IntArray

    def where(self, keep: BoolArray) -> Ways:
        """Return some of the samples."""
        return Ways(self.signed[keep], self.weight[keep], self.owner[keep])


@dataclass(frozen=True, eq=False)
class Batch:
    """The ways of a neighbourhood, from the candidate's margins and from the reference's.

    `owned` goes to the glacier's own counterpart, and its owner is the glacier's place in the reference; `whole` goes
    to the other layer, and its owner is the outline that it starts from. `starts` (n x 2) and `glacier` (n places in
    the reference, -1 where an outline has no counterpart) are of `whole`.
    """

    glaciers: IntArray
    owned: Tuple[Ways, Ways]
    whole: Tuple[Ways, Ways]
    starts: Tuple[DoubleArray, DoubleArray]
    glacier: Tuple[IntArray, IntArray]


def batches(candidate: Side, reference: Side, spacing: float, progress: Progress) -> Iterator[Batch]:
    """Yield all outlines of both layers, neighbourhood by neighbourhood; strong groups stay together."""
    plan = _plan(candidate, reference, spacing)
    with ThreadPoolExecutor(THREADS) as pool:
        # Only a few at a time: what is ready waits in memory.
        for start in range(0, len(plan), THREADS):
            stop_if_cancelled(progress)
            progress.report(start / len(plan), "Measuring distances")
            some = plan[start : start + THREADS]
            yield from pool.map(lambda batch: _batch(candidate, reference, *batch), some)


def distance_table(ways: Tuple[Ways, Ways], count: int) -> Dict[str, DoubleArray]:
    """Return DISTANCES of `count` owners (0..count-1) from both directions' ways; NaN where one direction has none."""
    known = [way.where(np.isfinite(way.signed)) for way in ways]
    both = _joined(known)
    size = np.abs(both.signed)
    means = [group_means(np.abs(way.signed), way.weight, way.owner, count) for way in known]
    ends = [group_quantiles(np.abs(way.signed), way.weight, way.owner, count, 0.95) for way in known]
    found = {
        "polis_m": (means[0] + means[1]) / 2,
        "distance_mean_m": group_means(size, both.weight, both.owner, count),
        "distance_median_m": group_quantiles(size, both.weight, both.owner, count, 0.5),
        "distance_signed_median_m": group_quantiles(both.signed, both.weight, both.owner, count, 0.5),
        "hd95_m": np.maximum(*ends),
        "hausdorff_m": group_maxima(size, both.owner, count),
    }
    one_sided = np.isnan(found["polis_m"])
    return {name: np.where(one_sided, np.nan, values) for name, values in found.items()}


def total_distances(ways: Tuple[Sequence[Ways], Sequence[Ways]]) -> Dict[str, float]:
    """Return DISTANCES of all batches' ways together, given for both directions; NaN where one direction has none."""
    sides = [[(np.abs(way.signed), way.weight) for way in side] for side in ways]
    signed = [(way.signed, way.weight) for side in ways for way in side]
    if not all(sum(len(values) for values, _ in side) for side in sides):
        return dict.fromkeys(DISTANCES, float("nan"))
    both = sides[0] + sides[1]
    return {
        "polis_m": (mean_of(sides[0]) + mean_of(sides[1])) / 2,
        "distance_mean_m": mean_of(both),
        "distance_median_m": quantile(both, 0.5),
        "distance_signed_median_m": quantile(signed, 0.5),
        "hd95_m": max(quantile(side, 0.95) for side in sides),
        "hausdorff_m": max(float(values.max()) for values, _ in both if len(values)),
    }


def margin_lengths(ways: Tuple[Sequence[Ways], Sequence[Ways]]) -> Dict[str, float]:
    """Return how many km of margin the ways of both directions begin at."""
    metres = [sum(float(way.weight.sum(dtype=np.float64)) for way in side) for side in ways]
    return {"margin_km": metres[0] / 1000, "margin_ref_km": metres[1] / 1000}


def compact(ways: Ways) -> Ways:
    """Return the ways that lead somewhere, in half the memory as those of one owner."""
    known = np.isfinite(ways.signed)
    short = (ways.signed[known].astype(np.float32), ways.weight[known].astype(np.float32))
    return Ways(short[0], short[1], np.zeros(0, np.int8))


def _joined(parts: Sequence[Ways]) -> Ways:
    if not parts:
        return Ways(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    return Ways(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("signed", "weight", "owner")))


def _plan(candidate: Side, reference: Side, spacing: float) -> List[Tuple[IntArray, IntArray]]:
    """Return the places of candidates and references of each batch: strips of 20 km, cut where there is enough."""
    box = np.concatenate([boxes(candidate.layer.geometry), boxes(reference.layer.geometry)])
    group = np.concatenate([candidate.group, reference.group])
    geometry = np.concatenate([candidate.layer.geometry, reference.layer.geometry])
    samples = shapely.length(geometry) / spacing + shapely.get_num_coordinates(geometry)
    _, group = np.unique(group, return_inverse=True)
    count = np.bincount(group)
    middle = np.column_stack([np.bincount(group, (box[:, i] + box[:, i + 2]) / 2) / count for i in (0, 1)])
    strip = np.floor(middle[:, 0] / CELL_M).astype(np.int64)
    order = np.lexsort((middle[:, 1], strip))
    running = np.cumsum(np.bincount(group, samples)[order])
    _, batch = np.unique(np.column_stack([strip[order], running // SAMPLES]), axis=0, return_inverse=True)
    of_group = np.empty(len(order), np.int64)
    of_group[order] = np.ravel(batch)
    mine, theirs = np.split(of_group[group], [len(candidate.layer)])
    last = int(of_group.max()) + 1 if len(of_group) else 0
    return [(np.flatnonzero(mine == number), np.flatnonzero(theirs == number)) for number in range(last)]


def _batch(candidate: Side, reference: Side, ours: IntArray, theirs: IntArray) -> Batch:
    box = np.concatenate([boxes(candidate.layer.geometry[ours]), boxes(reference.layer.geometry[theirs])])
    near_ours, near_theirs = (_around(side, box, REACH_M) for side in (candidate, reference))
    our_margin, their_margin = (
        side.margins.sample(np.union1d(around, own))
        for side, around, own in ((candidate, near_ours, ours), (reference, near_theirs, theirs))
    )
    us, them = our_margin.of(_flags(candidate, ours)), their_margin.of(_flags(reference, theirs))
    to_them = _anywhere(us.xy, nearest(us.xy, their_margin), reference)
    to_us = _anywhere(them.xy, nearest(them.xy, our_margin), candidate)
    own_them, own_us = _in_groups(us, them, to_them, to_us, candidate.group, reference.group)
    mine, others = us.weight > 0, them.weight > 0
    return Batch(
        theirs,
        (Ways(own_them.signed, us.weight, own_them.owner).where(mine & (own_them.owner >= 0)),
         Ways(-own_us.signed, them.weight, them.owner).where(others & (own_us.owner >= 0))),
        (Ways(to_them.signed, us.weight, us.owner).where(mine),
         Ways(-to_us.signed, them.weight, them.owner).where(others)),
        (us.xy[mine], them.xy[others]),
        (own_them.owner[mine], them.owner[others]),
    )  # fmt: skip


def _flags(side: Side, places: IntArray) -> BoolArray:
    flags: BoolArray = np.zeros(len(side.layer), bool)
    flags[places] = True
    return flags


def _around(side: Side, box: DoubleArray, reach: float) -> IntArray:
    """Return the outlines within `reach` of boxes (n x 4), sorted."""
    low, high = box[:, :2].min(axis=0) - reach, box[:, 2:].max(axis=0) + reach
    return np.sort(side.tree.query(shapely.box(low[0], low[1], high[0], high[1])))


def _anywhere(xy: DoubleArray, found: Nearest, other: Side) -> Nearest:
    """Look farther away for what has nothing within reach."""
    reach = REACH_M
    signed, owner = found.signed.copy(), found.owner.copy()
    looked_at = -1
    while looked_at < len(other.layer):
        far = np.flatnonzero(np.abs(signed) > reach)
        if not len(far):
            break
        reach *= FARTHER
        places = _around(other, np.column_stack([xy[far], xy[far]]), reach)
        if len(places) > looked_at:
            again = nearest(xy[far], other.margins.sample(places))
            signed[far], owner[far] = again.signed, again.owner
        looked_at = len(places)
    return Nearest(signed, owner)


def _in_groups(
    us: Margin, them: Margin, to_them: Nearest, to_us: Nearest, our_group: IntArray, their_group: IntArray
) -> Tuple[Nearest, Nearest]:
    """Return the ways within each strong group: the ones found where they stay in it, others measured again."""
    numbers = np.unique(np.concatenate([our_group[us.owner], their_group[them.owner]]))
    ours: IntArray = np.searchsorted(numbers, our_group)
    theirs: IntArray = np.searchsorted(numbers, their_group)
    both = np.concatenate([ours[us.owner], theirs[them.owner]])
    offset = group_offsets(np.concatenate([us.xy, them.xy]), both, len(numbers))
    offset = np.append(offset, 0.0)  # for groups that are not in this batch
    us_apart, them_apart = apart(us, ours, offset), apart(them, theirs, offset)
    return (
        _own(us_apart, to_them, our_group[us.owner], their_group, them_apart),
        _own(them_apart, to_us, their_group[them.owner], our_group, us_apart),
    )


def _own(source: Margin, found: Nearest, group: IntArray, other_group: IntArray, target: Margin) -> Nearest:
    signed, owner = found.signed.copy(), found.owner.copy()
    astray = (owner < 0) | (other_group[owner] != group) if len(other_group) else np.ones(len(owner), bool)
    has = np.isin(group, np.unique(other_group[target.owner])) if len(target) else np.zeros(len(group), bool)
    again = np.flatnonzero(astray & has)
    closer = nearest(source.xy[again], target)
    signed[again], owner[again] = closer.signed, closer.owner
    owner[astray & ~has] = -1
    return Nearest(signed, owner)
