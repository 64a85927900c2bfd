"""From layers with fields to outlines that can be compared: which field names a glacier, what a layer is and has."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import shapely

from ..inference.errors import CrsError, OutlinesError
from ..inference.vector_layer import VectorLayer
from .id_fields import id_field_of
from .layer_dates import years_of
from .outlines import Outlines, outlines_from_wkb, parsed_wkb
from .projection import crs_of
from .strata import Zones

SENSOR_FIELDS = ("sensor", "model", "method", "analyst")
STATUS, REJECTED = "status", "rejected"
SHOWN = 5

Side = Tuple[VectorLayer, Tuple[str, ...]]
"""A layer that is compared, and its features' ids ("" where there is none)."""


def side_of(layer: VectorLayer, id_field: str = "") -> Side:
    """Return a layer without rejected outlines, and its ids. Raises OutlinesError or CrsError."""
    layer = _features(layer, _kept(layer))
    crs_of(layer.crs, layer.path)
    return layer, ids_of(layer, id_field)


def is_rejected(row: Mapping[str, Any]) -> bool:
    """Return whether somebody rejected an outline."""
    return str(row.get(STATUS) or "").strip().lower() == REJECTED


def _kept(layer: VectorLayer) -> List[int]:
    return [place for place, row in enumerate(layer.rows) if not is_rejected(row)]


def _features(layer: VectorLayer, places: Sequence[int]) -> VectorLayer:
    wkb, rows = tuple(layer.wkb[n] for n in places), tuple(layer.rows[n] for n in places)
    return replace(layer, wkb=wkb, rows=rows)


def ids_of(layer: VectorLayer, wanted: str = "") -> Tuple[str, ...]:
    """Return the features' ids: of the field `wanted`, else of one that is known to hold ids. Raises OutlinesError."""
    if wanted and wanted not in layer.fields:
        raise _no_field(layer, wanted)
    field = wanted or id_field_of(layer.fields)
    return layer.texts(field) if field else ("",) * len(layer.wkb)


def cleaned(layer: VectorLayer, ids: Sequence[str], plane: str) -> Outlines:
    """Return a layer as outlines in `plane`. Raises OutlinesError or CrsError, headed by the file."""
    try:
        return outlines_from_wkb(layer.wkb, ids, layer.crs, plane)
    except (OutlinesError, CrsError) as error:
        raise type(error)(f"{layer.path}: {error}") from error


def accepted(layer: VectorLayer, ids: Sequence[str], plane: str) -> Outlines:
    """Return the outlines that are not rejected, in `plane` ("": one of their own); places are the whole layer's.

    Raises OutlinesError or CrsError, headed by the file.
    """
    kept = _kept(layer)
    found = cleaned(_features(layer, kept), [ids[n] or f"outline {n + 1}" for n in kept], plane)
    return replace(found, places=tuple(kept[n] for n in found.places))


def ground_of(layer: VectorLayer, plane: str) -> Outlines:
    """Return polygons that are no glaciers. Raises OutlinesError or CrsError, headed by the file."""
    return cleaned(layer, [""] * len(layer.wkb), plane)


def zones_of(kind: str, layer: VectorLayer, plane: str) -> Zones:
    """Return zones of a kind; their classes are in the field of that name or "class", else all are `kind`."""
    field = next((name for name in layer.fields if name.lower() in (kind.lower(), "class")), "")
    names = tuple(name or kind for name in layer.texts(field)) if field else (kind,) * len(layer.wkb)
    ground = ground_of(layer, plane)
    classes = tuple(names[place] for place in ground.places)
    return Zones(kind, ground.geometry, classes, "clean" if kind.lower() == "debris" else "elsewhere")


def classes_of(layer: VectorLayer, field: str, outlines: Outlines) -> Tuple[str, ...]:
    """Return a field's value for each outline that was made of the layer. Raises OutlinesError."""
    if field not in layer.fields:
        raise _no_field(layer, field)
    texts = layer.texts(field)
    return tuple(texts[place] for place in outlines.places)


def source_of(layer: VectorLayer, outlines: Outlines) -> Dict[str, Any]:
    """Return what is known of a layer: file, layer, number of outlines, CRS, years, sensors."""
    years = years_of(layer)
    found: Dict[str, Any] = {"file": os.path.basename(layer.path), "layer": layer.name, "n": len(outlines)}
    found["crs"] = str(crs_of(layer.crs).name)
    if years:
        found["dates"] = str(years[0]) if years[0] == years[-1] else f"{years[0]} to {years[-1]}"
    for field in layer.fields:
        if field.lower() in SENSOR_FIELDS:
            values = sorted(set(layer.texts(field)) - {""})
            if values:
                more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
                found["sensors" if field.lower() == "sensor" else field.lower()] = ", ".join(values[:SHOWN]) + more
    return found


def layer_of(outlines: Outlines) -> VectorLayer:
    """Return outlines as a layer with the field id."""
    rows = tuple({"id": name} for name in outlines.ids)
    return VectorLayer("", "", outlines.crs, tuple(shapely.to_wkb(outlines.geometry)), rows, ("id",))


def outlines_of(layer: VectorLayer) -> Outlines:
    """Return the outlines that `layer_of` made a layer of; nothing is checked or repaired."""
    return Outlines(parsed_wkb(layer.wkb), layer.texts("id"), layer.crs)


def _no_field(layer: VectorLayer, field: str) -> OutlinesError:
    return OutlinesError(f"{layer.path} has no field {field}; it has {', '.join(layer.fields) or 'none'}.")
