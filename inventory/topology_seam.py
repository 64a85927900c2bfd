"""Faults between neighbours on both sides of 180 degrees, in layers in degrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .topology_faults import CheckSettings, LayerFault
from .topology_index import LayerIndex
from .topology_pairs import pair_faults, pairs_of

NEAR = 0.01
"""Degrees: more than the widest sliver up to 89 degrees of latitude."""
TURN = np.array([360.0, 0.0])


def seam_faults(index: LayerIndex, settings: CheckSettings) -> List[LayerFault]:
    """Return what `pair_faults` finds once the outlines west of the seam are moved beside those east of it.

    Such faults have no repair: where a border belongs in the layer's own longitudes only a person can tell.
    """
    if not index.is_geographic or index.crs_fault or not index.places:
        return []
    places = np.array(index.places)
    first, second = _sides([index.sound[place] for place in places])
    if not (first.any() and second.any()):
        return []
    own = np.concatenate([places[first], places[second]])
    ground = [index.sound[place] for place in places[first]]
    ground += [shapely.transform(index.sound[place], lambda xy: xy + TURN) for place in places[second]]
    both = LayerIndex(ground, [index.ids[place] for place in own], index.crs)
    across = [pair for pair in pairs_of(both, range(first.sum()), settings.sliver_m)
              if pair[1] >= first.sum() and own[pair[0]] != own[pair[1]]]  # fmt: skip
    return [_turned_back(fault, own) for fault in pair_faults(both, across, settings)]


def _sides(sound: Any) -> Tuple[BoolArray, BoolArray]:
    """Return which outlines lie at the seam: those up to it or beyond, and those that begin after it.

    Longitudes may go on beyond 180 degrees; an outline in parts may be of both sides. One round a pole is of neither.
    """
    box: DoubleArray = shapely.bounds(np.array([*sound, None], dtype=object)[:-1])
    widest = np.array([max((part.bounds[2] - part.bounds[0] for part in shapely.get_parts(one) if not part.is_empty),
                           default=360.0) for one in sound])  # fmt: skip
    whole = widest < 180
    if not whole.any():
        return whole, whole
    west, east = min(-180.0, box[whole, 0].min()), max(180.0, box[whole, 2].max())
    return whole & (box[:, 2] >= west + 360 - NEAR), whole & (box[:, 0] <= east - 360 + NEAR)


def _turned_back(fault: LayerFault, own: Any) -> LayerFault:
    """Return a fault with the places of the layer, and longitudes up to 180 degrees."""
    west, south, east, north = fault.box
    turn = 360.0 if west >= 180 else 0.0
    places = tuple(int(own[place]) for place in fault.places)
    return replace(fault, places=places, box=(west - turn, south, east - turn, north), repair="")
