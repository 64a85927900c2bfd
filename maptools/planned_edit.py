"""What is to happen to a layer of outlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import FrozenSet, Mapping, Optional, Tuple

from qgis.core import QgsGeometry

Piece = Tuple[Optional[int], QgsGeometry]
"""Of which feature it is a part (its attributes are copied; None: of none, it is new ice), and where it is."""


@dataclass(frozen=True)
class OutlineEdit:
    """What is to happen to outlines.

    Attributes:
        geometries: new geometry by feature id; an empty one removes the outline.
        pieces: outlines to be added.
        removed: features that go.
        piece_values: attributes of the pieces by field's name, where they differ.
        notes: what to tell once it is done.
    """

    geometries: Mapping[int, QgsGeometry]
    pieces: Tuple[Piece, ...] = ()
    removed: FrozenSet[int] = frozenset()
    piece_values: Mapping[str, str] = field(default_factory=dict)
    notes: Tuple[str, ...] = ()
