"""How an inventory is: which outlines were changed since their attributes were found. Off the main thread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Tuple

from ..inference.progress import Progress
from ..inventory.attributes_state import KEY, NO_TERRAIN, NOT_MEASURED, STALE, STATE, state_of
from ..inventory.review import REJECTED
from .comparison_request import LayerSource


@dataclass(frozen=True)
class InventoryHealth:
    """Numbers of outlines, rejected ones left out, and the feature ids of those whose attributes are stale."""

    outlines: int
    stale: Tuple[int, ...]
    not_measured: int
    no_terrain: int


def inventory_health(source: LayerSource, progress: Progress) -> InventoryHealth:
    """Look at a layer. Raises Cancelled."""
    layer = source.read(progress)
    keys, states, status = layer.texts(KEY), layer.texts(STATE), layer.texts("status")
    found = {
        layer.keys[place]: state_of(layer.wkb[place], keys[place], states[place])
        for place in range(len(layer.wkb))
        if status[place].lower() != REJECTED
    }
    counts = Counter(found.values())
    stale = tuple(key for key, state in found.items() if state == STALE)
    return InventoryHealth(len(found), stale, counts[NOT_MEASURED], counts[NO_TERRAIN])
