"""Outlines as RGI 7-style and GeoJSON layers: positions in EPSG:4326, RGI's fields in their order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np
import shapely

from ..inference.columns import REAL, TEXT, Field
from ..inference.positions import utm_zone
from ..inference.vector_table import VectorTable
from .export_positions import centre_of, cut_at_antimeridian, geodesic_km2, to_positions
from .outlines import POLYGON
from .rgi_fields import BY_NAME, RGI_FIELDS
from .topology_index import LayerIndex

OWN_ID = Field("im_id", TEXT)
OWN_FIELDS = (
    Field("src_id", TEXT), Field("sensor", TEXT), Field("analyst", TEXT), Field("method", TEXT),
    Field("model", TEXT), Field("conf_mean", REAL), Field("unc_area_km2", REAL), Field("area_lo_km2", REAL),
    Field("area_hi_km2", REAL), Field("status", TEXT), Field("note", TEXT),
)  # fmt: skip
"""What IceMargin knows beyond RGI's fields; in GeoJSON only."""
ALIASES = {"glims_id": ("glimsid",), "glac_name": ("name",)}
"""Names that earlier versions of RGI use for the same (in lower case)."""
COMPUTED = ("area_km2", "cenlon", "cenlat", "utm_zone")
"""Made from the polygon that is exported, whatever the layer says."""

Row = Dict[str, Any]


@dataclass(frozen=True, eq=False)
class Exported:
    """Outlines ready to be written.

    Attributes:
        polygons: n Polygons (MultiPolygons where an outline has parts) in EPSG:4326; see `to_positions`.
        ids: n ids of the layer.
        source: n rows of the layer.
        rows: n rows of RGI's fields and im_id.
        notes: what was left out, in words.
    """

    polygons: Any
    ids: Tuple[str, ...]
    source: Tuple[Mapping[str, Any], ...]
    rows: Tuple[Row, ...]
    notes: Tuple[str, ...]


def exported(index: LayerIndex, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Exported:
    """Return the outlines of a layer for export.

    Args:
        index: the outlines; invalid ones are made valid, and those without an inside left out.
        fields: the layer's fields.
        rows: n mappings of values by field.

    Raises:
        CrsError: the layer has no CRS that can be read, or not the one of its coordinates.
    """
    places = [place for place in index.places if not index.sound[place].is_empty]
    polygons = to_positions(np.array([*(index.sound[place] for place in places), None], dtype=object)[:-1], index.crs)
    source = tuple(rows[place] for place in places)
    ids = tuple(index.ids[place] for place in places)
    notes = _left_out(index, places)
    found, dropped = _rgi_rows(fields, source)
    for row, polygon, name in zip(found, polygons, ids):
        row.update(_computed(polygon))
        row["im_id"] = "" if name == row["rgi_id"] else name
    parts = sum(shapely.get_type_id(polygon) != POLYGON for polygon in polygons)
    if parts:
        notes.append(f"{parts} outlines have several parts; a glacier is one polygon: icemargin check --split.")
    beyond = sum(abs(np.array(polygon.bounds)[[0, 2]]).max() > 180 for polygon in polygons)
    if beyond:
        notes.append(f"{beyond} outlines cross the antimeridian; in one piece, their longitudes go on beyond 180 "
                     "degrees (GeoJSON has them cut there).")  # fmt: skip
    return Exported(polygons, ids, source, tuple(found), (*notes, *dropped))


def rgi_table(found: Exported) -> VectorTable:
    """Return the RGI 7-style layer: RGI's fields in order, then our own id."""
    return _table(found, found.polygons, found.rows, (OWN_ID,))


def geojson_table(found: Exported) -> VectorTable:
    """Return the layer for GeoJSON: cut at the antimeridian, with what IceMargin knows beyond RGI's fields."""
    polygons = [cut_at_antimeridian(polygon) for polygon in found.polygons]
    own = tuple(column for column in OWN_FIELDS if any(column.name in row for row in found.source))
    rows = [{**row, **{column.name: source.get(column.name) for column in own}}
            for row, source in zip(found.rows, found.source)]  # fmt: skip
    return _table(found, polygons, rows, (OWN_ID, *own))


def _table(found: Exported, polygons: Any, rows: Sequence[Row], more: Tuple[Field, ...]) -> VectorTable:
    columns = tuple(Field(field.name, field.kind) for field in RGI_FIELDS)
    single = all(shapely.get_type_id(polygon) == POLYGON for polygon in polygons)
    wkb = tuple(bytes(shapely.to_wkb(polygon)) for polygon in polygons)
    return VectorTable("outlines", "Polygon" if single else "MultiPolygon", (*columns, *more), wkb, tuple(rows))


def _computed(polygon: Any) -> Row:
    lon, lat = centre_of(polygon)
    return {"area_km2": geodesic_km2(polygon), "cenlon": lon, "cenlat": lat, "utm_zone": utm_zone(lon)}


def _rgi_rows(fields: Sequence[str], source: Sequence[Mapping[str, Any]]) -> Tuple[List[Row], List[str]]:
    """Return RGI's fields of each outline, and what was dropped because RGI's fields may not hold it."""
    by_name = {field.lower(): field for field in fields}
    origin = {
        field.name: next((by_name[name] for name in (field.name, *ALIASES.get(field.name, ())) if name in by_name), "")
        for field in RGI_FIELDS
    }
    dropped: Counter[str] = Counter()
    found = []
    for row in source:
        values: Row = {}
        for field in RGI_FIELDS:
            value = row.get(origin[field.name]) if origin[field.name] else None
            fault = "" if field.name in COMPUTED else field.fault_of(value)
            if fault:
                dropped[f"{field.name}: {fault}"] += 1
            values[field.name] = field.missing if fault or field.is_missing(value) else field.as_kept(value)
        found.append(values)
    return found, [f"Left out of {count} outlines: {what}." for what, count in dropped.items()]


def missing_notes(rows: Sequence[Row]) -> List[str]:
    """Return which of RGI's fields have its missing value."""
    count = {name: sum(field.is_missing(row[name]) for row in rows) for name, field in BY_NAME.items()}
    unset = {name: sum(row[name] == field.missing for row in rows) for name, field in BY_NAME.items()}
    everywhere = [name for name in BY_NAME if rows and max(count[name], unset[name]) == len(rows)]
    some = [f"{name} ({count[name]})" for name in BY_NAME if count[name] and name not in everywhere]
    notes = [f"No outline has {', '.join(everywhere)}: RGI's missing values stand there."] if everywhere else []
    return [*notes, f"Missing in some outlines: {', '.join(some)}."] if some else notes


def _left_out(index: LayerIndex, places: Sequence[int]) -> List[str]:
    count = len(index.places) - len(places)
    repaired = sum(not shapely.is_valid(index.raw[place]) for place in places)
    notes = [f"{count} outlines have no polygon and were left out."] if count else []
    return [*notes, f"{repaired} outlines were invalid and made valid for the export."] if repaired else notes
