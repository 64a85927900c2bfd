"""A second map beside the first, moved together with it.

QGIS has such docks, too, but plugins can neither link them nor give them layers without a theme.
"""

from __future__ import annotations

from typing import List, Optional, Sequence

from qgis.core import QgsMapLayer, QgsProject, QgsRectangle
from qgis.gui import QgsDockWidget, QgsMapCanvas, QgsMapToolPan
from qgis.PyQt.QtCore import QSize, pyqtSignal
from qgis.PyQt.QtGui import QCloseEvent
from qgis.PyQt.QtWidgets import QWidget

from ..maptools.sides import Sides
from .texts import tr

OBJECT_NAME = "IceMarginLinkedView"
_SMALLEST = QSize(200, 150)


class LinkedView(QgsDockWidget):
    """A dock with a map of its own; centre, scale and rotation follow the main map and lead it.

    The caller adds it (iface.addDockWidget). `closed` when the user closes it; `stop()` before it is deleted.
    """

    closed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("IceMargin: side by side"), parent)
        self.setObjectName(OBJECT_NAME)
        self._main = canvas
        self._sides = Sides()
        self._moving = False
        self._linked = True
        self.canvas = QgsMapCanvas(self)
        self.canvas.setMinimumSize(_SMALLEST)
        self.canvas.enableAntiAliasing(True)
        self._size = self.canvas.mapSettings().outputSize()
        self._pan = QgsMapToolPan(self.canvas)
        self.canvas.setMapTool(self._pan)
        self.setWidget(self.canvas)
        self._connect()
        self._take_map()

    def set_layers(self, layers: Sequence[QgsMapLayer], others: Sequence[QgsMapLayer] = ()) -> None:
        """Show what the main map shows, with `layers` on top and without `others` (as the right side of the swipe).

        Layers that are switched on or off in the main map are so here. Those that leave the project are forgotten.
        """
        self._sides = Sides.of(others, layers)
        names = ", ".join(layer.name() for layer in layers)
        self.setWindowTitle(tr("IceMargin: {}").format(names) if names else tr("IceMargin: side by side"))
        self._take_layers()

    def stop(self) -> None:
        """Let go of the main map; call it before the dock is removed."""
        if not self._linked:
            return
        self._linked = False
        self._main.extentsChanged.disconnect(self._follow)
        self._main.layersChanged.disconnect(self._take_layers)
        self._main.destinationCrsChanged.disconnect(self._take_map)
        self._main.canvasColorChanged.disconnect(self._take_map)
        self.canvas.extentsChanged.disconnect(self._lead)
        QgsProject.instance().layersWillBeRemoved.disconnect(self._forget)
        self.canvas.stopRendering()
        self.canvas.setLayers([])

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Tell that the user has closed the view."""
        self.stop()
        super().closeEvent(event)
        self.closed.emit()

    def _connect(self) -> None:
        self._main.extentsChanged.connect(self._follow)
        self._main.layersChanged.connect(self._take_layers)
        self._main.destinationCrsChanged.connect(self._take_map)
        self._main.canvasColorChanged.connect(self._take_map)
        self.canvas.extentsChanged.connect(self._lead)
        QgsProject.instance().layersWillBeRemoved.connect(self._forget)

    def _take_map(self) -> None:
        """Take over what the main map is like, then its place and layers."""
        self._moving = True
        self.canvas.setDestinationCrs(self._main.mapSettings().destinationCrs())
        self._moving = False
        self.canvas.setCanvasColor(self._main.canvasColor())
        self._take_layers()
        self._follow()

    def _take_layers(self) -> None:
        self.canvas.setLayers(self._sides.on_right(self._main.layers()))

    def _follow(self) -> None:
        self._move(self._main, self.canvas)

    def _lead(self) -> None:
        """Move the main map, unless this one has only got another size, which changes its scale."""
        size = self.canvas.mapSettings().outputSize()
        if size != self._size:
            self._size = size
            self._follow()
        else:
            self._move(self.canvas, self._main)

    def _move(self, leader: QgsMapCanvas, follower: QgsMapCanvas) -> None:
        """Give one map the other's centre, scale and rotation; extents differ with the windows' sizes."""
        if self._moving or leader.extent().isEmpty():
            return
        self._moving = True
        pixel, size = leader.mapUnitsPerPixel(), follower.mapSettings().outputSize()
        follower.setRotation(leader.rotation())
        follower.setExtent(
            QgsRectangle.fromCenterAndSize(leader.center(), pixel * size.width(), pixel * size.height())
        )
        follower.refresh()
        self._moving = False

    def _forget(self, ids: List[str]) -> None:
        """Take layers out before they are gone."""
        self._sides = self._sides.less(ids)
        self.canvas.setLayers([layer for layer in self.canvas.layers() if layer.id() not in ids])
