"""From physical bands to a network's inputs: the only copy; training imports it."""

from __future__ import annotations

from typing import Dict, Mapping, Sequence, Tuple

import numpy as np

from .arrays import BoolArray, FloatArray
from .model import Feature
from .request import BACKSCATTER_BANDS, OPTICAL_BANDS


def normalise(bands: Mapping[str, FloatArray], feature: Feature) -> FloatArray:
    """Return the feature's input, C x H x W: (x - min) / (max - min), and 0 where a value is invalid.

    A band that `bands` has not is 0 everywhere; where one that is there is invalid, the whole feature is 0.
    Backscatter (linear sigma0) becomes log10(sigma0 + 1e-6) first, as the models were trained.
    Zero after normalisation is what "absent" looks like to the network: training hid rectangles that way.
    """
    scaled: FloatArray = np.zeros((len(feature.bands), *next(iter(bands.values())).shape), np.float32)
    valid = np.ones(scaled.shape[1:], bool)
    for channel, name in enumerate(feature.bands):
        if name in bands:
            values = _in_model_unit(name, bands[name])
            low, high = np.float32(feature.minimum[channel]), np.float32(feature.maximum[channel])
            scaled[channel] = (values - low) / (high - low)
            valid &= np.isfinite(values)
    scaled[:, ~valid] = 0
    return scaled


def _in_model_unit(name: str, band: FloatArray) -> FloatArray:
    if name not in BACKSCATTER_BANDS:
        return band.astype(np.float32)
    sigma0: FloatArray = np.where(band < 0, np.nan, band).astype(np.float32)
    logarithm: FloatArray = np.log10(sigma0 + np.float32(1e-6))
    return logarithm


def valid_pixels(bands: Mapping[str, FloatArray]) -> BoolArray:
    """Return where every optical band has a value (H x W): there is a result there and nowhere else.

    A void in the DEM does not make a pixel invalid: the network sees its DEM as absent there.
    """
    optical = [band for name, band in bands.items() if name in OPTICAL_BANDS]
    valid: BoolArray = np.isfinite(np.stack(optical)).all(axis=0)
    return valid


def prepare(
    bands: Mapping[str, FloatArray], features: Sequence[Feature]
) -> Tuple[Dict[str, FloatArray], BoolArray]:
    """Return the inputs by feature name (C x H x W each, 0 where that feature is invalid) and the valid pixels."""
    return {feature.name: normalise(bands, feature) for feature in features}, valid_pixels(bands)
