"""What a reviewer asks of the candidate beyond its outlines: what its model was trained on, what was edited."""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence

import numpy as np
import shapely

from ..inference.vector_layer import VectorLayer
from .consensus import overlapping
from .outlines import Outlines
from .plain_layers import STATUS, classes_of

NO_CANDIDATE, NOT_TOLD = "no candidate", "not told"


def training_doubts(facts: Mapping[str, str]) -> List[str]:
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
    if STATUS not in layer.fields:
        return {}
    status = classes_of(layer, STATUS, candidate)
    found = [NO_CANDIDATE] * len(reference)
    ref, ours = overlapping(reference.geometry, candidate.geometry)  # neighbours' slivers are no counterpart
    common = shapely.area(shapely.intersection(reference.geometry[ref], candidate.geometry[ours]))
    for pair in np.argsort(common):  # the largest overlap comes last and stays
        found[ref[pair]] = status[ours[pair]] or NOT_TOLD
    return {"status of the candidate": found}
