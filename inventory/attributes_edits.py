"""What becomes of a layer's features once their attributes are known."""

from __future__ import annotations

from typing import Any, Dict, Set

from ..inference.columns import REAL, TEXT, Field
from ..inference.layer_edits import LayerEdits
from ..inference.outline_fields import OUTLINE_FIELDS
from ..inference.positions import position_id
from ..inference.vector_layer import VectorLayer
from .attributes import REGION_SOURCE
from .attributes_layer import LayerAttributes
from .attributes_state import KEY, NOT_MEASURED, STATE
from .attributes_uncertainty import METHOD, SIGMA

ID = "im_id"


def attribute_edits(layer: VectorLayer, found: LayerAttributes) -> LayerEdits:
    """Return what becomes of a layer's features: new values, and an id of our own for each outline without one."""
    texts = tuple(Field(name, TEXT, "") for name in (METHOD, REGION_SOURCE, KEY))
    fields = (*OUTLINE_FIELDS, Field(SIGMA, REAL), *texts, Field(STATE, TEXT, NOT_MEASURED))
    values: Dict[int, Dict[str, Any]] = {place: dict(row) for place, row in enumerate(found.rows)}
    known = layer.texts(ID)
    taken: Set[str] = set(known)
    for place, row in values.items():
        if not known[place] and "cenlon" in row:
            row[ID] = new_id(row["cenlon"], row["cenlat"], taken)
    return LayerEdits(values=values, fields=fields)


def new_id(lon: float, lat: float, taken: Set[str]) -> str:
    """Return an id by position that is not taken, and take it."""
    base = found = position_id(lon, lat)
    count = 1
    while found in taken:
        count += 1
        found = f"{base}-{count}"
    taken.add(found)
    return found
