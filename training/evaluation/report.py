"""The scores as plain values (for JSON), and the page that shows them: each number of the page is one of the values."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ...inference.model import ModelDescription
from ...reports.templates import page_template
from ...reports.values import marked_numbers, without_nan
from .evaluate import Evaluation, TileScore
from .scores import (
    ECE_BINS,
    EYE_BINS,
    THRESHOLD,
    Confusion,
    Counts,
    Found,
    entropy_levels,
    expected_calibration_error,
    mean_defined,
    reliability,
    shown_levels,
)
from .sets import NamedSet

Values = Dict[str, Any]

RATES = ("iou", "f1", "precision", "recall", "accuracy")
ERRORS = ("ece_shown", "ece_plain", "ece_entropy")
COLUMNS = (*RATES, "debris_recall", *ERRORS)
UNCALIBRATED = "The model has no calibration table: the confidence shown is the plain probability of the class shown."


@dataclass(frozen=True)
class Comparison:
    """One test set, the evaluations of the methods on it (the model's first), and doubts about the set."""

    test: NamedSet
    evaluations: Tuple[Evaluation, ...]
    doubts: Tuple[str, ...] = ()


def values_of(comparisons: Sequence[Comparison], trained_on: Sequence[str], version: str) -> Values:
    """Return everything that is told, as values that JSON knows; a score that is not defined is None."""
    model = comparisons[0].evaluations[0]
    values = {
        "icemargin": version,
        "model": _card(model.description),
        "provider": model.provider,
        "threshold": THRESHOLD,
        "ece_bins": ECE_BINS,
        "trained_on": list(trained_on),
        "sets": [_set_values(comparison) for comparison in comparisons],
    }
    defined: Values = without_nan(values)
    return defined


def _card(description: ModelDescription) -> Dict[str, str]:
    table = description.calibration
    card = {
        "Name": description.name,
        "Inputs": "; ".join(f"{feature.name}: {', '.join(feature.bands)}" for feature in description.features),
        "Location": description.location or "none",
        "Window": f"{description.patch} pixels",
        "Resolution": f"{description.resolution:g} m" if description.resolution else "any",
        "Confidence": (table.source or f"calibrated by {table.of}") if table else "not calibrated",
        "Strategy": description.strategy,
        "Regions": ", ".join(description.regions),
        "Trained on": description.trained_on or "not told",
        "Tested on": description.tested_on,
        "Scores told": ", ".join(f"{name} {score:.3f}" for name, score in description.metrics),
        "Licence": description.licence or "not told",
        "Citation": description.citation,
        "Note": description.note,
    }
    return {name: text for name, text in card.items() if text}


def _set_values(comparison: Comparison) -> Values:
    test, tiles = comparison.test, comparison.test.tiles
    return {
        "name": test.name,
        "files": sorted({os.path.basename(tile.path) for tile in tiles}),
        "tiles": len(tiles),
        "sensors": list(test.sensors),
        "dates": list(test.dates),
        "doubts": list(comparison.doubts),
        "methods": [_method_values(found, number == 0) for number, found in enumerate(comparison.evaluations)],
    }


def _method_values(evaluation: Evaluation, is_model: bool) -> Values:
    regions = [{"region": name, **_region_values(evaluation, name)} for name in evaluation.regions]
    everything = evaluation.pooled()
    doubts = list(evaluation.doubts)
    if is_model and evaluation.description.calibration is None:
        doubts.append(UNCALIBRATED)
    return {
        "method": evaluation.description.name,
        "provider": evaluation.provider,
        "doubts": doubts,
        "headline": {name: mean_defined(row[name] for row in regions) for name in COLUMNS},
        "pooled": {
            **_scores(evaluation.confusion(), evaluation.debris()),
            **_errors(everything, evaluation.description),
        },
        "regions": regions,
        "subregions": [
            {"region": region, "subregion": name}
            | _scores(evaluation.confusion(region, name), evaluation.debris(region, name))
            for region, name in evaluation.subregions
        ],
        "reliability": _reliability(everything, evaluation.description),
        "tiles": [_tile_values(score) for score in evaluation.tiles],
    }


def _region_values(evaluation: Evaluation, region: str) -> Values:
    scores = _scores(evaluation.confusion(region), evaluation.debris(region))
    return {**scores, **_errors(evaluation.pooled(region), evaluation.description)}


def _scores(confusion: Confusion, debris: Found) -> Values:
    rates = {name: getattr(confusion, name) for name in RATES}
    pixels = {"pixels": confusion.total, **asdict(confusion), "debris_pixels": debris.total}
    return {**pixels, **rates, "debris_recall": debris.recall}


def _errors(counts: Counts, description: ModelDescription) -> Values:
    levels = _confidences(description)
    return {f"ece_{name}": expected_calibration_error(counts, level) for name, level in levels.items()}


def _confidences(description: ModelDescription) -> Mapping[str, Any]:
    """Return the three confidences by probability level: as shown, without the table, and the paper's raw one."""
    return {"shown": shown_levels(description.calibration), "plain": shown_levels(None), "entropy": entropy_levels()}


def _reliability(counts: Counts, description: ModelDescription) -> Values:
    levels = _confidences(description)
    return {name: [asdict(row) for row in reliability(counts, level, EYE_BINS)] for name, level in levels.items()}


def _tile_values(score: TileScore) -> Values:
    tile = score.tile
    names = ("name", "region", "subregion", "sensor", "date", "width", "height")
    facts = {"file": os.path.basename(tile.path), **{name: getattr(tile, name) for name in names}}
    return {**facts, "unmapped": score.unmapped, **_scores(score.confusion, score.debris)}


def shown(value: Any, name: str) -> str:
    """Return a value as people read it: counts whole, errors with four decimals, rates with three."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if name.startswith("ece") else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def page(values: Values, pictures: Mapping[str, Any]) -> str:
    """Return the report as one HTML page that needs nothing else.

    `pictures` by the set's name: `reliability` (SVG) and `tiles`, a list of (number of the tile, data URI).
    """
    template = page_template(__package__, "page.html.j2")
    return template.render(values=values, pictures=pictures, number=marked_numbers(values, shown), columns=COLUMNS)


def as_lines(values: Values) -> List[str]:
    """Return the headline of each set and method for the terminal."""
    names = [method["method"] for found in values["sets"] for method in found["methods"]]
    wide = max(map(len, [*names, "method"])), max(len(found["name"]) for found in values["sets"])
    head = f"{'set':{wide[1]}}  {'method':{wide[0]}}" + "".join(f"{name:>14}" for name in COLUMNS)
    lines = ["Mean of the regions, each pixel-pooled:", head]
    for found in values["sets"]:
        for method in found["methods"]:
            told = "".join(f"{shown(method['headline'][name], name):>14}" for name in COLUMNS)
            lines.append(f"{found['name']:{wide[1]}}  {method['method']:{wide[0]}}{told}")
    return lines
