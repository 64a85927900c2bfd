"""The glacier in question: on the map, outlined and flashed, and as a small picture of why it is in question."""

from __future__ import annotations

from typing import List, Optional

from qgis.core import (
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QObject, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPixmap

from .map_sight import line_over, view_of
from .review_layers import picture_layers


class GlacierSight(QObject):
    """The glacier in question, wherever it is shown. `drawn(picture)`: the small picture, a null one for none."""

    drawn = pyqtSignal(QPixmap)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.spot = MapSpot(canvas, self)
        self.picture = SpotPicture(self)
        self.picture.drawn.connect(self.drawn)

    def stop(self) -> None:
        """Give up what is drawn, and take the outline off the map."""
        self.picture.stop()
        self.spot.clear()

    def show(self, layer: Optional[QgsVectorLayer], key: Optional[int]) -> None:
        """Go to a feature on the map."""
        if layer is not None and key is not None:
            self.spot.show(layer, key)

    def draw(self, layer: Optional[QgsVectorLayer], key: Optional[int], size: QSize) -> None:
        """Draw a feature's small picture."""
        if layer is None or key is None:
            self.stop()
            self.drawn.emit(QPixmap())
        else:
            self.picture.draw(picture_layers(QgsProject.instance(), layer), layer, key, size)


class MapSpot(QObject):
    """Shows a feature on the canvas. It is outlined, not selected: QGIS fills what is selected, and hides the ice."""

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.outline: Optional[QgsRubberBand] = None

    def show(self, layer: QgsVectorLayer, key: int) -> None:
        """Outline a feature, zoom to it and flash it."""
        self.clear()
        geometry = layer.getGeometry(key)
        if geometry.isNull():
            return
        self.outline = line_over(self._canvas, self._canvas.selectionColor())
        self.outline.setToGeometry(geometry, layer)
        extent = _view_of(layer, key, self._canvas.mapSettings())
        if extent is not None:
            self._canvas.setExtent(extent)
            self._canvas.refresh()
            self._canvas.flashFeatureIds(layer, [key])

    def clear(self) -> None:
        """Take the outline away."""
        if self.outline is not None:
            self._canvas.scene().removeItem(self.outline)
            self.outline = None


class SpotPicture(QObject):
    """Draws a feature's surroundings in the background; `drawn(picture)`. A new one takes the old one's place."""

    drawn = pyqtSignal(QPixmap)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._job: Optional[QgsMapRendererParallelJob] = None

    def draw(self, layers: List[QgsMapLayer], layer: QgsVectorLayer, key: int, size: QSize) -> None:
        """Draw layers, the first one on top."""
        self.stop()
        settings = QgsMapSettings()
        settings.setLayers(layers)
        settings.setDestinationCrs(layer.crs())
        settings.setTransformContext(QgsProject.instance().transformContext())
        settings.setOutputSize(size)
        settings.setBackgroundColor(QColor(Qt.GlobalColor.transparent))
        extent = _view_of(layer, key, settings)
        if extent is None:
            return
        settings.setExtent(extent)
        self._job = QgsMapRendererParallelJob(settings)
        self._job.finished.connect(self._finished)
        self._job.start()

    def stop(self) -> None:
        """Give up what is being drawn."""
        job, self._job = self._job, None
        if job is not None:
            job.finished.disconnect(self._finished)
            job.cancel()

    def _finished(self) -> None:
        if self._job is not None:
            self.drawn.emit(QPixmap.fromImage(self._job.renderedImage()))


def _view_of(layer: QgsVectorLayer, key: int, settings: QgsMapSettings) -> Optional[QgsRectangle]:
    """Return the box around a feature, with room, in the CRS of a map; None where there is none."""
    box = layer.getGeometry(key).boundingBox()
    return None if box.isEmpty() else view_of(box, layer.crs(), settings)
