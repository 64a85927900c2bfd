"""Is an export as its format wants it? Fields, values, positions, areas."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

import numpy as np
import shapely

from ..inference.errors import InputError
from . import export_glims
from .export_order import ENDINGS
from .export_positions import geodesic_km2
from .hand_in import GLACIER
from .projection import POSITIONS, crs_of
from .rgi_fields import BY_NAME, RGI_FIELDS, number_of
from .topology_faults import LayerFault
from .topology_index import LayerIndex

SAME_AREA = 1e-4
"""Areas in a field and on the ellipsoid are the same where they agree to this share."""

Rows = Sequence[Mapping[str, Any]]


def format_faults(name: str, index: LayerIndex, fields: Sequence[str], rows: Rows) -> List[LayerFault]:
    """Return what of a layer is not as a format wants it; what any layer must be is told by `check_layer`.

    Raises InputError for an unknown format.
    """
    if name not in ENDINGS:
        raise InputError(f"{name} is no format; there are {', '.join(ENDINGS)}.")
    faults = _crs(index)
    if name == "glims":
        return [*faults, *_glims(index, fields, rows), *([] if faults else _areas(index, rows, "area"))]
    faults += _rgi_fields(fields)
    faults += _not_inside(index, rows) + _areas(index, rows, "area_km2") if not faults else []
    return [*faults, *(_geojson(index) if name == "geojson" else [])]


def _crs(index: LayerIndex) -> List[LayerFault]:
    if index.crs_fault or crs_of(index.crs).equals(crs_of(POSITIONS), ignore_axis_order=True):
        return []
    return [LayerFault("crs", f"the CRS is {crs_of(index.crs).name}; an export is in EPSG:4326 (WGS 84)")]


def _rgi_fields(fields: Sequence[str]) -> List[LayerFault]:
    wanted = tuple(field.name for field in RGI_FIELDS)
    missing = [name for name in wanted if name not in fields]
    if missing:
        return [LayerFault("missing_field", f"RGI 7 has the field {name} too") for name in missing]
    there = tuple(name for name in fields if name in BY_NAME)
    return [] if there == wanted else [LayerFault("missing_field", "RGI 7's fields are not in their order")]


def _areas(index: LayerIndex, rows: Rows, field: str) -> List[LayerFault]:
    """Return outlines whose area in the field is not that on the ellipsoid."""
    areas = [geodesic_km2(index.sound[place]) for place in range(len(rows))]
    wrong = [place for place, (row, area) in enumerate(zip(rows, areas))
             if abs((number_of(row.get(field)) or 0.0) - area) > SAME_AREA * area]  # fmt: skip
    return _of(index, wrong, "wrong_value", f"{field} is not the area of the polygon on the ellipsoid")


def _not_inside(index: LayerIndex, rows: Rows) -> List[LayerFault]:
    """Return outlines whose point (cenlon, cenlat) does not lie in them; longitudes may go on beyond 180 degrees."""
    wrong = []
    for place, row in enumerate(rows):
        lon, lat = (number_of(row.get(name)) for name in ("cenlon", "cenlat"))
        turns = (-360.0, 0.0, 360.0)
        if lon is None or lat is None or not any(
            shapely.intersects_xy(index.sound[place], lon + turn, lat) for turn in turns
        ):
            wrong.append(place)
    return _of(index, wrong, "wrong_value", "cenlon, cenlat is no point inside the outline")


def _geojson(index: LayerIndex) -> List[LayerFault]:
    """Return what RFC 7946 forbids: longitudes beyond 180 degrees, exterior rings that run clockwise."""
    places = [place for place in index.places if not index.sound[place].is_empty]
    bounds = [index.raw[place].bounds for place in places]
    beyond = [place for place, box in zip(places, bounds) if box[0] < -180 or box[2] > 180]
    faults = _of(index, beyond, "wrong_value", "longitudes go beyond 180 degrees; RFC 7946 cuts outlines there")
    clockwise = [place for place in places if not _right_handed(index.raw[place])]
    return faults + _of(index, clockwise, "winding", "rings run the wrong way for RFC 7946")


def _right_handed(geometry: Any) -> bool:
    rings, part = shapely.get_rings(shapely.get_parts(geometry), return_index=True)
    is_hole = np.append(False, part[1:] == part[:-1])
    return bool((shapely.is_ccw(rings) != is_hole).all())


def _glims(index: LayerIndex, fields: Sequence[str], rows: Rows) -> List[LayerFault]:
    """Return what a reviewer of GLIMS would send back: metadata that are missing."""
    faults = [LayerFault("missing_field", f"GLIMS has the field {column.name} too")
              for column in export_glims.COLUMNS if column.name not in fields]  # fmt: skip
    for name in export_glims.NEEDED:
        if name in fields:
            empty = [place for place, row in enumerate(rows) if row.get(name) in (None, "")]
            faults += _of(index, empty, "missing_value", f"{name} is empty")
    types = [place for place, row in enumerate(rows) if row.get("line_type") != GLACIER]
    return faults + _of(index, types, "wrong_value", f"line_type is not {GLACIER}")


def _of(index: LayerIndex, places: Sequence[int], kind: str, what: str) -> List[LayerFault]:
    if not places:
        return []
    count = f" ({len(places)} outlines)" if len(places) > 1 else ""
    box: Tuple[float, ...] = index.sound[places[0]].bounds
    names = tuple(index.ids[place] for place in places)
    return [LayerFault(kind, what + count, names, tuple(places), box or None)]
