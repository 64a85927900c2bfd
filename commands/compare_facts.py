"""What a reviewer asks of a comparison beyond the outlines: the model's training, the editing, the calibration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Sequence

from ..inference.errors import IceMarginError, InputError
from ..inference.vector_io import read_layer
from ..inference.vector_layer import VectorLayer
from .compared_layers import classes_of

if TYPE_CHECKING:
    from ..inventory.outlines import Outlines

STATUS = "status"
NO_CANDIDATE, NOT_TOLD = "no candidate", "not told"
CONFIDENCES = ("shown", "plain", "entropy")
BIN = {"pixels", "confidence", "accuracy", "low", "high"}


def model_facts(path: str) -> Dict[str, str]:
    """Return the model of a map of IceMargin and what it was trained on, by the file's provenance; else nothing."""
    try:
        texts = {str(row["key"]): str(row["value"]) for _, row in read_layer(path, "provenance")}
        description = json.loads(texts["model"])
    except (IceMarginError, KeyError, ValueError):
        return {}
    if not isinstance(description, dict):
        return {}
    wanted = {"model": "name", "trained_on": "trained_on"}
    return {name: str(description[key]) for name, key in wanted.items() if description.get(key)}


def training_doubts(facts: Dict[str, str]) -> List[str]:
    """Return the doubt whether the reference is an independent one."""
    if not facts.get("trained_on"):
        return []
    return [
        f"The candidate's model was trained on: {facts['trained_on']}. Where the reference is part of that, the "
        "comparison is no independent test."
    ]


def status_counts(layer: VectorLayer) -> Dict[str, Dict[str, int]]:
    """Return {"status": how many outlines have which}; nothing where there is no such field."""
    if STATUS not in layer.fields:
        return {}
    texts = [text or NOT_TOLD for text in layer.texts(STATUS)]
    return {STATUS: {text: texts.count(text) for text in sorted(set(texts))}}


def status_classes(layer: VectorLayer, candidate: Outlines, reference: Outlines) -> Dict[str, Sequence[str]]:
    """Return {"status of the candidate": that of the outline that has most of each reference glacier}.

    So the figures of what was edited stand beside those of what was not. Nothing where there is no such field.
    """
    import numpy as np
    import shapely

    from ..inventory.consensus import overlapping

    if STATUS not in layer.fields:
        return {}
    status = classes_of(layer, STATUS, candidate)
    found = [NO_CANDIDATE] * len(reference)
    ref, ours = overlapping(reference.geometry, candidate.geometry)  # neighbours' slivers are no counterpart
    common = shapely.area(shapely.intersection(reference.geometry[ref], candidate.geometry[ours]))
    for pair in np.argsort(common):  # the largest overlap comes last and stays
        found[ref[pair]] = status[ours[pair]] or NOT_TOLD
    return {"status of the candidate": found}


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
