"""Swiping: one set of layers on the left of a line (or above it), another on the right (or below)."""

from __future__ import annotations

from typing import Sequence

from qgis.core import QgsMapLayer
from qgis.gui import QgsMapCanvas, QgsMapTool


class SwipeTool(QgsMapTool):
    """Drag over the map to move the line; a drag up or down turns it."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)

    def set_layers(self, layers: Sequence[QgsMapLayer], others: Sequence[QgsMapLayer] = ()) -> None:
        """Show `layers` on the left only and `others` on the right only, whether or not the map shows them.

        All else that the map shows is on both sides. Without `others` the right is the map without `layers`.
        Layers that leave the project are forgotten.
        """
