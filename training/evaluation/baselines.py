"""What a network must beat: the classic band ratio with thresholds chosen on training tiles, and constants."""

from __future__ import annotations

from dataclasses import replace
from typing import Mapping, Optional, Sequence, Tuple

import numpy as np

from ...inference.arrays import DoubleArray, FloatArray
from ...inference.classic import BANDS, DARKEST, classic_index
from ...inference.errors import DatasetError
from ...inference.model import ModelDescription
from ...inference.progress import NoProgress, Progress, stop_if_cancelled
from ...inference.request import OPTICAL_BANDS, ClassicSettings
from ..data.tiles import Tile, TileReader
from .labels import read_labels
from .tile_scene import TileScene, missing_bands

RATIOS = tuple(round(1.0 + 0.1 * k, 2) for k in range(51))
BLUES = tuple(round(0.01 * k, 2) for k in range(31))
NDSIS = tuple(round(0.02 * k, 2) for k in range(50))
"""Thresholds that are tried: red/SWIR1 1 to 6 (facts: 1.5..3), blue reflectance 0 to 0.3, NDSI 0 to 0.98."""


class ConstantPredictor:
    """Says the same everywhere: "everything" is glacier, or "nothing"."""

    provider = "numpy"
    warning = ""
    batch_size = 8

    def __init__(self, like: ModelDescription, glacier: bool) -> None:
        """Look at the bands of the model `like`, so that the same pixels are valid."""
        name = "everything" if glacier else "nothing"
        self.description = replace(
            like, name=name, pixelwise=True, resolution=None, location="", calibration=None, golden=None
        )
        self._value = np.float32(glacier)

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return N x H x W of 1 or of 0."""
        count, _, height, width = inputs[self.description.features[0].name].shape
        return np.full((count, height, width), self._value, np.float32)

    def close(self) -> None:
        pass


def tune_classic(
    tiles: Sequence[Tile], index: Optional[str] = None, progress: Optional[Progress] = None
) -> ClassicSettings:
    """Return the thresholds with the highest IoU over all labelled pixels of the tiles; ties go to the lower ones.

    `index` None takes the band ratio where all tiles have blue, red and SWIR1, else NDSI. Every pixel is read once:
    counting by threshold gives the confusion at all of them. Raises DatasetError where no labelled glacier is there.
    """
    progress, reader = progress or NoProgress(), TileReader()
    lacking = {band for tile in tiles for band in missing_bands(tile, OPTICAL_BANDS)}
    index = index or classic_index(set(OPTICAL_BANDS) - lacking)
    steps = (NDSIS, (-np.inf,)) if index == "ndsi" else (RATIOS, BLUES)
    counts = np.zeros((2, len(steps[0]) + 1, len(steps[1]) + 1))
    for number, tile in enumerate(tiles):
        stop_if_cancelled(progress)
        progress.report(number / len(tiles), f"Tuning the classic method, tile {number + 1} of {len(tiles)}")
        counts += _tile_counts(TileScene(reader, tile, BANDS[index]), reader, tile, index, steps)
    reader.close()
    best = _best(counts)
    if index == "ndsi":
        return ClassicSettings(index, ndsi_threshold=steps[0][best[0]])
    return ClassicSettings(index, ratio_threshold=steps[0][best[0]], blue_threshold=steps[1][best[1]])


def _tile_counts(
    scene: TileScene, reader: TileReader, tile: Tile, index: str, steps: Sequence[Sequence[float]]
) -> DoubleArray:
    """Count a tile's labelled pixels by truth and by how many thresholds of each kind they pass."""
    bands = scene.read(scene.grid)
    labels = read_labels(reader, tile)
    where = labels.known & np.isfinite(np.stack(list(bands.values()))).all(axis=0)
    values = _indices({name: np.maximum(band[where], DARKEST) for name, band in bands.items()}, index)
    passed = [np.searchsorted(np.asarray(step), value, side="right") for step, value in zip(steps, values)]
    counts = np.zeros((2, len(steps[0]) + 1, len(steps[1]) + 1))
    np.add.at(counts, (labels.glacier[where].astype(int), *passed), 1)
    return counts


def _indices(bands: Mapping[str, FloatArray], index: str) -> Tuple[FloatArray, FloatArray]:
    """Return the two values that thresholds are set on, as ClassicPredictor computes them."""
    if index == "ndsi":
        ndsi: FloatArray = (bands["green"] - bands["swir1"]) / (bands["green"] + bands["swir1"])
        return ndsi, np.zeros_like(ndsi)
    return bands["red"] / bands["swir1"], bands["blue"]


def _best(counts: DoubleArray) -> Tuple[int, int]:
    """Return the numbers of the best thresholds; `counts` are by truth and by how many thresholds a pixel passes."""
    total = counts[1].sum()
    if not total:
        raise DatasetError("The tiles have no labelled glacier to choose thresholds by; take others.")
    passed = counts[:, ::-1, ::-1].cumsum(axis=1).cumsum(axis=2)[:, ::-1, ::-1]
    # Whatever passes threshold number k passes at least k + 1 of them.
    false_alarms, hits = passed[:, 1:, 1:]
    iou = hits / (total + false_alarms)
    row, column = np.unravel_index(int(np.argmax(iou)), iou.shape)
    return int(row), int(column)
