"""Faults of ids and values: what is missing, given twice, or not what RGI's fields may hold."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from .export_positions import geodesic_km2
from .id_fields import ID_FIELDS, id_field_of
from .layer_dates import DATE_FIELDS
from .rgi_fields import BY_NAME, contradictions, number_of
from .topology_faults import LayerFault
from .topology_index import LayerIndex

NEEDED = ("src_date", "analyst", "method")
"""Fields whose gaps are told where a layer has them: reviewers return outlines without metadata."""
STALE = 0.02
"""An area in the fields that differs by more than this share is not that of the outline."""
POLAR = 85.0
"""Beyond this latitude an outline may go round the pole."""
NEW_ID = "gets an id of its own, made of its position"

Rows = Sequence[Mapping[str, Any]]
Reason = Tuple[str, str]
"""A kind of fault, and what is wrong."""


def id_faults(index: LayerIndex, places: Sequence[int], field: str) -> List[LayerFault]:
    """Return those of the outlines that have no id, and ids of theirs that are given twice.

    `field` holds the ids; official ones are never made. Where no field does, nothing is told here.
    """
    if not field:
        return []
    repair = NEW_ID if field == "im_id" else ""
    found = [
        LayerFault("missing_id", "has no id", ("",), (n,), _box(index, n), repair=repair)
        for n in sorted(set(places)) if not index.ids[n]
    ]  # fmt: skip
    for name in sorted({index.ids[place] for place in places} - {""}):
        same = tuple(sorted(index.places_of(name)))
        if len(same) > 1:
            what = f"{len(same)} outlines have the id {name}"
            found.append(LayerFault("duplicate_id", what, (name,) * len(same), same, _box(index, same[0])))
    return found


def field_faults(index: LayerIndex, fields: Sequence[str], rows: Rows) -> List[LayerFault]:
    """Return what is wrong with a layer's fields and values; one fault for each field and reason.

    `rows` has one mapping of values by field for each outline of the index.
    """
    known = [0.0] * len(rows) if index.crs_fault else _areas_km2(index, len(rows))
    reasons = (row_reasons(fields, row, km2) for row, km2 in zip(rows, known))
    return [*missing_fields(fields), *value_faults(index, enumerate(reasons))]


def _areas_km2(index: LayerIndex, count: int) -> List[float]:
    """Return the areas of the first outlines; on the ellipsoid where a pole makes nonsense of the scale of degrees."""
    areas: List[float] = (index.area_m2(index.sound[:count], np.arange(count)) / 1e6).tolist()
    if index.is_geographic:
        for place, sound in enumerate(index.sound[:count]):
            if not sound.is_empty and max(-sound.bounds[1], sound.bounds[3]) > POLAR:
                areas[place] = geodesic_km2(sound)
    return areas


def row_reasons(fields: Sequence[str], row: Mapping[str, Any], area_km2: float) -> Tuple[Reason, ...]:
    """Return what is wrong with the values of one outline of this area (0: not known)."""
    found = [("missing_value", f"{name} is empty") for name in NEEDED if name in fields and row.get(name) in (None, "")]
    for name in fields:
        fault = BY_NAME[name].fault_of(row.get(name)) if name in BY_NAME else ""
        if fault:
            found.append(("wrong_value", f"{name}: {fault}"))
    found += [("wrong_value", f"{name}: {what}") for name, what in contradictions(row)]
    told = number_of(row.get("area_km2"))
    if told and area_km2 and abs(told - area_km2) > STALE * area_km2:
        found.append(("wrong_value", "area_km2 is not the area of the outline"))
    return tuple(found)


def value_faults(index: LayerIndex, reasons: Iterable[Tuple[int, Sequence[Reason]]]) -> List[LayerFault]:
    """Return one fault for each reason that outlines, named by their places, have."""
    places: Dict[Reason, List[int]] = {}
    for place, own in reasons:
        for reason in own:
            places.setdefault(reason, []).append(place)
    return [_of_outlines(index, kind, what, tuple(at)) for (kind, what), at in places.items()]


def missing_fields(fields: Sequence[str]) -> List[LayerFault]:
    """Return which fields a layer needs and has not."""
    lower = {field.lower() for field in fields}
    found = []
    if not id_field_of(fields):
        found.append(LayerFault("missing_field", f"no field holds ids ({', '.join(ID_FIELDS[:4])} ...)"))
    if not lower.intersection(DATE_FIELDS):
        found.append(LayerFault("missing_field", "no field tells the date of the image (src_date)"))
    return found


def _of_outlines(index: LayerIndex, kind: str, what: str, places: Tuple[int, ...]) -> LayerFault:
    count = f" ({len(places)} outlines)" if len(places) > 1 else ""
    return LayerFault(kind, what + count, tuple(index.ids[n] for n in places), places, _box(index, places[0]))


def _box(index: LayerIndex, place: int) -> Any:
    return None if index.sound[place].is_empty else index.sound[place].bounds
