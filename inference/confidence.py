"""How much a pixel's class can be trusted: entropy, then the model's calibration table."""

from __future__ import annotations

from typing import Optional

import numpy as np

from .arrays import FloatArray
from .model import Calibration

CLIP = 1e-6
"""Probabilities are kept this far from 0 and 1 before the logarithm, as in the reference."""


def raw_confidence(probability: FloatArray) -> FloatArray:
    """Return 1 - H(p) / log 2 of the two-class probability (0 undecided, 1 certain); NaN stays NaN."""
    p = np.clip(probability.astype(np.float64), CLIP, 1 - CLIP)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    raw: FloatArray = (1 - entropy / np.log(2)).astype(np.float32)
    return raw


def calibrated_confidence(probability: FloatArray, table: Optional[Calibration]) -> FloatArray:
    """Return the calibrated confidence, 0.5..1: the share of such pixels whose class is right.

    Without a table the probability of the class shown is all there is; the description says that it is not calibrated.
    """
    if table is None:
        plain: FloatArray = np.maximum(probability, 1 - probability).astype(np.float32)
        return plain
    if table.of == "probability":
        share = np.interp(probability, table.raw, table.calibrated)
        found = np.maximum(np.where(probability >= 0.5, share, 1 - share), 0.5)
    else:
        found = np.interp(raw_confidence(probability), table.raw, table.calibrated)
    confidence: FloatArray = np.where(np.isnan(probability), np.nan, found).astype(np.float32)
    return confidence
