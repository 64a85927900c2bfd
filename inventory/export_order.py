"""What is asked of an export, as plain values that need no library: QGIS's process makes them too."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..inference.errors import InputError
from .rgi_fields import BY_NAME

ENDINGS = {"rgi7": (".gpkg", ".shp"), "glims": ("",), "geojson": (".geojson", ".json")}
"""The formats, and how their files end; a hand-in for GLIMS is a folder."""
LINE_TYPES = {
    "debris_cov": "MultiPolygon", "supra_lake": "MultiPolygon", "pro_lake": "MultiPolygon", "snow_line": "LineString",
    "centerline": "LineString",
}  # fmt: skip
"""What GLIMS takes besides outlines and rock, and its geometry."""
TOLD = ("src_date", "src_id", "sensor", "analyst", "method")
"""What reviewers most often miss: an export can have it filled in where the layer does not tell it."""

Pair = Sequence[Optional[float]]


@dataclass(frozen=True)
class ExportOrder:
    """An export.

    Attributes:
        form: one of ENDINGS.
        id_field: of the glaciers' ids; "": im_id, rgi_id, glims_id ..., whichever is there.
        fill: values of fields of TOLD, used where the layer has none; in the export only.
        local_m: uncertainty of x and y within the image: how precisely vertices were put (metres). GLIMS only.
        global_m: uncertainty of x and y of the image's georeference (metres). GLIMS only.
    """

    form: str
    id_field: str = ""
    fill: Mapping[str, str] = field(default_factory=dict)
    local_m: Pair = (None, None)
    global_m: Pair = (None, None)

    def __post_init__(self) -> None:
        if self.form not in ENDINGS:
            raise InputError(f"{self.form} is no format; there are {', '.join(ENDINGS)}.")
        unknown = [name for name in self.fill if name not in TOLD]
        if unknown:
            raise InputError(f"{unknown[0]} cannot be filled in; {', '.join(TOLD)} can.")
        day = self.fill.get("src_date", "")
        if BY_NAME["src_date"].fault_of(day):
            raise InputError(f"{day} is no date; write it like 2020-08-15.")
        if any(value is not None and not 0 <= value < math.inf for value in (*self.local_m, *self.global_m)):
            raise InputError("An uncertainty is a number of metres, not below 0.")


def check_ending(form: str, target: str) -> None:
    """Raise InputError where a file or folder is not called as its format wants it."""
    if Path(target).suffix.lower() not in ENDINGS[form]:
        wanted = " or ".join(ENDINGS[form]) or "a new folder without a dot in its name"
        raise InputError(f"{target} does not fit the format {form}; give {wanted}.")


def told_rows(
    fields: Sequence[str], rows: Sequence[Mapping[str, Any]], fill: Mapping[str, str]
) -> Tuple[Tuple[str, ...], List[Dict[str, Any]]]:
    """Return a layer's fields and rows with what TOLD names, under these names, filled in where it was empty."""
    column = {name.lower(): name for name in fields}
    names = [name for name in TOLD if name in column or fill.get(name)]
    return tuple(dict.fromkeys((*fields, *names))), [
        {**row, **{name: value_told(row, column.get(name, "")) or fill.get(name) for name in names}} for row in rows
    ]


def value_told(row: Mapping[str, Any], column: str) -> str:
    """Return a value as text, "" where there is none."""
    value = row.get(column)
    return "" if value is None else str(value).strip()
