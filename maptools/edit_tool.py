"""What the editing tools share: the layer they edit, lines and areas in its CRS, one undo step, words for people."""

from __future__ import annotations

from typing import Callable, List

from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent

from ..inference.errors import IceMarginError
from .editing_session import EditingSession
from .outline_edit import apply_edit
from .planned_edit import OutlineEdit

MakeEdit = Callable[[QgsVectorLayer, QgsGeometry], OutlineEdit]
"""From the layer and what was drawn (in the layer's CRS) to what is to happen."""
_COLOUR = QColor(255, 60, 0)
_FILL = QColor(255, 60, 0, 50)


class EditTool(QgsMapTool):
    """A tool that changes the session's layer. `told(words)`: why something was not done; `hint(words)`: what next."""

    told = pyqtSignal(str)
    hint = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.session = session
        self.title = title
        self._bands: List[QgsRubberBand] = []
        self.setCursor(Qt.CursorShape.CrossCursor)

    def flags(self) -> QgsMapTool.Flags:
        """Return: an editing tool, which QGIS lets go when the layer is no longer edited."""
        return QgsMapTool.Flags(QgsMapTool.Flag.EditTool)

    def deactivate(self) -> None:
        """Forget what was begun."""
        self.cancel()
        super().deactivate()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - QGIS's name
        """Esc drops what was begun."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
            event.accept()
        else:
            event.ignore()

    def cancel(self) -> None:
        """Drop what was begun."""
        for band in self._bands:
            self._canvas.scene().removeItem(band)
        self._bands = []

    def band(self, polygon: bool) -> QgsRubberBand:
        """Return a new rubber band that goes with what was begun."""
        kinds = QgsWkbTypes.GeometryType
        band = QgsRubberBand(self._canvas, kinds.PolygonGeometry if polygon else kinds.LineGeometry)
        band.setStrokeColor(_COLOUR)
        band.setFillColor(_FILL)
        band.setWidth(2)
        self._bands.append(band)
        return band

    def to_layer(self, drawn: QgsGeometry) -> QgsGeometry:
        """Return what was drawn on the map in the layer's CRS. Raises OutlinesError where no layer is edited."""
        geometry = QgsGeometry(drawn)
        map_crs = self._canvas.mapSettings().destinationCrs()
        geometry.transform(QgsCoordinateTransform(map_crs, self.session.layer().crs(), QgsProject.instance()))
        return geometry

    def edit(self, make: MakeEdit, drawn: QgsGeometry) -> bool:
        """Change the layer as one undo step; if that cannot be, say why and return False."""
        try:
            layer = self.session.layer()
            words = apply_edit(layer, make(layer, self.to_layer(drawn)), self.title, self.session.analyst())
        except IceMarginError as error:
            self.told.emit(str(error))
            return False
        if words:
            self.told.emit(words)
        self._canvas.refresh()
        return True

    def snapped(self, point: QgsPointXY) -> QgsPointXY:
        """Return a place on the map, pulled to an outline where one is near."""
        match = self._canvas.snappingUtils().snapToMap(point)
        return match.point() if match.isValid() else point
