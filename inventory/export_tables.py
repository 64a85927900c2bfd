"""From a layer of outlines to what is written: one way for the command line and for QGIS."""

from __future__ import annotations

from typing import Mapping

from ..inference.errors import OutlinesError
from ..inference.vector_layer import VectorLayer
from ..inference.vector_table import ExportTables, VectorTable
from .checked_layer import indexed
from .export import Exported, exported, geojson_table, missing_notes, rgi_table
from .export_glims import glims_tables
from .export_order import ExportOrder, told_rows
from .export_tally import tally


def export_tables(
    layer: VectorLayer, order: ExportOrder, lines: Mapping[str, VectorLayer], software: str, day: str
) -> ExportTables:
    """Return what is to be written of a layer.

    Args:
        layer: the outlines; rejected ones are left out.
        order: what is wanted.
        lines: layers by their line type (LINE_TYPES); for GLIMS.
        software: name and version of what made the outlines.
        day: of the export, like 2026-11-22.

    Raises:
        OutlinesError: the layer has no outline that could be handed in, or has not the field of ids.
        CrsError: a layer has no CRS that can be read, or not the one of its coordinates.
        InputError: a layer of lines does not fit its type.
    """
    source = indexed(layer, order.id_field)
    rejected = len(layer.wkb) - len(source.kept)
    found = exported(source.index, *told_rows(layer.fields, source.rows, order.fill))
    if not found.ids:
        raise OutlinesError(f"{layer.name} has no outline to hand in ({len(layer.wkb)} features, {rejected} rejected).")
    stale = tally(layer.fields, zip(layer.rows, layer.wkb)).stale
    told = (
        (rejected, "Rejected outlines left out: {}."),
        (stale, "Outlines changed since their attributes were measured: {}; measure them again, and export again."),
    )
    notes = (*(text.format(count) for count, text in told if count), *found.notes)
    area = sum(row["area_km2"] for row in found.rows)
    if order.form == "glims":
        made = glims_tables(found, order, lines, software, day)
        return ExportTables(made.layers, made.tables, notes, area)
    return ExportTables((_table(found, order.form),), {}, (*notes, *missing_notes(found.rows)), area)


def _table(found: Exported, form: str) -> VectorTable:
    return geojson_table(found) if form == "geojson" else rgi_table(found)
