"""Fill a nunatak with a click into it, or take one out by drawing around it."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..inference.errors import OutlinesError
from .area_edits import fill_at, take_out
from .editing_session import EditingSession
from .lookup import outlines_at
from .planned_edit import OutlineEdit
from .stroke_tool import StrokeTool
from .texts import tr


class NunatakTool(StrokeTool):
    """A click on ice begins to draw around rock, as in QGIS's own tools; a click into a hole fills it."""

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas, session, title, _take_out, closed=True)

    def snapped(self, point: QgsPointXY) -> QgsPointXY:
        """Return the place itself: pulled to its border, a click into a small hole would be none."""
        return point

    def clicked(self) -> None:
        """Fill the hole where the first click was into one."""
        if len(self._points) == 1:
            point = QgsGeometry.fromPointXY(self._points[0])
            if not self._is_on_ice(point):
                self.cancel()
                self.edit(fill_at, point)

    def _is_on_ice(self, point: QgsGeometry) -> bool:
        try:
            return bool(outlines_at(self.session.layer(), self.to_layer(point)))
        except OutlinesError:
            return False


def _take_out(layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
    if not area.isGeosValid() or area.area() == 0:
        raise OutlinesError(tr("The line around the rock crosses itself; draw it again."))
    return take_out(layer, area)
