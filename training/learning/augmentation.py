"""Augmentations: each a pure function of a sample and a generator (facts: GlaViTU, training).

The order: geometry first (flips, turns, crop), then the values (gamma, light, lift, shift, noise), then what hides
(occlusion, bands, features). Light, lift, and what hides bands and features are not the paper's. A value that is
exactly 0 means "absent" to the network, so shift and noise leave it 0: else absence would look different in training
and at use.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Callable, Dict, Mapping, Sequence

import numpy as np

from ...inference.arrays import FloatArray
from ...weights.features import FEATURES
from .sample import Sample
from .settings_parts import Augmentation

FULL_PATCH = 384
"""The patch for which Augmentation.occlusion is given."""

ELEVATION = "elevation"
FEATURE_BANDS: Mapping[str, Sequence[str]] = {name: feature.bands for name, feature in FEATURES.items()}

Generator = np.random.Generator


def augment(
    sample: Sample, rng: Generator, chances: Augmentation, bands: Mapping[str, Sequence[str]] = FEATURE_BANDS
) -> Sample:
    """Return the sample after all augmentations, in their order. `bands` are the features' channels."""
    sample = flip(sample, rng, chances.flip)
    sample = turn(sample, rng, chances.turn)
    sample = crop(sample, rng, chances.crop, chances.crop_least)
    sample = gamma(sample, rng, chances.gamma, chances.gamma_range)
    sample = light(sample, rng, chances.light, chances.light_range)
    sample = lift(sample, rng, chances.lift, chances.lift_size, bands)
    sample = shift(sample, rng, chances.shift, chances.shift_size)
    sample = noise(sample, rng, chances.noise, chances.noise_size)
    sample = occlude(sample, rng, chances.occlude, chances.occlusion)
    sample = drop_bands(sample, rng, chances.band_dropout)
    return drop_features(sample, rng, chances.feature_dropout)


def flip(sample: Sample, rng: Generator, chance: float) -> Sample:
    """Mirror top to bottom, and left to right, each with the chance."""
    for axis in (-2, -1):
        if rng.random() < chance:
            sample = _moved(sample, partial(np.flip, axis=axis))
    return sample


def turn(sample: Sample, rng: Generator, chance: float) -> Sample:
    """Turn by 90, 180 or 270 degrees, each as likely."""
    if rng.random() >= chance:
        return sample
    quarters = int(rng.integers(1, 4))
    return _moved(sample, lambda values: np.rot90(values, quarters, (-2, -1)))


def crop(sample: Sample, rng: Generator, chance: float, least: float) -> Sample:
    """Enlarge a square of `least`..1 of the side to the whole patch by nearest neighbours."""
    if rng.random() >= chance:
        return sample
    side = max(round(rng.uniform(least, 1) * sample.size), 1)
    row, column = rng.integers(0, sample.size - side + 1, 2)
    nearest = ((np.arange(sample.size) + 0.5) * side / sample.size).astype(np.intp)
    return _moved(sample, lambda values: values[..., row + nearest[:, None], column + nearest])


def gamma(sample: Sample, rng: Generator, chance: float, spread: float) -> Sample:
    """Raise each channel of a feature to a power of 1 - `spread`..1 + `spread`; the chance is the feature's.

    Normalised values can lie a little below 0: they keep their sign.
    """

    def changed(values: FloatArray) -> FloatArray:
        powers = rng.uniform(1 - spread, 1 + spread, len(values)).astype(np.float32)[:, None, None]
        result: FloatArray = np.sign(values) * np.abs(values) ** powers
        return result

    return _valued(sample, lambda values: changed(values) if rng.random() < chance else values)


def light(sample: Sample, rng: Generator, chance: float, spread: float) -> Sample:
    """Multiply all of the optical feature by one number of 1 - `spread`..1 + `spread`."""
    if chance == 0 or "optical" not in sample.inputs or rng.random() >= chance:
        return sample
    factor = np.float32(rng.uniform(1 - spread, 1 + spread))
    return replace(sample, inputs={**sample.inputs, "optical": sample.inputs["optical"] * factor})


