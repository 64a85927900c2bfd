"""From the trained networks to the file that is shipped, and to the card that says what was measured."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Dict, List, Mapping, Tuple

from ...inference.model import Calibration
from ...inference.progress import PartOfProgress, Progress
from ...inference.whole_file import whole_file
from ..calibration import FILE as CALIBRATION_FILE
from ..calibration_table import empty_sample, fit_table
from ..data.tiles import Tile, find_tiles
from ..export import ExportFacts, export_run
from ..torch_predictor import open_run
from .building import test_file
from .himalaya import REGIONS
from .judge import Judged, by_group, calibration_error, crossed_tables, judge, judge_ratio
from .learning import SHIPPED, run_folder

NAME = "glavitu-small"
NETWORK, RATIO = "network", "band ratio"
METHODS = (NETWORK, RATIO)
LICENCE = "GPL-2.0-or-later, as IceMargin; the imagery it learnt from has licences of its own"
NEVER_SEEN = (
    "It has never seen: real mountains outside the Himalaya, real snow-free ice of the Arctic, calving fronts, thick "
    "cloud, SAR, imagery coarser than 30 m or finer than 10 m. Expect false alarms on frozen lakes and rock glaciers."
)
TRAINED_ON = (
    "10 Sentinel-2 tiles of the Himalaya (doi 10.3390/rs14061352), 22 Landsat-8 tiles of Zanskar without elevation, 4 "
    "images without ice, and simulated scenes on generated and real terrain (docs/bundled-model.md)"
)

Scores = Dict[str, Any]


def tiles_of(region: str, folder: Path) -> Tuple[Tile, ...]:
    return find_tiles([str(folder / test_file(region))])


def judge_folds(folder: Path, progress: Progress) -> Dict[str, Dict[str, Judged]]:
    """Return method -> region -> what it made of the region, by the network and thresholds that never saw it."""
    found: Dict[str, Dict[str, Judged]] = {method: {} for method in METHODS}
    for number, region in enumerate(REGIONS):
        progress.report(number / len(REGIONS), f"Region {region}, held out")
        tiles = tiles_of(region, folder)
        learnt = [tile for other in REGIONS if other != region for tile in tiles_of(other, folder)]
        found[NETWORK][region] = judge(open_run(run_folder(region, folder)), tiles)
        found[RATIO][region] = judge_ratio(learnt, tiles)
    return found


def fold_scores(judged: Mapping[str, Mapping[str, Judged]]) -> Scores:
    """Return method -> region -> group -> scores, with the ECE of a confidence calibrated on the other regions."""
    found: Scores = {}
    for method, regions in judged.items():
        tables = crossed_tables({region: one.sample for region, one in regions.items()})
        found[method] = {
            region: {**by_group(one), "ece": round(calibration_error(one.sample, tables[region]), 4)}
            for region, one in regions.items()
        }
    return found


def means(scores: Scores) -> Scores:
    """Return method -> group -> the mean over the folds that have it, score by score."""
    return {
        method: {group: _mean([fold[group] for fold in folds.values() if group in fold])
                 for group in ("all", "with debris", "clean ice")}
        for method, folds in scores.items()
    }  # fmt: skip


def _mean(rows: List[Scores]) -> Scores:
    values = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    return {name: round(fmean(known), 4) if known else None for name, known in values.items()}


def is_better(mean: Scores) -> bool:
    """Tell whether the network beats the band ratio on tiles with debris, and is no worse on clean ice by 0.01."""
    debris, clean = (mean[NETWORK][group]["iou"] - mean[RATIO][group]["iou"] for group in ("with debris", "clean ice"))
    return bool(debris > 0 and clean >= -0.01)


def calibrate(judged: Mapping[str, Judged], folder: Path) -> Calibration:
    """Fit the shipped network's table on the maps of the three that never saw what they mapped; store it."""
    samples = [one.sample for one in judged.values()]
    table, support = fit_table(sum(samples, empty_sample()))
    pixels = sum(int(sample.counts.pixels.sum()) for sample in samples)
    source = (
        f"isotonic on entropy, {pixels:,} labelled pixels of three regions, each mapped by a network that never saw it "
        f"(same recipe); followed from {support[0]:.3f} to {support[1]:.3f}"
    )
    named = replace(table, source=source)
    with whole_file(run_folder(SHIPPED, folder) / CALIBRATION_FILE) as part:
        part.write_text(json.dumps({"table": asdict(named)}, indent=1) + "\n", encoding="utf-8")
    return named


def export(folder: Path, out: Path, mean: Scores, progress: Progress) -> None:
    """Write the shipped network with its description. Raises what export_run does."""
    rows = (("IoU, held-out regions", "all", "iou"), ("IoU, tiles with debris", "with debris", "iou"),
            ("IoU, clean ice", "clean ice", "iou"), ("debris-covered ice found", "with debris", "debris"))  # fmt: skip
    metrics = tuple(
        (f"{text}{of}", mean[method][group][score])
        for text, group, score in rows for method, of in ((NETWORK, ""), (RATIO, " (band ratio)"))
    )  # fmt: skip
    facts = ExportFacts(NAME, LICENCE, trained_on=TRAINED_ON, note=NEVER_SEEN, metrics=metrics, tested_on=TESTED_ON)
    out.parent.mkdir(parents=True, exist_ok=True)
    export_run(run_folder(SHIPPED, folder), out, facts, PartOfProgress(progress, 0.8, 1.0))


TESTED_ON = "three Himalayan regions in turn, by networks of the same recipe that never saw them; mean of the three"
