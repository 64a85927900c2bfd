"""A second map beside the first, moved together with it."""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.core import QgsMapLayer
from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget


class LinkedView(QgsDockWidget):
    """A dock with a map of its own; centre, scale and rotation follow the main map and lead it.

    The caller adds it (iface.addDockWidget). `closed` when the user closes it; `stop()` before it is deleted.
    """

    closed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)

    def set_layers(self, layers: Sequence[QgsMapLayer], others: Sequence[QgsMapLayer] = ()) -> None:
        """Show what the main map shows, with `layers` on top and without `others` (as the right side of the swipe).

        Layers that are switched on or off in the main map are so here. Those that leave the project are forgotten.
        """

    def stop(self) -> None:
        """Let go of the main map; call it before the dock is removed."""
