"""Scores of maps against labels: confusion, recall under debris, and how well confidence is calibrated.

All follow from one thing that is counted pixel by pixel: how many glacier and other pixels got which probability. The
window loop rounds probabilities to multiples of 1/65536 (inference/predict.py), so these counts lose nothing, and their
size does not depend on the number of pixels.

Definitions (Evaluation): with tp, fp, fn, tn in pixels, precision tp/(tp+fp), recall tp/(tp+fn), IoU tp/(tp+fp+fn), F1
2tp/(2tp+fp+fn), accuracy (tp+tn)/all. Where the denominator is 0 the score is not defined: NaN, never 0 or 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Optional, Tuple

import numpy as np

from ...inference.arrays import BoolArray, DoubleArray, FloatArray
from ...inference.confidence import calibrated_confidence, raw_confidence
from ...inference.model import Calibration
from ...inference.predict import STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
else:
    IntArray = np.ndarray

THRESHOLD = 0.5
"""At and above this probability a pixel is shown as glacier."""

ECE_BINS = 100
EYE_BINS = 10
"""Bins of the expected calibration error, and of the reliability table that people read (facts: comparison)."""

LEVELS = STEPS + 1
PROBABILITIES: FloatArray = (np.arange(LEVELS) / STEPS).astype(np.float32)
SHOWN: BoolArray = PROBABILITIES >= THRESHOLD


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


@dataclass(frozen=True)
class Confusion:
    """Pixels by class: true and false positives (glacier), false and true negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def total(self) -> int:
        return self.tp + self.fp + self.fn + self.tn

    @property
    def iou(self) -> float:
        return _share(self.tp, self.tp + self.fp + self.fn)

    @property
    def precision(self) -> float:
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def accuracy(self) -> float:
        return _share(self.tp + self.tn, self.total)


@dataclass(frozen=True)
class Found:
    """Pixels known to be debris-covered ice, and how many of them were mapped as glacier."""

    found: int = 0
    total: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(self.found + other.found, self.total + other.total)

    @property
    def recall(self) -> float:
        return _share(self.found, self.total)


@dataclass(frozen=True)
class Counts:
    """Pixels at each probability k / 65536, by truth: two arrays of 65537."""

    glacier: IntArray
    other: IntArray

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.glacier + other.glacier, self.other + other.other)

    @property
    def pixels(self) -> IntArray:
        return self.glacier + self.other

    @property
    def right(self) -> IntArray:
        """Pixels whose class is the one shown."""
        return np.where(SHOWN, self.glacier, self.other)

    @property
    def confusion(self) -> Confusion:
        shown, hidden = SHOWN, ~SHOWN
        positives = int(self.glacier[shown].sum()), int(self.other[shown].sum())
        return Confusion(*positives, int(self.glacier[hidden].sum()), int(self.other[hidden].sum()))


def count(probability: FloatArray, glacier: BoolArray, where: BoolArray) -> Counts:
    """Count the pixels `where` by their probability (0..1) and their truth."""
    return Counts(_levels(probability[where & glacier]), _levels(probability[where & ~glacier]))


def _levels(probability: FloatArray) -> IntArray:
    level = np.rint(probability.astype(np.float64) * STEPS).astype(np.int64)
    return np.bincount(level, minlength=LEVELS).astype(np.int64)


def no_counts() -> Counts:
    """Return counts of no pixel."""
    return Counts(np.zeros(LEVELS, np.int64), np.zeros(LEVELS, np.int64))


def mean_defined(values: Iterable[float]) -> float:
    """Return the unweighted mean of the values that are defined, NaN if none is."""
    defined = [value for value in values if not math.isnan(value)]
    return _share(sum(defined), len(defined))


@dataclass(frozen=True)
class Bin:
    """One bin of a reliability table: confidence in [low, high), what was told on average, and what was true."""

    low: float
    high: float
    pixels: int
    confidence: float
    accuracy: float


def entropy_levels() -> DoubleArray:
    """Return the raw confidence 1 - H / log 2 at each probability level."""
    return raw_confidence(PROBABILITIES).astype(np.float64)


def shown_levels(table: Optional[Calibration]) -> DoubleArray:
    """Return the confidence that a user is shown at each level; without a table, the probability of the class shown."""
    return calibrated_confidence(PROBABILITIES, table).astype(np.float64)


def reliability(counts: Counts, confidence: DoubleArray, bins: int = EYE_BINS) -> Tuple[Bin, ...]:
    """Return the reliability table of a confidence (0..1) that is a function of the probability level."""
    pixels, told, right = _binned(counts, confidence, bins)
    return tuple(
        Bin(k / bins, (k + 1) / bins, int(pixels[k]), _share(told[k], pixels[k]), _share(right[k], pixels[k]))
        for k in range(bins)
    )


def expected_calibration_error(counts: Counts, confidence: DoubleArray, bins: int = ECE_BINS) -> float:
    """Return the mean of |accuracy - mean confidence| over bins, weighted by their pixels (Naeini et al. 2015)."""
    pixels, told, right = _binned(counts, confidence, bins)
    return _share(float(np.abs(right - told).sum()), float(pixels.sum()))


def _binned(counts: Counts, confidence: DoubleArray, bins: int) -> Tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return pixels, summed confidence and right pixels of each bin; a confidence of 1 is in the last."""
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    weights = (counts.pixels, counts.pixels * confidence, counts.right)
    pixels, told, right = (np.bincount(which, weight, bins).astype(np.float64) for weight in weights)
    return pixels, told, right
