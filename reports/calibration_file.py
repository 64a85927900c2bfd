"""A model's reliability from the JSON of `icemargin evaluate`, for the page of a comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

from ..inference.errors import InputError

CONFIDENCES = ("shown", "plain", "entropy")
BIN = {"pixels", "confidence", "accuracy", "low", "high"}


def calibration_of(path: str) -> Dict[str, Any]:
    """Return the reliability of a model from the JSON of `icemargin evaluate`. Raises InputError."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        first = values["sets"][0]
        method = first["methods"][0]
        tables = {name: list(method["reliability"][name]) for name in CONFIDENCES}
        score = method["pooled"]["ece_shown"]
        if not all(set(row) >= BIN for table in tables.values() for row in table):
            raise KeyError("reliability")
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{path} has no reliability; give the JSON that `icemargin evaluate --json` wrote.") from error
    return {
        "file": Path(path).name, "method": str(method["method"]), "set": str(first["name"]), "ece_shown": score,
        "reliability": tables,
    }  # fmt: skip
