"""Weighted means and quantiles by group, medians over glaciers, and intervals by drawing glaciers anew."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ..inference.arrays import DoubleArray
from .bulk import IntArray, summed

Chunk = Tuple[Any, Any]
"""Values and their weights, n floats each."""
SORTED_AT_ONCE = 100_000
BINS = 4096


def weighted_mean(values: DoubleArray, weights: DoubleArray) -> float:
    """Return the mean of the values that are numbers; NaN where there are none (or nothing weighs)."""
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")


def mean_of(chunks: Sequence[Chunk]) -> float:
    """Return the weighted mean over chunks that hold something."""
    total = sum(float(np.dot(values.astype(np.float64), weights)) for values, weights in chunks)
    return total / sum(float(weights.sum(dtype=np.float64)) for _, weights in chunks)


def median(values: DoubleArray) -> float:
    """Return the median of the values that are numbers, NaN without any."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def group_means(values: DoubleArray, weights: DoubleArray, group: IntArray, count: int) -> DoubleArray:
    """Return the weighted mean of each group 0..count-1; NaN for an empty one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means: DoubleArray = summed(values * weights, group, count) / summed(weights, group, count)
    return means


def group_maxima(values: DoubleArray, group: IntArray, count: int) -> DoubleArray:
    """Return the largest value of each group; NaN for an empty one."""
    largest: DoubleArray = np.full(count, -np.inf)
    np.maximum.at(largest, group, values)
    return np.where(np.isinf(largest), np.nan, largest)


def group_quantiles(
    values: DoubleArray, weights: DoubleArray, group: IntArray, count: int, share: float
) -> DoubleArray:
    """Return of each group the value below which the share (0..1) of the group's weight lies; NaN for an empty group.

    It lies between the two samples whose weights' middles enclose the share, as numpy's "hazen" quantile does for equal
    weights.
    """
    # One sort by group and value: faster than two.
    span = 2 * float(np.abs(values).max()) + 1 if len(values) else 1.0
    order = np.argsort(values + group * span)
    values, weights, group = values[order], weights[order], group[order]
    number = np.bincount(group, minlength=count)
    first = np.cumsum(number) - number
    running = np.cumsum(weights, dtype=np.float64)
    before = np.concatenate([[0.0], running])[first]
    total = np.concatenate([[0.0], running])[first + number] - before
    middle = running - weights / 2
    # Ascending over all groups, because weights are positive: one search finds all places.
    wanted = before + share * total
    place = np.clip(np.searchsorted(middle, wanted), first, np.maximum(first + number - 1, first))
    return _between(values, middle, wanted, place, first, number)


def quantile(chunks: Sequence[Chunk], share: float) -> float:
    """Return the value below which the share (0..1) of the weight of all chunks lies, as `group_quantiles` does.

    Sorts only what lies near it: histograms tell where that is.
    """
    wanted = share * sum(float(weights.sum(dtype=np.float64)) for _, weights in chunks)
    chunks = [chunk for chunk in chunks if len(chunk[0])]
    count = sum(len(values) for values, _ in chunks)
    while count > SORTED_AT_ONCE:
        chunks, below = _near(chunks, wanted)
        wanted -= below
        count, before = sum(len(values) for values, _ in chunks), count
        if count == before:
            break  # all of one value, or nearly
    if not count:
        return float("nan")
    values, weights = (np.concatenate(parts).astype(np.float64) for parts in zip(*chunks))
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    return float(np.interp(wanted, np.cumsum(weights) - weights / 2, values))


def _near(chunks: Sequence[Chunk], wanted: float) -> Tuple[List[Chunk], float]:
    """Return the part of the chunks near the place where `wanted` weight lies below, and the weight below this part."""
    low = min(float(values.min()) for values, _ in chunks)
    high = max(float(values.max()) for values, _ in chunks)
    scale = BINS / (high - low) if high > low else 0.0
    bins = [np.minimum(((values - low) * scale).astype(np.int32), BINS - 1) for values, _ in chunks]
    heavy = np.zeros(BINS)
    for place, (_, weights) in zip(bins, chunks):
        heavy += np.bincount(place, weights, BINS)
    running = np.cumsum(heavy)
    filled = np.flatnonzero(heavy)
    middle = np.searchsorted(running[filled], wanted)
    first, last = filled[np.clip([middle - 1, middle + 1], 0, len(filled) - 1)]
    near = [(place >= first) & (place <= last) for place in bins]
    kept = [(values[keep], weights[keep]) for keep, (values, weights) in zip(near, chunks) if keep.any()]
    return kept, float(running[first] - heavy[first])


def _between(
    values: DoubleArray, middle: DoubleArray, wanted: DoubleArray, place: IntArray, first: IntArray, number: IntArray
) -> DoubleArray:
    found: DoubleArray = np.full(len(number), np.nan)
    some = number > 0
    place, first, wanted = place[some], first[some], wanted[some]
    lower = np.maximum(place - 1, first)
    gap = middle[place] - middle[lower]
    share = np.clip(np.where(gap > 0, (wanted - middle[lower]) / np.where(gap > 0, gap, 1.0), 1.0), 0.0, 1.0)
    found[some] = values[lower] + share * (values[place] - values[lower])
    return found


def bootstrap(
    columns: Mapping[str, DoubleArray],
    figures: Callable[[Mapping[str, DoubleArray]], Mapping[str, DoubleArray]],
    draws: int,
    level: float,
    seed: int,
) -> Dict[str, Tuple[float, float]]:
    """Return intervals of figures that are made of sums over glaciers (percentile bootstrap, Efron 1979).

    Args:
        columns: for each name n numbers, one a glacier.
        figures: from sums by name (m each) to the figures by name (m each).
        draws: how often n glaciers are drawn with replacement; without draws or glaciers (2) there are no intervals.
        level: of the interval, 0..1.
        seed: of the draws.
    """
    table = np.column_stack(list(columns.values())) if columns else np.zeros((0, 0))
    if not draws or len(table) < 2:
        return {}
    random = np.random.default_rng(seed)
    count = len(table)
    sums = np.stack([random.multinomial(count, np.full(count, 1 / count)) @ table for _ in range(draws)])
    found = figures(dict(zip(columns, sums.T)))
    ends = ((1 - level) / 2, (1 + level) / 2)
    return {name: _interval(values, ends) for name, values in found.items() if np.isfinite(values).any()}


def _interval(values: Any, ends: Tuple[float, float]) -> Tuple[float, float]:
    low, high = np.quantile(values[np.isfinite(values)], ends)
    return float(low), float(high)
