"""From the trained networks to the file that is shipped, and to the card that says what was measured."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Dict, List, Mapping, Tuple

from ...inference.classic import ClassicPredictor
from ...inference.model import Calibration
from ...inference.progress import PartOfProgress, Progress
from ...inference.request import DEM_BANDS, ClassicSettings
from ...inference.whole_file import whole_file
from ...models.files import sha256_of
from ...reports.values import as_json
from ...reports.writing import write_text
from ..calibration import FILE as CALIBRATION_FILE
from ..calibration_table import empty_sample, fit_table
from ..data.tiles import Tile, find_tiles
from ..export import ExportFacts, export_run
from ..torch_predictor import open_run
from .building import judged_file
from .himalaya import REGIONS
from .judge import Blinded, Judged, by_group, calibration_error, crossed_tables, judge, judge_ratio
from .learning import SHIPPED, run_folder
from .tiny import COUNT, tiny_path, tiny_scores, write_tiny

ROOT = Path(__file__).resolve().parents[2]
NAME = "glavitu-small"
MODEL, CARD = (ROOT / "resources" / "models" / f"{NAME}.{ending}" for ending in ("onnx", "json"))
SCENES = ROOT / "tests" / "bundled"
NETWORK, RATIO, RATIO_AS_SET = "network", "band ratio", "band ratio, default thresholds"
METHODS = (NETWORK, RATIO, RATIO_AS_SET)
ABSENT = {"elevation": DEM_BANDS, "near infrared": ("nir",), "blue": ("blue",)}
"""What users may lack."""
TESTED_ON = "three Himalayan regions in turn, by networks of the same recipe that never saw them; mean of the three"
LICENCE = "GPL-2.0-or-later, as IceMargin; the imagery it learnt from has licences of its own"
NEVER_SEEN = (
    "It has never seen: real mountains outside the Himalaya, real snow-free ice of the Arctic, calving fronts, thick "
    "cloud, SAR, imagery coarser than 30 m or finer than 10 m. Expect false alarms on frozen lakes and rock glaciers."
)
TRAINED_ON = (
    "10 Sentinel-2 tiles of the Himalaya (doi 10.3390/rs14061352), 4 "
    "images without ice, and simulated scenes on generated and real terrain (docs/bundled-model.md)"
)

Scores = Dict[str, Any]


def tiles_of(region: str, folder: Path) -> Tuple[Tile, ...]:
    return find_tiles([str(folder / judged_file(region))])


def judge_folds(folder: Path, progress: Progress) -> Dict[str, Dict[str, Judged]]:
    """Return method -> region -> what it made of the region, by the network and thresholds that never saw it."""
    methods = (*METHODS, *(f"{NETWORK} without {what}" for what in ABSENT))
    found: Dict[str, Dict[str, Judged]] = {method: {} for method in methods}
    for number, region in enumerate(REGIONS):
        progress.report(number / len(REGIONS), f"Region {region}, held out")
        tiles = tiles_of(region, folder)
        learnt = [tile for other in REGIONS if other != region for tile in tiles_of(other, folder)]
        network = open_run(run_folder(region, folder))
        found[NETWORK][region] = judge(network, tiles)
        found[RATIO][region] = judge_ratio(learnt, tiles)
        found[RATIO_AS_SET][region] = judge(ClassicPredictor(ClassicSettings("ratio")), tiles)
        for what, absent in ABSENT.items():
            found[f"{NETWORK} without {what}"][region] = judge(Blinded(network, absent), tiles)
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


def may_lack(mean: Scores) -> Tuple[str, ...]:
    """Return the bands without which the network still beats both band ratios with all of theirs."""
    best = max(mean[method]["all"]["iou"] for method in (RATIO, RATIO_AS_SET))
    good = [what for what in ABSENT if mean[f"{NETWORK} without {what}"]["all"]["iou"] > best]
    return tuple(band for what in good for band in ABSENT[what])


def is_better(mean: Scores) -> bool:
    """Tell whether the network beats the tuned band ratio on debris by 0.1, and is no worse by 0.01 on clean ice."""
    debris, clean = (mean[NETWORK][group]["iou"] - mean[RATIO][group]["iou"] for group in ("with debris", "clean ice"))
    return bool(debris >= 0.1 and clean >= -0.01)


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
    facts = ExportFacts(
        NAME, LICENCE, trained_on=TRAINED_ON, tested_on=TESTED_ON, note=NEVER_SEEN, metrics=metrics,
        optional=may_lack(mean),
    )  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    export_run(run_folder(SHIPPED, folder), out, facts, progress)


def ship(folder: Path, progress: Progress) -> Scores:
    """Write resources/models/glavitu-small.onnx, the tiny scenes and the card; return the card.

    Raises ModelError where a training is missing, OutputError.
    """
    judged = judge_folds(folder, PartOfProgress(progress, 0.0, 0.8))
    scores = fold_scores(judged)
    mean = means(scores)
    calibrate(judged[NETWORK], folder)
    export(folder, MODEL, mean, PartOfProgress(progress, 0.8, 0.95))
    write_tiny(SCENES)
    tiny = [_rounded(tiny_scores(str(MODEL), tiny_path(SCENES, number))) for number in range(COUNT)]
    card = {
        "sha256": f"sha256:{sha256_of(MODEL)}", "bytes": MODEL.stat().st_size, "default": is_better(mean), "mean": mean,
        "folds": scores, "tiny": tiny,
    }  # fmt: skip
    write_text(str(CARD), as_json(card))
    return card


def _rounded(values: Mapping[str, float]) -> Dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
