"""Topological editing, snapping and "avoid overlap" switched on while outlines are edited, and then as they were."""

from __future__ import annotations

from typing import Callable, List, Optional

from qgis.core import Qgis, QgsProject, QgsSnappingConfig, QgsTolerance, QgsVectorLayer, QgsWkbTypes
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtXml import QDomDocument

from ..inference.errors import OutlinesError
from .digitizing_settings import DigitizingSettings
from .texts import tr

SNAP_PIXELS = 12.0


class EditingSession(QObject):
    """Holds the layer that is edited, by its id. `ended(words)`: it is over, and what to tell ("": nothing).

    `started(layer id)`: it has begun. `analyst` returns who edits.
    """

    started = pyqtSignal(str)
    ended = pyqtSignal(str)

    def __init__(self, project: QgsProject, parent: Optional[QObject] = None, analyst: Callable[[], str] = str) -> None:
        super().__init__(parent)
        self.analyst = analyst
        self._project = project
        self._layer_id = ""
        self._before: Optional[DigitizingSettings] = None
        self._opened = False

    @property
    def is_active(self) -> bool:
        return self._before is not None

    def layer(self) -> QgsVectorLayer:
        """Return the layer. Raises OutlinesError where there is none, or it is not being edited any more."""
        layer = self._project.mapLayer(self._layer_id) if self.is_active else None
        if layer is None or not layer.isEditable():
            raise OutlinesError(tr("No outlines are being edited; press Edit outlines first."))
        return layer

    def start(self, layer: Optional[QgsVectorLayer]) -> None:
        """Begin to edit a layer; one that is edited already goes on as it is.

        Raises OutlinesError where the layer has no polygons, or cannot be edited.
        """
        self.stop()
        if not isinstance(layer, QgsVectorLayer) or layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
            raise OutlinesError(tr("Choose a layer of outlines (polygons) in the layer tree, then edit it."))
        self._opened = not layer.isEditable()
        if self._opened and not layer.startEditing():
            raise OutlinesError(tr("The layer {} cannot be edited; save a copy of it (Export > Save Features As), and "
                                   "edit that.").format(layer.name()))  # fmt: skip
        self._before = DigitizingSettings.of(self._project)
        self._layer_id = layer.id()
        self._switch_on(layer)
        layer.editingStopped.connect(self._editing_stopped)
        self._project.layersWillBeRemoved.connect(self._layers_leave)
        self._project.cleared.connect(self._project_closed)
        self._project.writeProject.connect(self._project_is_written)
        self.started.emit(self._layer_id)

    def stop(self) -> None:
        """Restore the user's settings. Edits that are not saved stay in the layer, which is left open for them."""
        layer = self._project.mapLayer(self._layer_id)
        unsaved = layer is not None and layer.isModified()
        words = tr("The outlines have edits that are not saved: save them with Toggle Editing.") if unsaved else ""
        self._end(words, restore=True)

    def _switch_on(self, layer: QgsVectorLayer) -> None:
        project = self._project
        project.setTopologicalEditing(True)
        project.setAvoidIntersectionsMode(QgsProject.AvoidIntersectionsMode.AvoidIntersectionsCurrentLayer)
        config = QgsSnappingConfig(project.snappingConfig())
        config.setEnabled(True)
        modes = Qgis.SnappingMode if hasattr(Qgis, "SnappingMode") else QgsSnappingConfig.SnappingMode  # before 3.26
        config.setMode(modes.AdvancedConfiguration)
        config.setIndividualLayerSettings(layer, _layer_snapping())
        project.setSnappingConfig(config)

    def _end(self, words: str, restore: bool) -> None:
        if self._before is None:
            return
        before, self._before = self._before, None
        self._project.layersWillBeRemoved.disconnect(self._layers_leave)
        self._project.cleared.disconnect(self._project_closed)
        self._project.writeProject.disconnect(self._project_is_written)
        layer = self._project.mapLayer(self._layer_id)
        if layer is not None:
            layer.editingStopped.disconnect(self._editing_stopped)
            if self._opened and layer.isEditable() and not layer.isModified():
                layer.rollBack()
        if restore:
            before.restore(self._project)
        self.ended.emit(words)

    def _project_is_written(self, document: QDomDocument) -> None:
        """Let the user's settings be saved; once that is over, the session's are back."""
        if self._before is not None:
            self._before.write(self._project, document)
            QTimer.singleShot(0, self._project_was_written)

    def _project_was_written(self) -> None:
        layer = self._project.mapLayer(self._layer_id)
        if self.is_active and layer is not None:
            was_dirty = self._project.isDirty()
            self._switch_on(layer)
            self._project.setDirty(was_dirty)

    def _editing_stopped(self) -> None:
        self._end("", restore=True)

    def _layers_leave(self, ids: List[str]) -> None:
        if self._layer_id in ids:
            # A project that is being closed has reset its settings before its layers leave; they are the next one's.
            still_ours = self._project.topologicalEditing()
            self._end(tr("The layer of outlines was removed from the project."), restore=still_ours)

    def _project_closed(self) -> None:
        # Another project has settings of its own: there is nothing to restore.
        self._end("", restore=False)


def _layer_snapping() -> QgsSnappingConfig.IndividualLayerSettings:
    """Return: to points and edges, within some pixels of the screen."""
    if hasattr(Qgis, "SnappingType"):
        kinds = Qgis.SnappingTypes(Qgis.SnappingType.Vertex | Qgis.SnappingType.Segment)
    else:  # before QGIS 3.26
        kinds = QgsSnappingConfig.SnappingTypes(QgsSnappingConfig.VertexFlag | QgsSnappingConfig.SegmentFlag)
    unit = QgsTolerance.UnitType.Pixels
    return QgsSnappingConfig.IndividualLayerSettings(True, kinds, SNAP_PIXELS, unit)
