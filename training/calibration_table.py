"""An isotonic table from counted pixels: groups, support, regression (calibration.py says what for)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, List, Tuple

import numpy as np
from sklearn.isotonic import IsotonicRegression

from ..inference.arrays import DoubleArray
from ..inference.errors import DatasetError
from ..inference.model import Calibration
from ..weights.isotonic import LOWEST, thin
from .evaluation.scores import LEVELS, PROBABILITIES, Counts, entropy_levels, no_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
else:
    IntArray = np.ndarray

ENTROPY, PROBABILITY = "entropy", "probability"
KINDS = (ENTROPY, PROBABILITY)
MINIMUM_PIXELS = 200
TOLERANCE = 2e-3
"""Largest error of interpolating between the knots; held-out errors are several times as large."""
WIDTH = 0.01
"""Widest range of raw values in a group: pixels across a gap say nothing of what lies in it."""


@dataclass(frozen=True)
class Sample:
    """What maps said and what was true: counts by probability level, and which tiles (by number) each level met."""

    counts: Counts
    first: IntArray
    last: IntArray

    def __add__(self, other: Sample) -> Sample:
        first, last = np.minimum(self.first, other.first), np.maximum(self.last, other.last)
        return Sample(self.counts + other.counts, first, last)

    @property
    def several_tiles(self) -> bool:
        return bool(self.first.min() < self.last.max())


def empty_sample() -> Sample:
    """Return a sample of no pixel."""
    never = np.iinfo(np.int64).max
    return Sample(no_counts(), np.full(LEVELS, never), np.full(LEVELS, -1))


def sample_of(counts: Counts, tile: int) -> Sample:
    """Return the sample that one tile makes."""
    there, empty = counts.pixels > 0, empty_sample()
    return Sample(counts, np.where(there, tile, empty.first), np.where(there, tile, empty.last))


def fit_table(
    sample: Sample, of: str = ENTROPY, minimum_pixels: int = MINIMUM_PIXELS
) -> Tuple[Calibration, Tuple[float, float]]:
    """Return the isotonic table with few knots, and the range of raw values that it follows.

    Raises DatasetError where no group of `minimum_pixels` is from two tiles (unless all pixels are of one).
    """
    groups = _supported(_groups(sample, of, minimum_pixels), minimum_pixels, sample.several_tiles)
    raw = np.array([group.raw for group in groups])
    share = np.array([group.share for group in groups])
    low = LOWEST if of == ENTROPY else 0.0
    regression = IsotonicRegression(y_min=low, y_max=1.0, out_of_bounds="clip")
    fitted = regression.fit(raw, share, [group.pixels for group in groups]).predict(raw)
    return _table(raw, np.asarray(fitted, np.float64), of), (float(raw[0]), float(raw[-1]))


def _table(raw: DoubleArray, fitted: DoubleArray, of: str) -> Calibration:
    """Return the table; where there is but one group, it is constant."""
    knots = thin(raw, fitted, TOLERANCE)
    x, first = np.unique(raw[knots].round(6), return_index=True)
    y = fitted[knots][first].round(5)
    if len(x) == 1:
        x, y = np.array([0.0, 1.0]), np.repeat(y, 2)
    return Calibration(tuple(x.tolist()), tuple(y.tolist()), "", of)


@dataclass(frozen=True)
class _Group:
    """Neighbouring raw values: their mean, the share that came true, and where they are from."""

    raw: float
    share: float
    pixels: float
    several_tiles: bool


def _groups(sample: Sample, of: str, minimum_pixels: int) -> List[_Group]:
    """Gather the levels in the order of their raw values, until there are enough pixels or the group is WIDTH wide."""
    raw = entropy_levels() if of == ENTROPY else PROBABILITIES.astype(np.float64)
    true = sample.counts.right if of == ENTROPY else sample.counts.glacier
    order = np.argsort(raw, kind="stable")
    order = order[sample.counts.pixels[order] > 0]
    numbers = _group_numbers(raw[order], sample.counts.pixels[order], minimum_pixels)
    groups = []
    for part in np.split(order, np.flatnonzero(np.diff(numbers)) + 1) if len(order) else []:
        pixels = sample.counts.pixels[part]
        mean, share = np.average(raw[part], weights=pixels), true[part].sum() / pixels.sum()
        several = bool(sample.first[part].min() < sample.last[part].max())
        groups.append(_Group(float(mean), float(share), float(pixels.sum()), several))
    return groups


def _group_numbers(raw: DoubleArray, pixels: IntArray, minimum: int) -> IntArray:
    """Return the group of each level (raw rising)."""
    numbers = np.zeros(len(pixels), np.int64)
    gathered = group = 0
    begin = raw[0] if len(raw) else 0.0
    for place, (value, here) in enumerate(zip(raw.tolist(), pixels.tolist())):
        if gathered >= minimum or value - begin > WIDTH:
            gathered, group, begin = 0, group + 1, value
        numbers[place] = group
        gathered += here
    return numbers


def _supported(groups: List[_Group], minimum_pixels: int, several_tiles: bool) -> List[_Group]:
    """Leave out the groups at both ends that too few pixels, or a single tile of several, vouch for."""
    good = [
        place
        for place, group in enumerate(groups)
        if group.pixels >= minimum_pixels and (group.several_tiles or not several_tiles)
    ]
    if not good:
        raise DatasetError(
            "Too few labelled pixels to calibrate by: no range of raw values has enough from two tiles. Give more "
            "tiles, or ask for fewer pixels in a group."
        )
    return groups[good[0] : good[-1] + 1]
