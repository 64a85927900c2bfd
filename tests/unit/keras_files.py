"""Small networks with random weights, and Keras files of them, for tests of the import."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import numpy as np
import pytest
from icemargin.inference.arrays import FloatArray
from icemargin.weights.architecture import Architecture
from icemargin.weights.keras_write import write_weights
from icemargin.weights.layout import array_specs

SHARED = Path(__file__).resolve().parents[3] / "shared"
SMALL = Architecture(width=8, depth=2, heads=2, key_size=4, hidden=12, patch=64, steps=2)


def shared_file(*parts: str) -> Path:
    """Return a file of the data delivered beside the checkout, or skip."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared data are not here ({'/'.join(parts)})")
    return path


def random_arrays(sizes: Architecture, seed: int = 0) -> Dict[str, FloatArray]:
    """Return arrays in which nothing is 0 or 1, so that every wrong mapping shows."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for spec in array_specs(sizes):
        values = rng.standard_normal(spec.shape)
        if spec.leaf == "kernel":
            values *= 0.9 / np.sqrt(np.prod(spec.shape[:-1]))
        elif spec.leaf == "moving_variance":
            values = rng.uniform(0.5, 1.5, spec.shape)
        else:
            values = 0.2 * values + (spec.leaf == "gamma")
        arrays[spec.name] = values.astype(np.float32)
    return arrays


def random_inputs(sizes: Architecture, batch: int = 2, seed: int = 1) -> Dict[str, FloatArray]:
    """Return inputs of the network, normalised to 0..1."""
    rng = np.random.default_rng(seed)
    inputs = {
        name: rng.random((batch, channels, sizes.patch, sizes.patch), dtype=np.float32)
        for name, channels in sizes.features
    }
    if sizes.location:
        inputs["location"] = rng.random((batch, sizes.location), dtype=np.float32)
    return inputs


def save_random(path: Path, sizes: Architecture = SMALL, seed: int = 0, first_number: int = 0) -> Path:
    """Write a Keras file with random weights."""
    write_weights(str(path), sizes, random_arrays(sizes, seed), first_number)
    return path
