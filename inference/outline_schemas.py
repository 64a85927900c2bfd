"""The layers of a result as OGR writes them."""

from __future__ import annotations

from .outline_fields import OUTLINE_FIELDS, UNCERTAIN_FIELDS
from .vector_io import LayerSchema


def outlines_schema(wkt: str) -> LayerSchema:
    """Return the layer of glaciers in the CRS `wkt`."""
    return LayerSchema("outlines", OUTLINE_FIELDS, wkt=wkt)


def uncertain_schema(wkt: str) -> LayerSchema:
    """Return the layer of areas to review in the CRS `wkt`."""
    return LayerSchema("uncertain", UNCERTAIN_FIELDS, wkt=wkt)
