"""Maps the tiles of a data set as deployment would, and compares with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ...inference.arrays import FloatArray
from ...inference.errors import DatasetError
from ...inference.model import ModelDescription
from ...inference.predictors import Predictor
from ...inference.progress import NoProgress, PartOfProgress, Progress, stop_if_cancelled
from ..data.tiles import Tile, TileReader, regions_of
from .labels import Labels, read_labels
from .scores import THRESHOLD, Confusion, Counts, Found, count, mean_defined, no_counts
from .tile_scene import AUTO, check_fits, map_tile, missing_bands


@dataclass(frozen=True)
class TileScore:
    """One tile: its pixels by class, its debris, and `unmapped`: labelled pixels without a result."""

    tile: Tile
    confusion: Confusion
    debris: Found
    unmapped: int


@dataclass(frozen=True)
class Evaluation:
    """How a method did on a set of tiles. Pixels are pooled by tile, subregion and region; `counts` by region.

    `doubts` are for the reader of the scores.
    """

    description: ModelDescription
    provider: str
    tiles: Tuple[TileScore, ...]
    counts: Dict[str, Counts]
    doubts: Tuple[str, ...] = ()

    @property
    def regions(self) -> Tuple[str, ...]:
        return regions_of(score.tile for score in self.tiles)

    @property
    def subregions(self) -> Tuple[Tuple[str, str], ...]:
        """Region and subregion, sorted."""
        return tuple(sorted({(score.tile.region, score.tile.subregion) for score in self.tiles}))

    def confusion(self, region: Optional[str] = None, subregion: Optional[str] = None) -> Confusion:
        """Return the pixels of a region, of a subregion of it, or of all."""
        return sum((score.confusion for score in self._of(region, subregion)), Confusion())

    def debris(self, region: Optional[str] = None, subregion: Optional[str] = None) -> Found:
        """Return the debris-covered pixels of a region, of a subregion of it, or of all."""
        return sum((score.debris for score in self._of(region, subregion)), Found())

    def pooled(self, region: Optional[str] = None) -> Counts:
        """Return the pixels by probability of a region, or of all."""
        return sum((self.counts[name] for name in self.counts if region in (None, name)), no_counts())

    def headline(self, score: Callable[[Confusion], float]) -> float:
        """Return the unweighted mean over the regions where the score is defined."""
        return mean_defined(score(self.confusion(region)) for region in self.regions)

    @property
    def headline_iou(self) -> float:
        return self.headline(lambda confusion: confusion.iou)

    def _of(self, region: Optional[str], subregion: Optional[str]) -> List[TileScore]:
        return [
            score
            for score in self.tiles
            if region in (None, score.tile.region) and subregion in (None, score.tile.subregion)
        ]


def evaluate(
    predictor: Predictor,
    tiles: Sequence[Tile],
    region: str = AUTO,
    progress: Optional[Progress] = None,
    overlap: Optional[float] = None,
) -> Evaluation:
    """Map every tile and score it where it is labelled; memory holds one tile, and counts by region.

    `region` is what a model with region encoding is told: "auto" (each tile's own), a name, or "unknown". Raises
    DatasetError, ModelError, and Cancelled between two windows. All tiles are checked before the first is mapped.
    """
    progress, reader = progress or NoProgress(), TileReader()
    for tile in tiles:
        check_fits(tile, predictor.description, region)
    scores: List[TileScore] = []
    counts = {name: no_counts() for name in regions_of(tiles)}
    try:
        for number, tile in enumerate(tiles):
            stop_if_cancelled(progress)
            part = PartOfProgress(progress, number / len(tiles), (number + 1) / len(tiles))
            probability = map_tile(predictor, tile, reader, region, overlap, part)
            score, found = score_tile(tile, probability, read_labels(reader, tile))
            scores.append(score)
            counts[tile.region] += found
    finally:
        reader.close()
    if not any(score.confusion.total for score in scores):
        raise DatasetError("No labelled pixel of the tiles has a result; there is nothing to score. Take others.")
    doubts = _doubts(predictor, scores)
    return Evaluation(predictor.description, predictor.provider, tuple(scores), counts, doubts)


def score_tile(tile: Tile, probability: FloatArray, labels: Labels) -> Tuple[TileScore, Counts]:
    """Compare a map (H x W, NaN where there is none) with the labels."""
    mapped = np.isfinite(probability)
    where = labels.known & mapped
    counts = count(probability, labels.glacier, where)
    debris = Found()
    if labels.debris is not None:
        covered = labels.debris & where
        debris = Found(int((probability[covered] >= THRESHOLD).sum()), int(covered.sum()))
    return TileScore(tile, counts.confusion, debris, int((labels.known & ~mapped).sum())), counts


def _doubts(predictor: Predictor, scores: Sequence[TileScore]) -> Tuple[str, ...]:
    description, doubts = predictor.description, [predictor.warning] if predictor.warning else []
    lacking = {score.tile.name: missing_bands(score.tile, description.bands) for score in scores}
    names = [name for name, bands in lacking.items() if bands]
    if names:
        bands = sorted({band for found in lacking.values() for band in found})
        doubts.append(f"No {', '.join(bands)} (seen as absent) in {_few(names)}.")
    coarse = [s.tile.name for s in scores if description.resolution not in (None, s.tile.resolution)]
    if coarse:
        doubts.append(
            f"Not at the {description.resolution:g} m of {description.name}, and mapped as they are: {_few(coarse)}."
        )
    unmapped, labelled = sum(s.unmapped for s in scores), sum(s.unmapped + s.confusion.total for s in scores)
    if unmapped:
        doubts.append(f"{unmapped / labelled:.2%} of the labelled pixels have no imagery and are not scored.")
    return tuple(doubts)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
