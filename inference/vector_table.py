"""A layer to be written: columns, rows and geometries as plain values, without GDAL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Tuple

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
