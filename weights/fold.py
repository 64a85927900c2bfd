"""Batch normalisation folded into the layer before it, in double precision."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from ..inference.arrays import DoubleArray, FloatArray

BATCH_NORM_EPSILON = 1e-3
"""Keras's default, which the reference uses (also for layer normalisation)."""


def folded(arrays: Mapping[str, FloatArray], layer: str, norm: str) -> Tuple[DoubleArray, DoubleArray]:
    """Return kernel and bias of `layer` followed by `norm`; the kernel's last axis is the output (Dense or HWIO).

    norm(y) = gamma (y - mean) / sqrt(variance + epsilon) + beta, and y = kernel x + bias (bias may be lacking).
    """
    kernel = arrays[f"{layer}.kernel"].astype(np.float64)
    bias = arrays[f"{layer}.bias"].astype(np.float64) if f"{layer}.bias" in arrays else np.zeros(kernel.shape[-1])
    gamma, beta, mean, variance = (
        arrays[f"{norm}.{leaf}"].astype(np.float64) for leaf in ("gamma", "beta", "mean", "variance")
    )
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    return kernel * scale, (bias - mean) * scale + beta
