"""What becomes of a layer's features once faults are repaired."""

from __future__ import annotations

from typing import Any, Sequence

import shapely

from ..inference.layer_edits import LayerEdits
from .checked_layer import Looked
from .rgi_fields import OFFICIAL


def repair_edits(looked: Looked, before: Sequence[Any]) -> LayerEdits:
    """Return what the repairs did to the features; `before` are the geometries as they were."""
    index, kept, count = looked.index, looked.kept, len(before)
    ids = looked.layer.texts(looked.id_field) if looked.id_field else ("",) * len(looked.layer.wkb)
    # A new outline has none of the ids that inventories gave to the one that it was part of.
    bare = {name: None for name in (*OFFICIAL, looked.id_field) if name in looked.layer.fields}
    added = []
    for place in range(count, len(index)):
        named = {looked.id_field: index.ids[place]} if index.ids[place] else {}
        added.append((kept[index.origin[place]], bytes(shapely.to_wkb(index.raw[place])), {**bare, **named}))
    return LayerEdits(
        {kept[n]: shapely.to_wkb(index.raw[n]) for n in range(count) if index.raw[n] is not before[n]},
        {kept[n]: {looked.id_field: index.ids[n]} for n in range(count) if index.ids[n] != ids[kept[n]]},
        frozenset(kept[n] for n in index.gone), tuple(added),
    )  # fmt: skip
