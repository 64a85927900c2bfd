"""Calibrate the classic method's confidence and store the tables in resources/calibration/.

Run: python scripts/calibrate_classic.py OPTICAL_DN.tif LABELS.tif
with five bands blue, green, red, NIR, SWIR1 as reflectance * 10000, and labels whose band 2 is the glacier (debris
included) and band 3 where that is known. Says the ECE on blocks of 1 km that were not used to fit, before and after.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from icemargin.inference.classic import BANDS, ClassicPredictor
from icemargin.inference.confidence import calibrated_confidence
from icemargin.inference.model import Calibration
from icemargin.inference.request import ClassicSettings
from icemargin.weights.isotonic import pool_adjacent_violators, thin
from osgeo import gdal

TABLES = Path(__file__).resolve().parents[1] / "resources" / "calibration"
BLOCK = 100  # pixels of 10 m
STEPS = 200
ORDER = ("blue", "green", "red", "nir", "swir1")


def main(optical_path: str, labels_path: str) -> None:
    optical = gdal.Open(optical_path).ReadAsArray().astype(np.float32) * np.float32(1e-4)
    _, glacier, known = gdal.Open(labels_path).ReadAsArray().astype(bool)
    rows, columns = np.indices(glacier.shape) // BLOCK
    fold, truth = (rows + columns)[known] % 2, glacier[known]
    for index, bands in BANDS.items():
        inputs = optical[[ORDER.index(name) for name in bands]][None]
        probability = ClassicPredictor(ClassicSettings(index=index)).predict({"optical": inputs})[0][known]
        right = (probability >= 0.5) == truth
        before, after = [], []
        for k in (0, 1):
            test, table = fold == k, Calibration(*fit(probability[fold != k], truth[fold != k]), "", "probability")
            before.append(ece(calibrated_confidence(probability[test], None), right[test]))
            after.append(ece(calibrated_confidence(probability[test], table), right[test]))
        print(f"{index}: accuracy {right.mean():.3f}, ECE on blocks not fitted {np.mean(before):.3f} before, "
              f"{np.mean(after):.3f} after")  # fmt: skip
        store(index, *fit(probability, truth), float(np.mean(before)), float(np.mean(after)))


def fit(probability: np.ndarray, glacier: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the isotonic table (few knots) of the observed share of glacier, over bins of equally many pixels."""
    bins = np.array_split(np.argsort(probability, kind="stable"), STEPS)
    centres = np.array([probability[chunk].mean() for chunk in bins], float)
    share = pool_adjacent_violators(np.array([glacier[chunk].mean() for chunk in bins]))
    centres, first = np.unique(centres, return_index=True)
    knots = thin(centres, share[first], 2e-3)
    return tuple(centres[knots].round(6).tolist()), tuple(share[first][knots].round(5).tolist())


def ece(confidence: np.ndarray, right: np.ndarray, bins: int = 100) -> float:
    """Return the expected calibration error: |accuracy - confidence| by bins, weighted by their pixels."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    gap = np.abs(np.bincount(which, right, bins) - np.bincount(which, confidence, bins))
    return float(gap.sum() / count.sum())


def store(
    index: str, raw: tuple[float, ...], calibrated: tuple[float, ...], before: float, after: float
) -> None:
    source = (
        "classic method, default thresholds, isotonic on one Sentinel-2 scene (Zanskar) against Landsat outlines that "
        f"include debris; ECE on blocks not fitted {before:.3f} before, {after:.3f} after"
    )
    table = {
        "name": f"classic_{index}",
        "source": source,
        "raw": raw,
        "calibrated": calibrated,
    }
    (TABLES / f"classic_{index}.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
