"""How the networks do on regions they never saw, beside the band ratio tuned on those they did.

Decided before any of them was trained: a tile is one "with debris" where at least a quarter of its labelled glacier is
mapped debris, else one of "clean ice"; a group's score is its pixels pooled; the folds count alike. Alarms are the
shares of lake, dark ground (shadow above all) and small patches of snow, none of them glacier, that are mapped as
glacier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from ...inference.arrays import BoolArray, FloatArray
from ...inference.classic import ClassicPredictor
from ...inference.model import Calibration
from ...inference.predictors import Predictor
from ..calibration_table import Sample, empty_sample, fit_table, sample_of
from ..data.ice_labels import IceRule, ice_and_snow_patches, lakes
from ..data.tiles import Tile, TileReader
from ..evaluation.baselines import tune_classic
from ..evaluation.labels import Labels, read_labels
from ..evaluation.scores import THRESHOLD, Confusion, Found, count, expected_calibration_error, shown_levels
from ..evaluation.tile_scene import TileScene, map_tile

MUCH_DEBRIS = 0.25
GROUNDS = ("lake", "dark ground", "snow patch")
GROUND_BANDS = ("green", "nir", "swir1", "slope")


@dataclass(frozen=True)
class TileJudged:
    """What one method made of one tile: `alarms` by ground, the pixels there and how many were mapped as glacier."""

    name: str
    has_debris: bool
    confusion: Confusion
    debris: Found
    alarms: Mapping[str, Found]


@dataclass(frozen=True)
class Judged:
    """One method on the tiles of a region it was not trained on, and its probabilities counted (for calibration)."""

    tiles: Tuple[TileJudged, ...]
    sample: Sample


def judge(predictor: Predictor, tiles: Sequence[Tile]) -> Judged:
    """Map the tiles and compare with their labels."""
    reader, sample, found = TileReader(), empty_sample(), []
    try:
        for number, tile in enumerate(tiles):
            probability, labels = map_tile(predictor, tile, reader), read_labels(reader, tile)
            where = labels.known & np.isfinite(probability)
            counts = count(probability, labels.glacier, where)
            sample += sample_of(counts, number)
            found.append(_tile(tile, probability, labels, where, counts.confusion, reader))
    finally:
        reader.close()
    return Judged(tuple(found), sample)


class Blinded:
    """A predictor that is shown a scene without some bands: they are 0, as what is absent is."""

    def __init__(self, predictor: Predictor, absent: Sequence[str]) -> None:
        self.description, self.provider = predictor.description, predictor.provider
        self.warning, self.batch_size = predictor.warning, predictor.batch_size
        self._predictor, self._absent = predictor, frozenset(absent)

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        shown = {}
        for feature in self.description.features:
            values = inputs[feature.name].copy()
            values[:, [band in self._absent for band in feature.bands]] = 0
            shown[feature.name] = values
        return self._predictor.predict({**inputs, **shown})

    def close(self) -> None:
        self._predictor.close()


def _tile(
    tile: Tile, probability: FloatArray, labels: Labels, where: BoolArray, confusion: Confusion, reader: TileReader
) -> TileJudged:
    debris = labels.debris if labels.debris is not None else np.zeros_like(where)
    shown = probability >= THRESHOLD
    scene = TileScene(reader, tile, GROUND_BANDS)
    free = where & ~labels.glacier
    alarms = {name: _found(ground & free, shown) for name, ground in grounds(scene.read(scene.grid)).items()}
    has_debris = bool(debris.sum() >= MUCH_DEBRIS * max(int(labels.glacier.sum()), 1))
    return TileJudged(tile.name, has_debris, confusion, _found(debris & where, shown), alarms)


def _found(ground: BoolArray, shown: BoolArray) -> Found:
    return Found(int((ground & shown).sum()), int(ground.sum()))


def grounds(bands: Mapping[str, FloatArray]) -> Dict[str, BoolArray]:
    """Return where lakes, dark ground and small patches of snow are (H x W each), by the rules of the labels."""
    rule = IceRule()
    water = lakes(bands, rule)
    dark = (bands["nir"] <= rule.darkest_nir) & ~water
    return dict(zip(GROUNDS, (water, dark, ice_and_snow_patches(bands, rule)[1])))


def judge_ratio(learnt_from: Sequence[Tile], tiles: Sequence[Tile]) -> Judged:
    """Judge the band ratio with the thresholds that are best on the tiles learnt from."""
    return judge(ClassicPredictor(tune_classic(learnt_from, "ratio")), tiles)


def scores(judged: Iterable[TileJudged]) -> Dict[str, Any]:
    """Return the scores of tiles taken together; None where there is nothing to score."""
    tiles = tuple(judged)
    confusion = sum((tile.confusion for tile in tiles), Confusion())
    debris = sum((tile.debris for tile in tiles), Found())
    found = {name: getattr(confusion, name) for name in ("iou", "precision", "recall")}
    found["debris"] = debris.recall
    for name in GROUNDS:
        found[name] = sum((tile.alarms[name] for tile in tiles), Found()).recall
    return {name: None if math.isnan(value) else round(value, 4) for name, value in found.items()}


def by_group(judged: Judged) -> Dict[str, Any]:
    """Return the scores of all tiles, of those with debris, of those of clean ice, and tile by tile."""
    groups: Dict[str, List[TileJudged]] = {"all": list(judged.tiles), "with debris": [], "clean ice": []}
    for tile in judged.tiles:
        groups["with debris" if tile.has_debris else "clean ice"].append(tile)
    return {
        **{name: scores(tiles) for name, tiles in groups.items() if tiles},
        "tiles": {tile.name: scores([tile]) for tile in judged.tiles},
    }


def crossed_tables(samples: Mapping[str, Sample]) -> Dict[str, Calibration]:
    """Return for each region the table fitted on the other regions' maps, each by the network that never saw it."""
    return {
        name: fit_table(sum((other for key, other in samples.items() if key != name), empty_sample()))[0]
        for name in samples
    }


def calibration_error(sample: Sample, table: Calibration) -> float:
    """Return the expected calibration error of the confidence that would be shown."""
    return expected_calibration_error(sample.counts, shown_levels(table))
