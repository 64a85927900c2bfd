"""From files to layers that can be compared: which field names a glacier, what the fields tell of dates and sensors."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

from ..inference.errors import CrsError, OutlinesError
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors

if TYPE_CHECKING:
    from ..inventory.outlines import Outlines

ID_FIELDS = (
    "im_id", "rgi_id", "rgiid", "glims_id", "glimsid", "glac_id", "glacier_id", "sgi-id", "sgi_id", "inventory_", "id",
)  # fmt: skip
"""Where an id is looked for, in this order, without regard to capitals."""
DATE_FIELDS = ("src_date", "bgndate", "enddate", "date", "acq_date")
SENSOR_FIELDS = ("sensor", "model", "method", "analyst")
STATUS, REJECTED = "status", "rejected"
APART_YEARS = 1
EARLIEST, LATEST = 1850, 2200
SHOWN = 5


def read_side(path: str, layer: str, id_field: str) -> Tuple[VectorLayer, Tuple[str, ...]]:
    """Return a layer without rejected outlines, and its ids. Raises OutlinesError or CrsError."""
    from ..inventory.projection import crs_of

    found = read_vectors(path, layer)
    if STATUS in found.fields:
        kept = [place for place, status in enumerate(found.texts(STATUS)) if status.lower() != REJECTED]
        wkb, rows = tuple(found.wkb[n] for n in kept), tuple(found.rows[n] for n in kept)
        found = VectorLayer(found.path, found.name, found.crs, wkb, rows, found.fields)
    crs_of(found.crs, path)
    field = _id_field(found, id_field)
    return found, found.texts(field) if field else ("",) * len(found.wkb)


def _id_field(layer: VectorLayer, wanted: str) -> str:
    if wanted and wanted not in layer.fields:
        raise OutlinesError(f"{layer.path} has no field {wanted}; it has {', '.join(layer.fields) or 'none'}.")
    by_name = {field.lower(): field for field in layer.fields}
    return wanted or next((by_name[name] for name in ID_FIELDS if name in by_name), "")


def cleaned(layer: VectorLayer, ids: Sequence[str], plane: str) -> Outlines:
    """Return a layer as outlines in `plane`. Raises OutlinesError or CrsError, headed by the file."""
    from ..inventory.outlines import outlines_from_wkb

    try:
        return outlines_from_wkb(layer.wkb, ids, layer.crs, plane)
    except (OutlinesError, CrsError) as error:
        raise type(error)(f"{layer.path}: {error}") from error


def source_of(layer: VectorLayer, outlines: Outlines) -> Dict[str, Any]:
    """Return what is known of a layer: file, layer, number of outlines, CRS, years, sensors."""
    years = years_of(layer)
    found: Dict[str, Any] = {"file": os.path.basename(layer.path), "layer": layer.name, "n": len(outlines)}
    found["crs"] = _crs_name(layer.crs)
    if years:
        found["dates"] = str(years[0]) if years[0] == years[-1] else f"{years[0]} to {years[-1]}"
    for field in layer.fields:
        if field.lower() in SENSOR_FIELDS:
            values = sorted(set(layer.texts(field)) - {""})
            if values:
                more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
                found["sensors" if field.lower() == "sensor" else field.lower()] = ", ".join(values[:SHOWN]) + more
    return found


def _crs_name(wkt: str) -> str:
    from ..inventory.projection import crs_of

    return str(crs_of(wkt).name)


def years_of(layer: VectorLayer) -> List[int]:
    """Return the years that the layer's dates tell, sorted; 9999 and the like are unknown."""
    found = set()
    for field in layer.fields:
        if field.lower() in DATE_FIELDS:
            for text in layer.texts(field):
                year = re.match(r"\d{4}", text)
                if year and EARLIEST <= int(year.group()) <= LATEST:
                    found.add(int(year.group()))
    return sorted(found)


def date_doubts(candidate: VectorLayer, reference: VectorLayer) -> List[str]:
    """Return a warning where the layers' years are apart, or where one does not tell them."""
    ours, theirs = years_of(candidate), years_of(reference)
    if not ours or not theirs:
        names = [name for name, years in (("candidate", ours), ("reference", theirs)) if not years]
        return [f"The date of the {' and of the '.join(names)} is not known; ice may have changed between the two."]
    apart = max(theirs[0] - ours[-1], ours[0] - theirs[-1], 0)
    if apart <= APART_YEARS:
        return []
    return [f"Candidate and reference are {apart} years or more apart: part of what differs is change of the ice."]


def zones_of(text: str, plane: str) -> Any:
    """Return the zones that `KIND=FILE` names; their classes are in the field KIND or "class", else all are KIND.

    Raises OutlinesError.
    """
    from ..inventory.strata import Zones

    kind, equals, path = text.partition("=")
    if not (kind and equals and path):
        raise OutlinesError(f"--zones {text} has no name; write it like --zones debris={text}.")
    layer = read_vectors(path)
    field = next((name for name in layer.fields if name.lower() in (kind.lower(), "class")), "")
    names = tuple(name or kind for name in layer.texts(field)) if field else (kind,) * len(layer.wkb)
    ground = cleaned(layer, [""] * len(names), plane)
    classes = tuple(names[place] for place in ground.places)
    return Zones(kind, ground.geometry, classes, "clean" if kind.lower() == "debris" else "elsewhere")


def classes_of(layer: VectorLayer, field: str, outlines: Outlines) -> Tuple[str, ...]:
    """Return a field's value for each outline that was made of the layer. Raises OutlinesError."""
    if field not in layer.fields:
        raise OutlinesError(f"{layer.path} has no field {field}; it has {', '.join(layer.fields) or 'none'}.")
    texts = layer.texts(field)
    return tuple(texts[place] for place in outlines.places)
