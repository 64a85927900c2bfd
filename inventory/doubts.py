"""What somebody should know before trusting a comparison."""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from .boundaries import boxes
from .measuring import Layers
from .outlines import Outlines
from .overlap import Dissolved, total_area
from .projection import distance_fault_percent

OVERLAP_PERCENT = 0.1
DISTANCE_PERCENT = 0.1


def doubts_of(layers: Layers) -> Tuple[str, ...]:
    """Return warnings, each one a sentence."""
    found: List[str] = []
    if not len(layers.candidate):
        found.append("The candidate has no outlines here: every reference glacier is missed.")
    elif not layers.links.strong.any():
        found.append("No candidate outline overlaps a reference glacier; do both layers show the same place?")
    found += _overlapping("candidate", layers.candidate, layers.ice)
    found += _overlapping("reference", layers.reference, layers.ice_ref)
    box = np.concatenate([boxes(layers.candidate.geometry), boxes(layers.reference.geometry)])
    wrong = distance_fault_percent(np.concatenate([box[:, :2], box[:, 2:]]))
    if wrong > DISTANCE_PERCENT:
        found.append(f"The outlines lie so far apart that distances are wrong by up to {wrong:.2g} %; areas are exact.")
    return tuple(found)


def _overlapping(name: str, layer: Outlines, ice: Dissolved) -> List[str]:
    twice = float(layer.area_km2.sum()) - total_area(ice) / 1e6
    percent = 100 * twice / max(total_area(ice) / 1e6, 1e-12)
    if percent <= OVERLAP_PERCENT:
        return []
    much = f"{twice:.3g} km2 ({percent:.2g} % of its ice)"
    return [f"Outlines of the {name} overlap each other on {much}; the total counts it once, each glacier its own."]
