"""An export as a file between the two processes: geometries as WKB, the rest as JSON, nothing pickled."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any, Dict, List

from ..inference.columns import Field
from ..inference.vector_table import ExportTables, VectorTable
from .blob_file import read_whole, write_blobs


def write_export_file(path: Path, export: ExportTables) -> None:
    """Write an export. Raises OSError."""
    facts = {
        "layers": [_layer_facts(layer) for layer in export.layers], "tables": dict(export.tables),
        "notes": export.notes, "area_km2": export.area_km2,
    }  # fmt: skip
    write_blobs(path, facts, [wkb for layer in export.layers for wkb in layer.wkb])


def read_export_file(path: Path) -> ExportTables:
    """Return what `write_export_file` wrote."""
    facts, blobs = read_whole(path)
    layers: List[VectorTable] = []
    for one, end in zip(facts["layers"], accumulate(len(one["rows"]) for one in facts["layers"])):
        columns = tuple(Field(*column) for column in one["columns"])
        rows = tuple(one["rows"])
        layers.append(VectorTable(one["name"], one["geometry"], columns, tuple(blobs[end - len(rows) : end]), rows))
    return ExportTables(tuple(layers), facts["tables"], tuple(facts["notes"]), facts["area_km2"])


def _layer_facts(layer: VectorTable) -> Dict[str, Any]:
    columns = [[one.name, one.kind, one.missing] for one in layer.columns]
    return {
        "name": layer.name, "geometry": layer.geometry, "columns": columns, "rows": [dict(row) for row in layer.rows]
    }  # fmt: skip
