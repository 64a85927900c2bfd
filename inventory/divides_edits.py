"""What becomes of a layer's features once its ice is divided."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import shapely

from ..inference.columns import INTEGER, REAL, TEXT, Field, FieldValue
from ..inference.layer_edits import LayerEdits
from ..inference.outline_fields import FIRST_STATUS
from ..inference.vector_layer import VectorLayer
from .attributes_edits import ID, new_id
from .attributes_state import STALE, STATE
from .divide_parts import WHOLE, Divided
from .outlines import Outlines, parsed_wkb
from .projection import lonlat
from .rgi_fields import OFFICIAL
from .winding import oriented

FIELDS = (
    Field(ID, TEXT, ""), Field("area_km2", REAL), Field("cenlon", REAL), Field("cenlat", REAL),
    Field("divides", TEXT, ""), Field("parent_id", TEXT, ""), Field("ice_cap", INTEGER), Field("status", TEXT, ""),
)  # fmt: skip


def divide_edits(layer: VectorLayer, outlines: Outlines, found: Divided) -> LayerEdits:
    """Return what becomes of the layer's features.

    A glacier that is as it was handed in stays the feature that it is, with all its fields. Others are new features
    with the values of the outline that they were cut from, to be reviewed; what was measured on that outline is stale.
    """
    rows = _values(layer, outlines, found)
    same = shapely.equals_exact(shapely.normalize(found.geometry), shapely.normalize(outlines.geometry[found.source]))
    values: Dict[int, Dict[str, FieldValue]] = {}
    shapes: Dict[int, bytes] = {}
    added = []
    own = layer.texts(ID)
    official: Dict[str, FieldValue] = {name: None for name in OFFICIAL if name in layer.fields}
    changed: Dict[str, FieldValue] = {"status": FIRST_STATUS, **({STATE: STALE} if STATE in layer.fields else {})}
    for row, unchanged, source, shape in zip(rows, same, found.source, found.geometry):
        place = outlines.places[source]
        if unchanged:
            values[place] = row
            if _was_repaired(layer.wkb[place], outlines.geometry[source]):
                shapes[place] = shapely.to_wkb(outlines.geometry[source])
        else:
            bare = {} if row[ID] == own[place] else official  # given by inventories to the whole
            wkb = shapely.to_wkb(_turned_like(outlines.geometry[source], shape))
            added.append((place, wkb, {**row, **changed, **bare}))
    gone = frozenset(outlines.places) - set(values)
    return LayerEdits(shapes, values, gone, tuple(added), FIELDS)


def _was_repaired(wkb: Optional[bytes], outline: Any) -> bool:
    """Return whether an outline is not what its layer has, which was faulty."""
    raw = parsed_wkb([wkb])[0]
    return not (shapely.is_valid(raw) and shapely.equals(raw, outline))


def _turned_like(source: Any, shape: Any) -> Any:
    """Return a piece whose rings run the way of the outline that it was cut from."""
    return oriented(shape, not shapely.is_ccw(shapely.get_exterior_ring(shapely.get_parts(source)[0])))


def _values(layer: VectorLayer, outlines: Outlines, found: Divided) -> List[Dict[str, FieldValue]]:
    """Return the fields of each glacier. Ice that no divide touches keeps its id."""
    own = layer.texts(ID)
    inner = lonlat(shapely.get_coordinates(shapely.point_on_surface(found.geometry)), outlines.crs).tolist()
    ids = [
        name or (own[outlines.places[source]] if divides == WHOLE else "")
        for name, divides, source in zip(found.ids, found.divides, found.source)
    ]
    taken = set(ids)
    rows: List[Dict[str, FieldValue]] = []
    for number, (lon, lat) in enumerate(inner):
        rows.append({
            ID: ids[number] or new_id(lon, lat, taken), "area_km2": float(found.area_km2[number]), "cenlon": lon,
            "cenlat": lat, "divides": found.divides[number], "parent_id": found.parents[number],
            "ice_cap": int(found.ice_cap[number]),
        })  # fmt: skip
    return rows
