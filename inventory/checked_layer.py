"""A layer with all its faults, as an inventory or as an export of a format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..inference.errors import OutlinesError
from ..inference.progress import Progress
from ..inference.vector_layer import VectorLayer
from .export_check import format_faults
from .id_fields import id_field_of
from .projection import lonlat
from .topology import check_layer
from .topology_faults import CheckSettings, LayerFault, in_order
from .topology_index import LayerIndex

STATUS, REJECTED = "status", "rejected"


@dataclass(frozen=True, eq=False)
class Indexed:
    """A layer without rejected outlines: which of its features these are (by place), and the field of their ids."""

    layer: VectorLayer
    kept: Tuple[int, ...]
    index: LayerIndex
    id_field: str

    @property
    def rows(self) -> List[Any]:
        """The values of the features that were kept."""
        return [self.layer.rows[place] for place in self.kept]


@dataclass(frozen=True, eq=False)
class Looked(Indexed):
    """The same with its faults."""

    faults: Tuple[LayerFault, ...] = ()


def indexed(layer: VectorLayer, id_field: str = "", second: str = "") -> Indexed:
    """Return a layer ready to be checked or exported. Raises OutlinesError where it has not the field.

    `second` is a field whose ids count where the other's are empty.
    """
    field = id_field or id_field_of(layer.fields)
    if field and field not in layer.fields:
        raise OutlinesError(f"{layer.path} has no field {field}; it has {', '.join(layer.fields) or 'none'}.")
    status = layer.texts(STATUS)
    kept = tuple(place for place in range(len(layer.wkb)) if status[place].lower() != REJECTED)
    ids = layer.texts(field) if field else ("",) * len(layer.wkb)
    if second in layer.fields:
        ids = tuple(first or other for first, other in zip(ids, layer.texts(second)))
    index = LayerIndex.from_wkb([layer.wkb[n] for n in kept], [ids[n] for n in kept], layer.crs)
    return Indexed(layer, kept, index, field)


def look(layer: VectorLayer, id_field: str, form: str, settings: CheckSettings, progress: Progress) -> Looked:
    """Check a layer, and as an export of the format `form` where one is given. Raises OutlinesError, Cancelled."""
    found = indexed(layer, id_field or ("local_id" if form == "glims" else ""), "rgi_id" if form else "")
    faults = check_layer(found.index, layer.fields, found.rows, found.id_field, settings, progress)
    if form:
        more = format_faults(form, found.index, layer.fields, found.rows)
        faults = in_order(tuple(dict.fromkeys((*faults, *more))))
    return Looked(layer, found.kept, found.index, found.id_field, faults)


def told(looked: Looked, faults: Sequence[LayerFault]) -> List[Dict[str, Any]]:
    """Return faults as plain values, with their positions in degrees and the numbers of their features."""
    found = [fault.to_json() for fault in faults]
    for fault in found:
        fault["places"] = [looked.kept[n] if n < len(looked.kept) else None for n in fault["places"]]
    if not looked.index.crs_fault:
        _add_positions(found, looked.layer.crs)
    return found


def _add_positions(faults: List[Dict[str, Any]], crs: str) -> None:
    boxed = [fault for fault in faults if fault["box"]]
    if boxed:
        box = np.array([fault["box"] for fault in boxed])
        for fault, (lon, lat) in zip(boxed, lonlat((box[:, :2] + box[:, 2:]) / 2, crs)):
            fault["lon"], fault["lat"] = round(float(lon), 6), round(float(lat), 6)
