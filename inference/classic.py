"""The classic semi-automatic method as a model: a band ratio with a blue threshold, or NDSI. numpy only.

Facts: red/SWIR1 above 1.5..3 and blue TOA above a threshold (drops shadow), or NDSI = (green - SWIR1) /
(green + SWIR1) above 0.4. The class changes exactly at the thresholds; the probability falls off softly around them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Collection, Mapping, Optional

import numpy as np

from .arrays import FloatArray
from .errors import ModelError
from .model import Calibration, Feature, ModelDescription
from .request import ClassicSettings

WINDOW = 512
RATIO_STEEPNESS = 4.25
"""Logistic slope per unit of ln(ratio / threshold): twice the threshold is glacier at 0.95."""
BLUE_STEEPNESS = 100.0
"""Logistic slope per unit of reflectance: 0.03 above the blue threshold is glacier at 0.95."""
NDSI_STEEPNESS = 15.0
"""Logistic slope per unit of NDSI: 0.2 above the threshold is glacier at 0.95."""
DARKEST = 1e-3
"""Reflectances below this are taken as this: no ratio of noise."""

BANDS = {"ratio": ("blue", "red", "swir1"), "ndsi": ("green", "swir1")}


def classic_index(bands: Collection[str]) -> str:
    """Return the index that the bands at hand allow: "ratio" where there is red, blue and SWIR1, else "ndsi"."""
    for index, needed in BANDS.items():
        if all(name in bands for name in needed):
            return index
    raise ModelError("The classic method needs blue, red and SWIR1, or green and SWIR1; give those bands.")


def classic_description(settings: ClassicSettings) -> ModelDescription:
    """Describe the classic method like any other model."""
    bands = BANDS[settings.index]
    # Reflectance goes in as it is: (x - 0) / (1 - 0).
    optical = Feature("optical", bands, (0.0,) * len(bands), (1.0,) * len(bands))
    return ModelDescription(
        name=f"classic-{settings.index}",
        features=(optical,),
        patch=WINDOW,
        pixelwise=True,
        calibration=_calibration(settings.index),
        licence="GPL-2.0-or-later",
        citation="Paul et al. 2013, Annals of Glaciology 54(63), doi 10.3189/2013AoG63A296",
        note="Finds clean ice and snow; debris-covered ice is missed and must be drawn by hand.",
    )


def _calibration(index: str) -> Optional[Calibration]:
    path = Path(__file__).parent.parent / "resources" / "calibration" / f"classic_{index}.json"
    if not path.exists():
        return None
    table = json.loads(path.read_text(encoding="utf-8"))
    return Calibration(tuple(table["raw"]), tuple(table["calibrated"]), table["source"], "probability")


class ClassicPredictor:
    """The band ratio or NDSI as a Predictor."""

    provider = "numpy"
    warning = ""
    batch_size = 1

    def __init__(self, settings: ClassicSettings) -> None:
        self.description = classic_description(settings)
        self._settings = settings

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the soft probability, N x H x W; above 0.5 exactly where the thresholds are passed."""
        optical = np.maximum(inputs["optical"], DARKEST)
        soft = self._ratio if self._settings.index == "ratio" else self._ndsi
        probability: FloatArray = soft(optical).astype(np.float32)
        return probability

    def _ratio(self, optical: FloatArray) -> FloatArray:
        blue, red, swir1 = optical[:, 0], optical[:, 1], optical[:, 2]
        bright = _logistic(RATIO_STEEPNESS * np.log(red / swir1 / self._settings.ratio_threshold))
        lit = _logistic(BLUE_STEEPNESS * (blue - self._settings.blue_threshold))
        return np.minimum(bright, lit)

    def _ndsi(self, optical: FloatArray) -> FloatArray:
        green, swir1 = optical[:, 0], optical[:, 1]
        ndsi = (green - swir1) / (green + swir1)
        return _logistic(NDSI_STEEPNESS * (ndsi - self._settings.ndsi_threshold))

    def close(self) -> None:
        pass


def _logistic(x: FloatArray) -> FloatArray:
    value: FloatArray = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return value
