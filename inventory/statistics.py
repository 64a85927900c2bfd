"""Weighted means and quantiles by group, medians over glaciers, and intervals by drawing glaciers anew."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Tuple

import numpy as np

from ..inference.arrays import DoubleArray
from .bulk import IntArray, summed


def weighted_mean(values: DoubleArray, weights: DoubleArray) -> float:
    """Return the mean of the values that are numbers; NaN where there are none (or nothing weighs)."""
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")


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
    order = np.argsort(values + group * span if count > 1 else values)
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
