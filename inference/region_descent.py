"""The way down: mean entropy of a sample as a function of the region vector, its slope, and Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np

from .arrays import BoolArray, DoubleArray, FloatArray
from .confidence import CLIP
from .errors import InputError
from .model import REGIONS
from .predictors import Predictor
from .progress import Progress, stop_if_cancelled
from .region_sample import SampleWindow

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-7  # Adam as in Keras


@dataclass(frozen=True)
class RegionSettings:
    """How long and how finely is searched.

    `windows` are sampled, at most `epochs` steps made with Adam at `rate`; it stops early after `patience` steps in a
    row in which the vector's squared change was below `tolerance`. `mixture` is the finite difference: how much of a
    region is mixed in (0..1). On a small network 0.005 came within 2 % of the exact slope; with more the curve bends,
    below 0.0005 float32 shows (3e-8 of a mean entropy).
    """

    windows: int = 4
    epochs: int = 6
    rate: float = 1.0
    tolerance: float = 1e-4
    patience: int = 2
    mixture: float = 0.005

    def __post_init__(self) -> None:
        if min(self.windows, self.epochs, self.patience) < 1:
            raise InputError("A search for the region needs at least one window and one step.")
        if self.rate <= 0 or self.tolerance < 0 or not 0 < self.mixture < 1:
            raise InputError("The search's rate is above 0 (1 is usual), and the share mixed in between 0 and 1.")

    def evaluations_of(self, regions: int) -> int:
        """Return how often it is predicted at most: as of each region, as before, at the start, and in the steps."""
        return regions + 2 + self.epochs * regions


@dataclass(frozen=True)
class Step:
    """A point of the way: the vector in the order of REGIONS, and the mean entropy of the sample (0..1, in bits)."""

    vector: Tuple[float, ...]
    entropy: float


Seen = Tuple[Step, List[BoolArray]]
"""A point, and the class of every pixel of each window there."""


class Sample:
    """The windows and what the model says of them for a vector; counts, reports and can be cancelled."""

    def __init__(
        self, predictor: Predictor, windows: Sequence[SampleWindow], most: int, progress: Progress
    ) -> None:
        self._predictor = predictor
        self._windows = windows
        self._most = most
        self._progress = progress
        self.evaluations = 0
        self.pixels = sum(int(window.counted.sum()) for window in windows)
        self.last: Seen = (Step((), 0.0), [])

    def look(self, vector: DoubleArray, text: str) -> float:
        """Return the mean entropy with `vector`; `last` holds the point and the classes. Raises Cancelled."""
        told = vector.astype(np.float32)
        total, classes = 0.0, []
        for start in range(0, len(self._windows), self._predictor.batch_size):
            stop_if_cancelled(self._progress)
            batch = self._windows[start : start + self._predictor.batch_size]
            for window, probability in zip(batch, self._predict(batch, told)):
                total += float(entropy(probability[window.counted]).sum())
                classes.append(probability >= 0.5)
        self.evaluations += 1
        mean = total / self.pixels
        self._progress.report(min(self.evaluations / self._most, 1.0), f"{text}: entropy {mean:.4f}")
        self.last = Step(tuple(float(value) for value in vector), mean), classes
        return mean

    def _predict(self, batch: Sequence[SampleWindow], told: FloatArray) -> FloatArray:
        names = (feature.name for feature in self._predictor.description.features)
        inputs = {name: np.stack([window.inputs[name] for window in batch]) for name in names}
        return self._predictor.predict({**inputs, "location": np.tile(told, (len(batch), 1))})


def entropy(probability: FloatArray) -> DoubleArray:
    """Return the entropy of a two-class probability in bits, 0..1, in double precision: differences of means count."""
    p = np.clip(probability.astype(np.float64), CLIP, 1 - CLIP)
    bits: DoubleArray = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return bits


def softmax(logits: DoubleArray) -> DoubleArray:
    """Return shares that sum to 1."""
    powers = np.exp(logits - logits.max())
    shares: DoubleArray = powers / powers.sum()
    return shares


def descend(sample: Sample, settings: RegionSettings, allowed: BoolArray) -> Tuple[List[Step], Seen, bool]:
    """Go down from the even mixture by Adam; return the way, the lowest point with its classes, and if it came to rest.

    Only the `allowed` ones of REGIONS are mixed.
    """
    logits = np.where(allowed, 1.0, -np.inf)
    vector = softmax(logits)
    first, second = np.zeros_like(logits), np.zeros_like(logits)
    sample.look(vector, "Even mixture")
    best, trajectory, still = sample.last, [sample.last[0]], 0
    for number in range(1, settings.epochs + 1):
        text = f"Step {number} of at most {settings.epochs}"
        slope = gradient(sample, vector, trajectory[-1].entropy, settings.mixture, text, allowed)
        first = _BETA1 * first + (1 - _BETA1) * slope
        second = _BETA2 * second + (1 - _BETA2) * slope**2
        unbiased = first / (1 - _BETA1**number), second / (1 - _BETA2**number)
        logits = logits - settings.rate * unbiased[0] / (np.sqrt(unbiased[1]) + _EPSILON)
        moved = softmax(logits)
        still = still + 1 if float(((moved - vector) ** 2).sum()) < settings.tolerance else 0
        vector = moved
        sample.look(vector, text)
        trajectory.append(sample.last[0])
        if sample.last[0].entropy < best[0].entropy:
            best = sample.last
        if still >= settings.patience:
            return trajectory, best, True
    return trajectory, best, False


def gradient(
    sample: Sample, vector: DoubleArray, here: float, mixture: float, text: str, allowed: BoolArray
) -> DoubleArray:
    """Return the slope of the mean entropy E by the 12 logits, in one evaluation less than there are allowed regions.

    With v = softmax(l): dE/dl_i = v_i s_i, where s_i is E's slope on the way from v to region i alone. Mixing a share
    of region i in, instead of nudging l_i, keeps the difference above the noise however small v_i has become. The
    slopes by all logits sum to 0, which gives the one of the largest share.
    """
    corners = np.eye(len(REGIONS))
    last = int(vector.argmax())
    slope = np.zeros(len(REGIONS))
    for index, corner in enumerate(corners):
        if index != last and allowed[index]:
            mixed = (1 - mixture) * vector + mixture * corner
            slope[index] = vector[index] * (sample.look(mixed, text) - here) / mixture
    slope[last] = -slope.sum()
    return slope
