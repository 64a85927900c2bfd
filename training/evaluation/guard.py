"""Which of two models is better where the analyst has corrected? A guard against a local model that only remembers.

Both map the same held-back ground. The difference of their IoU gets an interval by resampling blocks of pixels with
replacement (neighbouring pixels are right or wrong together, so pixels would promise too narrow an interval).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from ...inference.arrays import BoolArray, DoubleArray, FloatArray
from ...inference.predictors import Predictor
from ...inference.progress import NoProgress, PartOfProgress, Progress, stop_if_cancelled
from ..data.tiles import Tile, TileReader
from .labels import Labels, read_labels
from .scores import THRESHOLD
from .tile_scene import AUTO, map_tile

BLOCK = 32
"""Side of a block in pixels."""
RESAMPLES = 2000
INTERVAL = (2.5, 97.5)
FEWEST_BLOCKS = 8
"""With fewer blocks an interval says nothing."""

BETTER, WORSE, EQUAL, UNKNOWN = "better", "worse", "no clear difference", "too little to tell"


@dataclass(frozen=True)
class Verdict:
    """IoU of the old and the new model on the same pixels, and the 95 % interval of new - old over `blocks`."""

    old_iou: float
    new_iou: float
    low: float
    high: float
    blocks: int

    @property
    def answer(self) -> str:
        """Is the new model "better", "worse", or is there "no clear difference", or "too little to tell"?"""
        if self.blocks < FEWEST_BLOCKS:
            return UNKNOWN
        if self.low > 0:
            return BETTER
        return WORSE if self.high < 0 else EQUAL


def compare_models(
    old: Predictor, new: Predictor, tiles: Sequence[Tile], region: str = AUTO, progress: Optional[Progress] = None
) -> Verdict:
    """Map held-back tiles with both models and compare them where both have a result and there is a label.

    Raises DatasetError, ModelError, Cancelled.
    """
    progress, reader = progress or NoProgress(), TileReader()
    found: List[DoubleArray] = []
    try:
        for number, tile in enumerate(tiles):
            stop_if_cancelled(progress)
            parts = [PartOfProgress(progress, (2 * number + k) / len(tiles) / 2, (2 * number + k + 1) / len(tiles) / 2)
                     for k in (0, 1)]  # fmt: skip
            maps = [map_tile(model, tile, reader, region, None, part) for model, part in zip((old, new), parts)]
            found.append(block_counts(maps, read_labels(reader, tile)))
    finally:
        reader.close()
    return judge(np.concatenate(found))


def block_counts(maps: Sequence[FloatArray], labels: Labels) -> DoubleArray:
    """Return blocks x maps x 2: the pixels in both glaciers and in either, of every block that has any of the latter.

    `maps` are probabilities, H x W, NaN where there is no result.
    """
    where = labels.known & np.isfinite(np.stack(maps)).all(axis=0)
    pairs = [_overlap(np.asarray(found >= THRESHOLD), labels.glacier, where) for found in maps]
    counts = np.stack([_by_block(layer) for pair in pairs for layer in pair], axis=-1)
    counts = counts.reshape(-1, len(maps), 2)
    kept: DoubleArray = counts[counts[:, :, 1].sum(axis=1) > 0]
    return kept


def _overlap(found: BoolArray, glacier: BoolArray, where: BoolArray) -> Tuple[BoolArray, BoolArray]:
    return found & glacier & where, (found | glacier) & where


def _by_block(mask: BoolArray) -> DoubleArray:
    """Return the pixels of a mask in each block, row by row; the last blocks may be cut."""
    rows, columns = (np.arange(0, size, BLOCK) for size in mask.shape)
    sums: Any = np.add.reduceat(np.add.reduceat(mask.astype(np.float64), rows, axis=0), columns, axis=1)
    flat: DoubleArray = sums.ravel()
    return flat


def judge(counts: DoubleArray, seed: int = 0) -> Verdict:
    """Return the verdict from the counts of blocks (blocks x 2 models x 2)."""
    total = counts.sum(axis=0)
    old, new = _iou(total)
    if not len(counts):
        return Verdict(old, new, np.nan, np.nan, 0)
    draws = np.random.default_rng(seed).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES)
    ious = _iou(np.tensordot(draws.astype(np.float64), counts, axes=1))
    low, high = np.nanpercentile(ious[..., 1] - ious[..., 0], INTERVAL)
    return Verdict(float(old), float(new), float(low), float(high), len(counts))


def _iou(counts: DoubleArray) -> Any:
    """Return intersection over union of (... x 2) counts, NaN where nothing is glacier."""
    union = counts[..., 1]
    return np.divide(counts[..., 0], union, out=np.full(union.shape, np.nan), where=union > 0)
