"""Faults of ids and values: what is missing, given twice, or not what RGI's fields may hold."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from .id_fields import ID_FIELDS, id_field_of
from .layer_dates import DATE_FIELDS
from .rgi_fields import BY_NAME, contradictions, number_of
from .topology_faults import LayerFault
from .topology_index import LayerIndex

NEEDED = ("src_date", "analyst", "method")
"""Fields whose gaps are told where a layer has them: reviewers return outlines without metadata."""
STALE = 0.02
"""An area in the fields that differs by more than this share is not that of the outline."""
NEW_ID = "gets an id of its own, made of its position"

Rows = Sequence[Mapping[str, Any]]


def id_faults(index: LayerIndex, places: Sequence[int], field: str) -> List[LayerFault]:
    """Return outlines without an id, and ids given twice.

    `field` holds the ids; official ones are never made. Where no field does, nothing is told here.
    """
    if not field:
        return []
    found = []
    for name in sorted({index.ids[place] for place in places}):
        same = tuple(index.places_of(name))
        if not name:
            repair = NEW_ID if field == "im_id" else ""
            found += [LayerFault("missing_id", "has no id", ("",), (n,), _box(index, n), repair=repair) for n in same]
        elif len(same) > 1:
            what = f"{len(same)} outlines have the id {name}"
            found.append(LayerFault("duplicate_id", what, (name,) * len(same), same, _box(index, same[0])))
    return found


def field_faults(index: LayerIndex, fields: Sequence[str], rows: Rows) -> List[LayerFault]:
    """Return what is wrong with a layer's fields and values; one fault for each field and reason.

    `rows` has one mapping of values by field for each outline of the index.
    """
    found = _missing_fields(fields)
    for name in NEEDED:
        if name in fields:
            places = tuple(n for n, row in enumerate(rows) if row.get(name) in (None, ""))
            if places:
                found.append(_of_outlines(index, "missing_value", f"{name} is empty", places))
    wrong: Dict[Tuple[str, str], List[int]] = {}
    for place, row in enumerate(rows):
        for name in fields:
            if name in BY_NAME:
                fault = BY_NAME[name].fault_of(row.get(name))
                if fault:
                    wrong.setdefault((name, fault), []).append(place)
        for name, what in contradictions(row):
            wrong.setdefault((name, what), []).append(place)
    found += [_of_outlines(index, "wrong_value", f"{name}: {what}", tuple(at)) for (name, what), at in wrong.items()]
    return [*found, *_stale_areas(index, rows)]


def _missing_fields(fields: Sequence[str]) -> List[LayerFault]:
    lower = {field.lower() for field in fields}
    found = []
    if not id_field_of(fields):
        found.append(LayerFault("missing_field", f"no field holds ids ({', '.join(ID_FIELDS[:4])} ...)"))
    if not lower.intersection(DATE_FIELDS):
        found.append(LayerFault("missing_field", "no field tells the date of the image (src_date)"))
    return found


def _stale_areas(index: LayerIndex, rows: Rows) -> List[LayerFault]:
    told = np.array([number_of(row.get("area_km2")) or np.nan for row in rows], dtype=float)
    areas = index.area_m2(index.sound[: len(rows)], np.arange(len(rows))) / 1e6
    with np.errstate(invalid="ignore"):
        places = tuple(np.flatnonzero((np.abs(told - areas) > STALE * areas) & (areas > 0)).tolist())
    if not places or index.crs_fault:
        return []
    return [_of_outlines(index, "wrong_value", "area_km2 is not the area of the outline", places)]


def _of_outlines(index: LayerIndex, kind: str, what: str, places: Tuple[int, ...]) -> LayerFault:
    count = f" ({len(places)} outlines)" if len(places) > 1 else ""
    return LayerFault(kind, what + count, tuple(index.ids[n] for n in places), places, _box(index, places[0]))


def _box(index: LayerIndex, place: int) -> Any:
    return None if index.sound[place].is_empty else index.sound[place].bounds