def lift(
    sample: Sample, rng: Generator, chance: float, size: float, bands: Mapping[str, Sequence[str]] = FEATURE_BANDS
) -> Sample:
    """Add one Gaussian height of standard deviation `size` (m) to the elevation, where it is not absent."""
    if chance == 0 or ELEVATION not in bands.get("dem", ()) or rng.random() >= chance:
        return sample
    channel = list(bands["dem"]).index(ELEVATION)
    height = np.float32(rng.normal(0, size) / metres_of_elevation())
    dem = sample.inputs["dem"].copy()
    dem[channel] = np.where(dem[channel] == 0, 0, dem[channel] + height)
    return replace(sample, inputs={**sample.inputs, "dem": dem})


def metres_of_elevation() -> float:
    """Return how many metres one unit of the normalised elevation is."""
    dem = FEATURES["dem"]
    channel = dem.bands.index(ELEVATION)
    return dem.maximum[channel] - dem.minimum[channel]


def shift(sample: Sample, rng: Generator, chance: float, size: float) -> Sample:
    """Add one Gaussian value of standard deviation `size` to each channel, where it is not absent."""
    if rng.random() >= chance:
        return sample
    return _added(sample, lambda values: rng.normal(0, size, (len(values), 1, 1)).astype(np.float32))


def noise(sample: Sample, rng: Generator, chance: float, size: float) -> Sample:
    """Add Gaussian noise of standard deviation `size` to each value that is not absent."""
    if rng.random() >= chance:
        return sample
    return _added(sample, lambda values: rng.standard_normal(values.shape, np.float32) * np.float32(size))


def occlude(sample: Sample, rng: Generator, chance: float, largest: int) -> Sample:
    """Hide (0) one rectangle of each feature, with the chance each; sides up to `largest` at a patch of 384."""
    most = max(min(round(largest * sample.size / FULL_PATCH), sample.size), 1)

    def hidden(values: FloatArray) -> FloatArray:
        if largest == 0 or rng.random() >= chance:
            return values
        height, width = rng.integers(1, most + 1, 2)
        row, column = (int(rng.integers(0, sample.size - side + 1)) for side in (height, width))
        values = values.copy()
        values[:, row : row + height, column : column + width] = 0
        return values

    return _valued(sample, hidden)


def drop_bands(sample: Sample, rng: Generator, chance: float) -> Sample:
    """Hide each band with the chance, as a sensor without it would."""
    if chance == 0:
        return sample
    return _valued(sample, lambda values: values * (rng.random((len(values), 1, 1)) >= chance).astype(np.float32))


def drop_features(sample: Sample, rng: Generator, chance: float) -> Sample:
    """Hide whole features with the chance each, but the first (optical): something must be left to see."""
    if chance == 0:
        return sample
    inputs: Dict[str, FloatArray] = {}
    for number, (name, values) in enumerate(sample.inputs.items()):
        inputs[name] = np.zeros_like(values) if number and rng.random() < chance else values
    return replace(sample, inputs=inputs)


def hide_region(location: FloatArray, rng: Generator, chance: float) -> FloatArray:
    """Return the one-hot region, or with the chance "unknown" (the last place)."""
    if rng.random() >= chance:
        return location
    unknown: FloatArray = np.eye(len(location), dtype=np.float32)[-1]
    return unknown


def _moved(sample: Sample, move: Callable[[Any], Any]) -> Sample:
    """Move inputs and label alike."""
    return replace(sample, inputs={k: move(v) for k, v in sample.inputs.items()}, label=move(sample.label))


def _valued(sample: Sample, change: Callable[[FloatArray], FloatArray]) -> Sample:
    return replace(sample, inputs={name: change(values) for name, values in sample.inputs.items()})


def _added(sample: Sample, amount: Callable[[FloatArray], FloatArray]) -> Sample:
    return _valued(sample, lambda values: np.where(values == 0, values, values + amount(values)))
