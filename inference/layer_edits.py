"""Changes to the features of a layer as plain values: what is found in one process can be done in another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import FrozenSet, Mapping, Tuple

from .columns import Field, FieldValue

Values = Mapping[str, FieldValue]


@dataclass(frozen=True)
class LayerEdits:
    """What becomes of a layer's features, which are named by their place (from 0).

    Attributes:
        shapes: new geometries (WKB) by place.
        values: new values by place and field.
        removed: places of features that go.
        added: new features: the place of the one whose values they take, their geometry, and values of their own.
        fields: columns that the layer shall have; those that it has not yet are filled with their missing value.
    """

    shapes: Mapping[int, bytes] = field(default_factory=dict)
    values: Mapping[int, Values] = field(default_factory=dict)
    removed: FrozenSet[int] = frozenset()
    added: Tuple[Tuple[int, bytes, Values], ...] = ()
    fields: Tuple[Field, ...] = ()
