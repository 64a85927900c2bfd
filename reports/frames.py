"""The glaciers that a page shows: what of them is drawn, and the ground around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

import shapely

from ..inventory.outlines import Outlines
from .cropping import Bounds
from .worst import worst_places

MARGIN = 0.12
SMALLEST_M = 200.0


@dataclass(frozen=True, eq=False)
class Frame:
    """A glacier of the list: its place (a path in the values), its outlines, a square around them (None without)."""

    place: str
    own: Sequence[Any]
    bounds: Optional[Bounds]


def frames(values: Mapping[str, Any], candidate: Outlines, reference: Outlines) -> List[Frame]:
    """Return the frames of the worst glaciers, in the layers' plane."""
    layers = _by_id(candidate), _by_id(reference)
    found = []
    for place in worst_places(values):
        kind, number = place.split("/")
        own = _own(values[kind][int(number)], kind, *layers)
        found.append(Frame(place, own, _square(own) if own else None))
    return found


def _by_id(layer: Outlines) -> Dict[str, Any]:
    return dict(zip(layer.ids, layer.geometry))


def _own(row: Mapping[str, Any], kind: str, candidate: Mapping[str, Any], reference: Mapping[str, Any]) -> List[Any]:
    """Return the outlines that a picture is of: the glacier's, then the candidates that are mostly its own."""
    links = row.get("links", ({"id": row["id"], "share_of_candidate": 1.0},))  # a new one is its own
    mine = [link["id"] for link in links if link["share_of_candidate"] > 0.5 and link["id"] in candidate]
    shapes = [candidate[name] for name in mine]
    if kind == "glaciers" and row["id"] in reference:
        shapes.insert(0, reference[row["id"]])
    return shapes


def _square(shapes: Sequence[Any]) -> Bounds:
    """Return a square around shapes, with a margin."""
    left, bottom, right, top = map(float, shapely.total_bounds(shapes))
    half = max(right - left, top - bottom, SMALLEST_M) * (0.5 + MARGIN)
    x, y = (left + right) / 2, (bottom + top) / 2
    return (x - half, y - half, x + half, y + half)
