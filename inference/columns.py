"""Columns of a layer and what may stand in them, without GDAL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

FieldValue = Union[str, int, float, None]
TEXT, INTEGER, REAL = "text", "integer", "real"


@dataclass(frozen=True)
class Field:
    """A column: its name, TEXT, INTEGER or REAL, and the value that stands for unknown."""

    name: str
    kind: str
    missing: FieldValue = None
