"""A layer of vectors as plain values: what readers hand on, with GDAL or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Tuple


@dataclass(frozen=True)
class VectorLayer:
    """A layer as it stands in a file or in QGIS.

    Attributes:
        path: of the file; the layer's name where it is from none.
        name: of the layer.
        crs: WKT; "" where none is told.
        wkb: n geometries, 2-D, curves as lines; None where a feature has none.
        rows: n times the values by field.
        fields: the fields' names.
        keys: the features' numbers in their file, which are QGIS's ids; () where nobody needs them.
    """

    path: str
    name: str
    crs: str
    wkb: Tuple[Optional[bytes], ...]
    rows: Tuple[Mapping[str, Any], ...]
    fields: Tuple[str, ...]
    keys: Tuple[int, ...] = ()

    def texts(self, field: str) -> Tuple[str, ...]:
        """Return a field's values as text, "" for none."""
        return tuple("" if row.get(field) is None else str(row[field]).strip() for row in self.rows)
