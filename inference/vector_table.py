"""Layers to be written: columns, rows and geometries as plain values, without GDAL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence, Tuple

from .columns import Field


@dataclass(frozen=True, eq=False)
class VectorTable:
    """A layer in EPSG:4326.

    Attributes:
        name: of the layer.
        geometry: "Polygon", "MultiPolygon" or "LineString".
        columns: in order.
        wkb: n geometries, longitude before latitude.
        rows: n mappings of values by column; None and NaN are written as null.
    """

    name: str
    geometry: str
    columns: Tuple[Field, ...]
    wkb: Tuple[bytes, ...]
    rows: Tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, eq=False)
class ExportTables:
    """All of an export.

    Attributes:
        layers: the outlines first.
        tables: rows of texts by name, their headings first.
        notes: what was left out or is missing, in words.
        area_km2: of all outlines.
    """

    layers: Tuple[VectorTable, ...]
    tables: Mapping[str, Sequence[Sequence[str]]]
    notes: Tuple[str, ...]
    area_km2: float

    @property
    def count(self) -> int:
        """The number of outlines."""
        return len(self.layers[0].rows)
