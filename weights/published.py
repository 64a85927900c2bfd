"""What is known of the published models: names, strategies, and which calibration table fits a weights file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from ..inference.errors import ModelError, WeightsError
from ..inference.model import Calibration
from .architecture import Architecture

TABLES = Path(__file__).resolve().parent.parent / "resources" / "calibration"

CITATION = (
    "Maslov, Persello, Schellenberger, Stein: Globally scalable glacier mapping by deep learning matches expert "
    "delineation accuracy. Nature Communications 16:43 (2025), doi 10.1038/s41467-024-54956-x"
)
LICENCE = "see the authors' release"
DATA = "benchmark of the paper (doi 10.11582/2024.00168)"

STRATEGIES = {
    "global": "all regions",
    "regional": "one region or cluster",
    "finetuning": "all regions, then trained on for one",
    "regionencoding": "all regions, with the region as input",
    "coordinateencoding": "all regions, with the coordinates as input",
}

DATA_TRACKS = ("sar", "insar", "thermal")

_BASE = ("optical", "dem")
_TABLE_OF: Dict[Tuple[Tuple[str, ...], int], str] = {
    (_BASE, 0): "glavitu_global",
    (_BASE, 12): "glavitu_regionencoding",
    ((*_BASE, "co_pol_sar", "cross_pol_sar", "in_sar"), 0): "glavitu_global_insar",
}
"""Features and location of the three published models that have a calibrator of their own -> its name."""


def model_name(weights: str) -> str:
    """Return the model's name: the file's, without folder, extension and `_weights`."""
    stem = Path(weights).stem
    return stem[: -len("_weights")] if stem.endswith("_weights") else stem


def training_data(name: str) -> Tuple[str, str]:
    """Return what a model of this name was trained on and tested on, as far as published names tell.

    Names are `glavitu_<strategy>[_<REGION> ...][_<data track>]`.
    """
    model, strategy, *rest = [*name.split("_"), "", ""]
    rest = [part for part in rest if part]
    if model != "glavitu" or strategy not in STRATEGIES or not all(p.isupper() or p in DATA_TRACKS for p in rest):
        return "unknown: the file's name is not a published one", "unknown"
    what = ", ".join([STRATEGIES[strategy], *rest])
    return f"by the file's name: {DATA}, training split; {what}", f"{DATA}, test split; the figures are in the paper"


def choose_calibration(name: str, sizes: Architecture, wanted: Optional[str]) -> Tuple[Optional[Calibration], str]:
    """Return the calibration table of a model, and a note that says whose it is.

    `wanted` is None (choose by name and structure), "none", a published table's name or a JSON file.
    Raises WeightsError when a wanted table cannot be read.
    """
    if wanted == "none":
        return None, "Not calibrated: the confidence is the probability of the class shown."
    if wanted is not None:
        table = read_table(TABLES / f"{wanted}.json" if wanted in _TABLE_OF.values() else Path(wanted))
        return table, f"Calibration table chosen at import: {Path(wanted).name}."
    by_structure = _TABLE_OF.get((tuple(feature for feature, _ in sizes.features), sizes.location))
    table_name = by_structure or _nearest(sizes)
    table = read_table(TABLES / f"{table_name}.json")
    if by_structure == name:
        return table, f"Calibrated with the published table of {name} (recognised by name and structure)."
    note = f"No calibration table of its own: {table_name}'s is borrowed (nearest in structure), not validated for it."
    return replace(table, source=f"borrowed: {table.source}"), note


def _nearest(sizes: Architecture) -> str:
    if sizes.location == 12:
        return "glavitu_regionencoding"
    return "glavitu_global_insar" if "in_sar" in dict(sizes.features) else "glavitu_global"


def read_table(path: Path) -> Calibration:
    """Read a calibration table: JSON with `raw`, `calibrated` and `source`. Raises WeightsError if it is not one."""
    try:
        values: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        raw, calibrated = (tuple(float(value) for value in values[key]) for key in ("raw", "calibrated"))
        return Calibration(raw, calibrated, str(values.get("source", path.stem)))
    except OSError as error:
        names = ", ".join(_TABLE_OF.values())
        raise WeightsError(f"Calibration {path} cannot be read; give a JSON file, 'none' or one of {names}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, ModelError) as error:
        raise WeightsError(f"{path} is no calibration table ({error}); it needs 'raw' and 'calibrated'.") from error
