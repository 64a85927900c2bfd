"""The golden patch: does a model answer here what it answered when it was made?

A checksum tells that a file is what it was; the golden patch tells that this machine's runtime computes with it what
the maker's did. The inputs follow a formula in whole numbers, so that they are the same everywhere and for ever; they
must never change, since the answers to them travel in the models' descriptions.
"""

from __future__ import annotations

import itertools
from typing import Dict

import numpy as np

from .arrays import FloatArray
from .errors import ModelError
from .model import Golden, ModelDescription
from .onnx_inputs import LOCATION
from .predictors import Predictor

__all__ = ["TOLERANCE", "Golden", "check_golden", "golden_inputs", "measure_golden"]

TOLERANCE = 2e-4
"""Ten times the 2e-5 that float32 answers are held to, so that a provider that only sums in another order passes. At
the published size (random weights) PyTorch's float32 is 7e-7 off, rounding to TF32 5e-4 and to bfloat16 2e-3, a channel
set to zero 1e-3 to 2e-2. One damaged weight of ten million may stay below it: that is found by the checksum."""

SIDE = 8
"""Pixels are compared on a lattice of SIDE x SIDE over the window."""

_COORDINATES = (0.6, 0.8, 0.96, 0.28)  # sin and cos of a latitude and of a longitude: 36.87 N, 73.74 E
_DARK_ON_ICE = ("swir1", "swir2", "slope", "thermal")


def golden_inputs(description: ModelDescription) -> Dict[str, FloatArray]:
    """Return a batch of one window (1 x C x H x W, normalised, 0..1), and `location` (1 x L) where one is needed.

    Bright and dark stripes like ice and rock, with a fine texture; every band and every pixel differs.
    """
    number = itertools.count()
    inputs = {
        feature.name: np.stack([[_band(name, next(number), description.patch) for name in feature.bands]])
        for feature in description.features
    }
    if description.location == "region":
        weights = np.arange(1, description.location_size + 1)
        inputs[LOCATION] = (weights / weights.sum()).astype(np.float32)[np.newaxis]
    elif description.location == "coordinates":
        inputs[LOCATION] = np.array([_COORDINATES], np.float32)
    return inputs


def measure_golden(predictor: Predictor) -> Golden:
    """Run the golden inputs and return the answer, to be stored in the description. Raises what `predict` raises."""
    patch = predictor.description.patch
    lattice = [(2 * step + 1) * patch // (2 * SIDE) for step in range(SIDE)]
    positions = tuple((row, column) for row in lattice for column in lattice)
    answer = predictor.predict(golden_inputs(predictor.description))[0]
    return Golden(positions, tuple(round(float(answer[place]), 6) for place in positions), TOLERANCE)


def check_golden(predictor: Predictor) -> None:
    """Run the golden inputs and compare. Raises ModelError if the answer is off or unknown, and what `predict` does."""
    description, golden = predictor.description, predictor.description.golden
    if golden is None:
        raise ModelError(
            f"Model {description.name!r} has no golden patch to check it by; import it again with this IceMargin."
        )
    answer = predictor.predict(golden_inputs(description))[0]
    found = np.array([answer[place] for place in golden.positions], np.float64)
    off = float(np.abs(found - golden.probabilities).max())
    if not off <= golden.tolerance:
        raise ModelError(
            f"Model {description.name!r} does not answer its golden patch as it should: {off:.2g} off by "
            f"{predictor.provider}, {golden.tolerance:g} is allowed. Its file is damaged or the runtime computes "
            "wrongly: import the model again, then repair the runtime."
        )


def _band(name: str, number: int, patch: int) -> FloatArray:
    """Return one band: a slanted triangle wave two periods wide, falling where ice is dark, and a texture of 4 %."""
    row, column = np.indices((patch, patch), dtype=np.int64)
    period = max(patch // 2, 2)
    phase = (row + 2 * column + 3 * number) % period
    wave = np.minimum(phase, period - phase) * 2  # 0..period
    if name in _DARK_ON_ICE:
        wave = period - wave
    texture = (row * 131 + column * 241 + row * column * 17 + number * 59) % 101
    values: FloatArray = (0.04 + 0.4 * wave / period + 0.04 * texture / 100).astype(np.float32)
    return values
