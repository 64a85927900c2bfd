"""The extent that is meant: follows the canvas, the selection and the drawing tool."""

from __future__ import annotations

from typing import Optional, Tuple

from qgis.core import QgsDistanceArea, QgsGeometry, QgsProject, QgsRectangle, QgsUnitTypes, QgsVectorLayer
from qgis.gui import QgsMapCanvas, QgsMapToolExtent, QgsRubberBand
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..inference.errors import ExtentError
from ..inference.request import Extent
from .extent_box import DRAW, LAYER, SELECTION, VIEW, ExtentBox
from .extent_geometry import layer_extent, rectangle_extent, selected_area, view_extent
from .texts import tr


class ExtentController(QObject):
    """Turns the choice in the box into an extent. `changed` when the extent itself moved."""

    changed = pyqtSignal()

    def __init__(self, box: ExtentBox, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._box = box
        self._canvas = canvas
        self._drawn: Optional[Extent] = None
        self._tool = QgsMapToolExtent(canvas)
        self._band: Optional[QgsRubberBand] = None
        self._watched = ""
        self._tool.extentChanged.connect(self._rectangle_drawn)
        self._tool.deactivated.connect(self._tool_left)
        canvas.extentsChanged.connect(self._view_moved)
        canvas.destinationCrsChanged.connect(self._view_moved)
        box.draw_toggled.connect(self._draw)
        box.changed.connect(self._choice_changed)
        self._choice_changed()

    def extent(self) -> Tuple[Extent, Tuple[bytes, ...]]:
        """Return the rectangle and, for selected polygons, their WKB. Raises ExtentError or CrsError."""
        choice = self._box.choice()
        if choice == VIEW:
            return view_extent(self._canvas), ()
        if choice == LAYER:
            return layer_extent(self._box.layer()), ()
        if choice == SELECTION:
            return selected_area(self._box.layer())
        if self._drawn is None:
            raise ExtentError(tr("No rectangle is drawn yet; press Draw rectangle and drag one on the map."))
        return self._drawn, ()

    def stop(self) -> None:
        """Let go of the canvas."""
        self._canvas.extentsChanged.disconnect(self._view_moved)
        self._canvas.destinationCrsChanged.disconnect(self._view_moved)
        self._watch(None)
        self._box.draw_toggled.disconnect(self._draw)
        self._tool.deactivated.disconnect(self._tool_left)
        if self._canvas.mapTool() == self._tool:
            self._canvas.unsetMapTool(self._tool)
        self._tool.deleteLater()
        self._remove_band()

    def _view_moved(self) -> None:
        if self._box.choice() == VIEW:
            self.changed.emit()

    def _choice_changed(self) -> None:
        choice = self._box.choice()
        layer = self._box.layer() if choice == SELECTION else None
        self._watch(layer if isinstance(layer, QgsVectorLayer) else None)
        if self._band is not None:
            self._band.setVisible(choice == DRAW)
        if choice != DRAW and self._canvas.mapTool() == self._tool:
            self._canvas.unsetMapTool(self._tool)

    def _watch(self, layer: Optional[QgsVectorLayer]) -> None:
        """Follow the selection of one layer, by its id: it may be deleted at any time."""
        before = QgsProject.instance().mapLayer(self._watched)
        if before is not None:
            before.selectionChanged.disconnect(self._selection_changed)
        self._watched = layer.id() if layer is not None else ""
        if layer is not None:
            layer.selectionChanged.connect(self._selection_changed)
            self._box.set_selected(layer.selectedFeatureCount())

    def _selection_changed(self) -> None:
        layer = QgsProject.instance().mapLayer(self._watched)
        if layer is not None:
            self._box.set_selected(layer.selectedFeatureCount())
            self.changed.emit()

    def _draw(self, on: bool) -> None:
        if on:
            self._canvas.setMapTool(self._tool)
        elif self._canvas.mapTool() == self._tool:
            self._canvas.unsetMapTool(self._tool)

    def _tool_left(self) -> None:
        self._box.set_drawing(False)

    def _rectangle_drawn(self, rectangle: QgsRectangle) -> None:
        if rectangle.isNull() or rectangle.isEmpty():
            return
        crs = self._canvas.mapSettings().destinationCrs()
        self._drawn = rectangle_extent(rectangle, crs)
        self._show_band(rectangle)
        measure = QgsDistanceArea()
        measure.setSourceCrs(crs, QgsProject.instance().transformContext())
        measure.setEllipsoid(crs.ellipsoidAcronym())
        area = measure.measureArea(QgsGeometry.fromRect(rectangle))
        square_km = measure.convertAreaMeasurement(area, QgsUnitTypes.AreaUnit.AreaSquareKilometers)
        self._box.set_drawn(tr("{:,.1f} km\u00b2").format(square_km))
        self._canvas.unsetMapTool(self._tool)
        self.changed.emit()

    def _show_band(self, rectangle: QgsRectangle) -> None:
        self._remove_band()
        self._band = QgsRubberBand(self._canvas)
        self._band.setToGeometry(QgsGeometry.fromRect(rectangle), None)
        self._band.setColor(QColor(0, 0, 0, 0))
        self._band.setStrokeColor(QColor("#ff8c00"))
        self._band.setWidth(2)

    def _remove_band(self) -> None:
        if self._band is not None:
            self._canvas.scene().removeItem(self._band)
            self._band = None
