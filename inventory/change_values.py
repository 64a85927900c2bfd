"""One change from layers to values: what the command line and the runtime's child both run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, List, Optional, Tuple

from .. import __version__
from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from .change import DatedOutlines, measure_change
from .change_terminus import Centrelines, centrelines_from_wkb
from .clipping import Extent
from .layer_dates import told_day
from .outlines import common_crs
from .plain_layers import cleaned, ground_of, ids_of, side_of, source_of

ORDER = "The layers were not in order of date; they were sorted: {}."


@dataclass(frozen=True, eq=False)
class DatedLayer:
    """Outlines of one day (None: the layer's fields tell it), and the size of the imagery's pixels in metres."""

    layer: VectorLayer
    day: Optional[date] = None
    pixel_m: float = 10.0


@dataclass(frozen=True, eq=False)
class ChangeInputs:
    """What is measured, as it was read.

    Attributes:
        layers: two or more, in any order.
        id_field: of the earliest layer, "" to look for it.
        debris, extent: polygons.
        centrelines: lines from a glacier's head to beyond its terminus.
    """

    layers: Tuple[DatedLayer, ...]
    id_field: str = ""
    debris: Optional[VectorLayer] = None
    centrelines: Optional[VectorLayer] = None
    extent: Optional[VectorLayer] = None

    def __post_init__(self) -> None:
        if len(self.layers) < 2:
            raise InputError("A change needs the outlines of two dates or more; give two layers.")


@dataclass(frozen=True, eq=False)
class _Dated:
    """A layer without rejected outlines, its ids, the day that it was found to show."""

    layer: VectorLayer
    ids: Tuple[str, ...]
    day: date
    pixel_m: float

    def named(self) -> _Dated:
        """Name outlines that have no id, which is no fault: of later dates only new ice is told by id."""
        return replace(self, ids=tuple(name or f"outline {place + 1}" for place, name in enumerate(self.ids)))


def change_values(inputs: ChangeInputs, progress: Progress) -> Dict[str, Any]:
    """Return the values of a change (docs/comparison.md). Raises InputError, OutlinesError, CrsError, Cancelled."""
    series, doubts = _in_order(inputs)
    plane = common_crs(*((one.layer.wkb, one.layer.crs) for one in series))
    layers = [DatedOutlines(cleaned(one.layer, one.ids, plane), one.day, one.pixel_m) for one in series]
    debris = None if inputs.debris is None else Extent.of(ground_of(inputs.debris, plane)).area
    extent = None if inputs.extent is None else Extent.of(ground_of(inputs.extent, plane))
    lines = None if inputs.centrelines is None else _centrelines(inputs.centrelines, plane)
    found = measure_change(layers, debris, extent, lines, PartOfProgress(progress, 0.1, 1.0))
    sources = tuple(source_of(one.layer, layer.outlines) for one, layer in zip(series, layers))
    found = replace(found, sources=sources, warnings=(*doubts, *found.warnings))
    return {"icemargin": __version__, **found.to_json()}


def _in_order(inputs: ChangeInputs) -> Tuple[List[_Dated], List[str]]:
    """Return the layers in order of date, the earliest with its ids, and doubts."""
    doubts: List[str] = []
    found: List[_Dated] = []
    for one in inputs.layers:
        layer, ids = side_of(one.layer)
        day, more = (one.day, []) if one.day else told_day(layer)
        doubts += more
        found.append(_Dated(layer, ids, day, one.pixel_m))
    first, *later = sorted(found, key=lambda one: one.day)
    if [first, *later] != found:
        doubts.insert(0, ORDER.format(", ".join(str(one.day) for one in (first, *later))))
    if inputs.id_field:
        first = replace(first, ids=ids_of(first.layer, inputs.id_field))
    return [first, *(one.named() for one in later)], doubts


def _centrelines(layer: VectorLayer, plane: str) -> Centrelines:
    return centrelines_from_wkb(layer.wkb, ids_of(layer), layer.crs, plane)
