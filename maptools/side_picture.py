"""A picture of the map with other layers, rendered in the background and drawn over a part of the canvas."""

from __future__ import annotations

from typing import Optional, Sequence

from qgis.core import QgsMapLayer, QgsMapRendererParallelJob, QgsMapSettings
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QPointF, QRectF, pyqtSignal
from qgis.PyQt.QtGui import QImage, QPainter, QPolygonF, QTransform


class SidePicture(QObject):
    """Renders what the canvas shows, but of other layers. `changed` when there is a new picture."""

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._job: Optional[QgsMapRendererParallelJob] = None
        self._image: Optional[QImage] = None
        self._settings = QgsMapSettings()

    def render(self, layers: Sequence[QgsMapLayer]) -> None:
        """Begin a picture of these layers, the topmost first; one that is being made is given up."""
        self.stop()
        settings = QgsMapSettings(self._canvas.mapSettings())
        settings.setLayers(list(layers))
        job = QgsMapRendererParallelJob(settings)
        job.setParent(self)  # else Python could delete it inside its own signal
        job.finished.connect(self._take)
        self._job = job
        job.start()

    def drop(self) -> None:
        """Forget the picture: the canvas itself shows this side."""
        self.stop()
        self._image = None
        self.changed.emit()

    def stop(self) -> None:
        """Give up what is being rendered."""
        job, self._job = self._job, None
        if job is not None:
            job.finished.disconnect(self._take)
            job.cancel()
            job.deleteLater()

    def draw(self, painter: QPainter, part: QRectF) -> None:
        """Draw the part (pixels of the canvas) of the newest picture, where its place is on the map now."""
        if self._image is None:
            return
        painter.save()
        painter.setClipRect(part)
        painter.fillRect(part, self._settings.backgroundColor())
        painter.setTransform(self._to_canvas(), True)
        size = self._settings.outputSize()
        painter.drawImage(QRectF(0, 0, size.width(), size.height()), self._image)
        painter.restore()

    def _to_canvas(self) -> QTransform:
        """Return the way from the picture's pixels to the canvas': the map may have moved since."""
        size, way = self._settings.outputSize(), self._settings.mapToPixel()
        width, height = size.width(), size.height()
        corners = [QPointF(0, 0), QPointF(width, 0), QPointF(width, height), QPointF(0, height)]
        now = self._canvas.mapSettings().mapToPixel()
        moved = [now.transform(way.toMapCoordinates(int(corner.x()), int(corner.y()))) for corner in corners]
        transform = QTransform()
        QTransform.quadToQuad(QPolygonF(corners), QPolygonF([point.toQPointF() for point in moved]), transform)
        return transform

    def _take(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            self._image, self._settings = job.renderedImage(), job.mapSettings()
            job.deleteLater()
            self.changed.emit()
