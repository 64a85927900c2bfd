"""What each side of a comparison of layers shows. Layers are held by id: they may leave the project at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsProject


@dataclass(frozen=True)
class Sides:
    """Ids of the layers that only the left, and only the right side shows."""

    left: Tuple[str, ...] = ()
    right: Tuple[str, ...] = ()

    @classmethod
    def of(cls, left: Sequence[QgsMapLayer], right: Sequence[QgsMapLayer]) -> Sides:
        """Return the sides of some layers."""
        return cls(tuple(layer.id() for layer in left), tuple(layer.id() for layer in right))

    def on_left(self, shown: Sequence[QgsMapLayer]) -> List[QgsMapLayer]:
        """Return the layers of the left side, the topmost first, where the map shows `shown`."""
        return _instead(shown, self.right, self.left)

    def on_right(self, shown: Sequence[QgsMapLayer]) -> List[QgsMapLayer]:
        """Return the layers of the right side, the topmost first, where the map shows `shown`."""
        return _instead(shown, self.left, self.right)

    def less(self, ids: Sequence[str]) -> Sides:
        """Return the sides without layers that leave the project."""
        left, right = (tuple(one for one in side if one not in ids) for side in (self.left, self.right))
        return Sides(left, right)

    def names(self) -> Tuple[str, str]:
        """Return what the layers of each side are called."""
        left, right = (", ".join(layer.name() for layer in _layers(side)) for side in (self.left, self.right))
        return left, right


def _layers(ids: Sequence[str]) -> List[QgsMapLayer]:
    """Return the layers that are in the project."""
    found = [QgsProject.instance().mapLayer(layer_id) for layer_id in ids]
    return [layer for layer in found if layer is not None]


def _instead(shown: Sequence[QgsMapLayer], without: Sequence[str], own: Sequence[str]) -> List[QgsMapLayer]:
    """Return the layers shown, less some, with those of `own` on top that are not among them."""
    kept = [layer for layer in shown if layer.id() in own or layer.id() not in without]
    there = {layer.id() for layer in kept}
    return _layers([layer_id for layer_id in own if layer_id not in there]) + kept
