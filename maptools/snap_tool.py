"""Snap to edge on the canvas: the stroke's rasters are the run's probability and the topmost imagery that is shown."""

from __future__ import annotations

from typing import List

from qgis.core import QgsGeometry, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..inference.errors import SourceError
from .editing_session import EditingSession
from .planned_edit import OutlineEdit
from .raster_window import probability_of
from .snap_edit import snap_to_edge
from .stroke_tool import StrokeTool


class SnapTool(StrokeTool):
    """Drag roughly along a margin."""

    def __init__(self, canvas: QgsMapCanvas, session: EditingSession, title: str) -> None:
        super().__init__(canvas, session, title, self._snap)

    def _snap(self, layer: QgsVectorLayer, stroke: QgsGeometry) -> OutlineEdit:
        return snap_to_edge(layer, stroke, self._rasters(layer))

    def _rasters(self, layer: QgsVectorLayer) -> List[QgsRasterLayer]:
        shown = (one for one in self._canvas.layers() if isinstance(one, QgsRasterLayer))
        imagery = [one for one in shown if not one.customProperty("icemargin/result")][:1]
        try:
            return [probability_of(layer, QgsProject.instance()), *imagery]
        except SourceError:
            return imagery
