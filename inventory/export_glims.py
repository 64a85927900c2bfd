"""A hand-in for GLIMS: outlines, internal rock, optional lines, and tables of images and of the analysis.

Source: GLIMS, "Information for data providers" (NSIDC) and the data transfer specification, for the fields' names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np
import shapely

from ..inference.columns import REAL, TEXT, Field
from ..inference.errors import InputError
from ..inference.vector_layer import VectorLayer
from ..inference.vector_table import VectorTable
from .export import Exported
from .export_order import LINE_TYPES, ExportOrder
from .export_positions import geodesic_km2, to_positions
from .hand_in import GLACIER, IMAGES, INTERNAL_ROCK, OUTLINES, ROCK, SESSION
from .id_fields import id_field_of
from .outlines import parsed_wkb
from .overlap import islands
from .projection import lonlat

NAMED = (Field("local_id", TEXT), Field("glac_id", TEXT), Field("line_type", TEXT))
COLUMNS = (
    *NAMED, Field("glac_name", TEXT), Field("src_date", TEXT), Field("area", REAL), Field("loc_unc_x", REAL),
    Field("loc_unc_y", REAL), Field("glob_unc_x", REAL), Field("glob_unc_y", REAL), Field("image_id", TEXT),
    Field("inst_name", TEXT), Field("analyst", TEXT), Field("proc_desc", TEXT), Field("anlys_time", TEXT),
)  # fmt: skip
IMAGE_COLUMNS = ("image_id", "inst_name", "acq_time", "outlines")
NEEDED = tuple(
    column.name for column in COLUMNS if column.name not in ("glac_id", "glac_name", "anlys_time", "line_type")
)
"""Fields without which hand-ins are returned."""


@dataclass(frozen=True, eq=False)
class GlimsTables:
    """The hand-in: layers by name, and tables as rows of texts by name, their headings first."""

    layers: Tuple[VectorTable, ...]
    tables: Mapping[str, Tuple[Tuple[str, ...], ...]]


def glims_tables(
    found: Exported, order: ExportOrder, lines: Mapping[str, VectorLayer], software: str, day: str
) -> GlimsTables:
    """Return the hand-in of exported outlines.

    Args:
        found: the outlines.
        order: the uncertainties.
        lines: layers by their line type (LINE_TYPES).
        software: name and version of what made the outlines.
        day: of the export, like 2026-11-22.

    Raises:
        InputError: an unknown line type, or the wrong kind of geometry.
        CrsError: a layer of lines has no CRS that can be read.
    """
    rows = tuple(_row(found, number, order) for number in range(len(found.ids)))
    layers = [_layer(OUTLINES, COLUMNS, found.polygons, rows), _rock(found, rows)]
    layers += [_lines(kind, layer, found, rows) for kind, layer in lines.items()]
    tables = {IMAGES: image_rows(rows), SESSION: _session(layers, rows, order, software, day)}
    return GlimsTables(tuple(layers), tables)


def _row(found: Exported, number: int, order: ExportOrder) -> Dict[str, Any]:
    """Return the values of one outline."""
    source, row = found.source[number], found.rows[number]

    def text(name: str) -> str:
        return str(source.get(name) or "").strip()

    method = "; ".join(part for part in (text("method"), text("model")) if part)
    return {
        "local_id": found.ids[number], "glac_id": row["glims_id"], "line_type": GLACIER, "glac_name": row["glac_name"],
        "src_date": row["src_date"], "area": row["area_km2"], "loc_unc_x": order.local_m[0],
        "loc_unc_y": order.local_m[1], "glob_unc_x": order.global_m[0], "glob_unc_y": order.global_m[1],
        "image_id": text("src_id"), "inst_name": text("sensor"), "analyst": text("analyst"),
        "proc_desc": method, "anlys_time": text("edited_at"),
    }  # fmt: skip


def _rock(found: Exported, rows: Sequence[Mapping[str, Any]]) -> VectorTable:
    """Return the nunataks as polygons of their own; they stay holes of the outlines too."""
    ground: List[Any] = []
    values: List[Dict[str, Any]] = []
    for polygon, row in zip(found.polygons, rows):
        for rock in islands(np.array([polygon], dtype=object)):
            ground.append(rock)
            values.append({**_names(row, ROCK), "area": geodesic_km2(rock)})
    return _layer(INTERNAL_ROCK, (*NAMED, Field("area", REAL)), ground, values)


def _names(row: Mapping[str, Any], kind: str) -> Dict[str, Any]:
    return {"local_id": row["local_id"], "glac_id": row["glac_id"], "line_type": kind}


def _layer(name: str, columns: Tuple[Field, ...], ground: Any, rows: Sequence[Mapping[str, Any]]) -> VectorTable:
    single = all(one.geom_type == "Polygon" for one in ground)
    wkb = tuple(bytes(shapely.to_wkb(one)) for one in ground)
    return VectorTable(name, "Polygon" if single else "MultiPolygon", columns, wkb, tuple(rows))


def _lines(kind: str, layer: VectorLayer, found: Exported, rows: Sequence[Mapping[str, Any]]) -> VectorTable:
    """Return a layer of optional features, each with the id of its glacier."""
    if kind not in LINE_TYPES:
        raise InputError(f"{kind} is no line type of GLIMS; it knows {', '.join(LINE_TYPES)}.")
    geometry = parsed_wkb(layer.wkb)
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    flat = shapely.force_2d(geometry[there])
    areal = shapely.get_dimensions(flat) == 2
    if areal.all() != (LINE_TYPES[kind] == "MultiPolygon") or (areal.any() and not areal.all()):
        wanted = "polygons" if LINE_TYPES[kind] == "MultiPolygon" else "lines"
        raise InputError(f"{layer.path}: {kind} are {wanted}; give another layer.")
    placed = to_positions(flat, layer.crs) if areal.all() else shapely.transform(flat, lambda xy: lonlat(xy, layer.crs))
    field = id_field_of(layer.fields)
    told = np.array(layer.texts(field) if field else ("",) * len(layer.wkb), dtype=object)[there]
    known = {row["local_id"]: row for row in rows}
    nearest = shapely.STRtree(found.polygons).nearest(placed) if len(placed) and len(rows) else []
    values = [_names(known.get(name, rows[place]), kind) for name, place in zip(told, nearest)]
    wkb = tuple(bytes(shapely.to_wkb(one)) for one in placed)
    return VectorTable(kind, LINE_TYPES[kind], NAMED, wkb, tuple(values))


def image_rows(rows: Sequence[Mapping[str, Any]]) -> Tuple[Tuple[str, ...], ...]:
    """Return a row for each image: id, instrument, time, number of outlines drawn from it."""
    count: Dict[Tuple[str, ...], int] = {}
    for row in rows:
        image = (row["image_id"], row["inst_name"], row["src_date"])
        count[image] = count.get(image, 0) + 1
    return (IMAGE_COLUMNS, *((*image, str(number)) for image, number in sorted(count.items())))


def _session(
    layers: Sequence[VectorTable], rows: Sequence[Mapping[str, Any]], order: ExportOrder, software: str, day: str
) -> Tuple[Tuple[str, ...], ...]:
    """Return what holds for the whole hand-in, as keys and values."""

    def all_of(name: str) -> str:
        return "; ".join(sorted({str(row[name]) for row in rows if row[name]}))

    facts = {
        "analysts": all_of("analyst"), "proc_desc": all_of("proc_desc"), "software": software, "export_date": day,
        "src_dates": all_of("src_date"), "instruments": all_of("inst_name"), "crs": "EPSG:4326 (WGS 84, degrees)",
        "area": "km2, on the WGS 84 ellipsoid, internal rock left out", "outlines": len(rows),
        "area_total_km2": f"{sum(row['area'] for row in rows):.4f}",
    }  # fmt: skip
    facts.update({f"n_{layer.name}": len(layer.rows) for layer in layers[1:]})
    for name, pair in (("loc_unc", order.local_m), ("glob_unc", order.global_m)):
        facts[f"{name}_m"] = " ".join("" if value is None else f"{value:g}" for value in pair).strip()
    return (("key", "value"), *((key, str(value)) for key, value in facts.items()))
