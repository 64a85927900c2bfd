"""What can be wrong with a layer of outlines: each fault's kind, glaciers, place, size and repair."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, Sequence, Tuple

from ..inference.errors import InputError

KINDS = {
    "crs": "the layer's CRS",
    "empty": "outlines without geometry",
    "not_polygon": "geometries that are no polygons",
    "bad_coordinates": "coordinates that are no numbers",
    "jumps_antimeridian": "outlines that run round the world",
    "self_intersection": "outlines that cross themselves",
    "ring_touches_itself": "rings that touch themselves",
    "holes": "holes that touch, cross or leave their outline",
    "parts_overlap": "parts of one outline that overlap",
    "multipart": "outlines in several parts",
    "winding": "rings that run the wrong way",
    "below_minimum": "outlines below the minimum area",
    "duplicate_outline": "outlines drawn twice",
    "overlap": "outlines that overlap",
    "gap": "gaps along divides",
    "duplicate_id": "ids given twice",
    "missing_id": "outlines without an id",
    "missing_field": "fields that are missing",
    "missing_value": "values that are missing",
    "wrong_value": "values that cannot be",
    "hand_in": "files of a hand-in that contradict each other",
}
"""All kinds, in the order in which they are told and repaired, in words."""

Box = Tuple[float, float, float, float]


@dataclass(frozen=True)
class LayerFault:
    """A fault of a layer.

    Attributes:
        kind: one of KINDS.
        what: the fault in words.
        ids: of the glaciers concerned, as they stand in the layer; () where the whole layer is concerned.
        places: where these stand in the layer, from 0.
        box: west, south, east, north of the fault in the layer's CRS; None where it is nowhere.
        size: how large it is, in `unit`; 0 where it has no size.
        unit: "m2", "m" or "".
        repair: what a repair does; "" where only a person can tell what is meant.
    """

    kind: str
    what: str
    ids: Tuple[str, ...] = ()
    places: Tuple[int, ...] = ()
    box: Any = None
    size: float = 0.0
    unit: str = ""
    repair: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"{self.kind} is no kind of fault; the kinds are {', '.join(KINDS)}.")

    def to_json(self) -> Dict[str, Any]:
        """Return plain values."""
        return {
            "kind": self.kind, "what": self.what, "ids": list(self.ids), "places": list(self.places),
            "box": None if self.box is None else [float(value) for value in self.box], "size": float(self.size),
            "unit": self.unit, "repair": self.repair,
        }  # fmt: skip


@dataclass(frozen=True)
class CheckSettings:
    """What counts as a fault.

    Attributes:
        minimum_area_km2: outlines below it are told (RGI: 0.01).
        sliver_m: gaps and overlaps narrower than this are drawing inaccuracy, and repaired.
    """

    minimum_area_km2: float = 0.01
    sliver_m: float = 1.0

    def __post_init__(self) -> None:
        if not (self.minimum_area_km2 >= 0 and self.sliver_m > 0):
            raise InputError("The minimum area is not below 0 km2 and the width of slivers is above 0 m.")


def in_order(faults: Sequence[LayerFault]) -> Tuple[LayerFault, ...]:
    """Return faults by kind, then the largest first, then by place."""
    rank = {kind: number for number, kind in enumerate(KINDS)}
    return tuple(sorted(faults, key=lambda fault: (rank[fault.kind], -fault.size, fault.places)))


def counted(faults: Sequence[LayerFault]) -> Dict[str, int]:
    """Return how many faults of each kind there are, in the order of KINDS."""
    found = Counter(fault.kind for fault in faults)
    return {kind: found[kind] for kind in KINDS if found[kind]}
