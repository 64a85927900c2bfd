"""Keeps the edit logs of the project's outlines, and offers what a crash has left unsaved."""

from __future__ import annotations

import logging
from typing import Any, Dict, List, Mapping, Optional

from qgis.core import Qgis, QgsMapLayer, QgsProject, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import IceMarginError
from ..inference.living import LivingSign
from ..inventory.edit_log import local_time
from ..maptools.edit_marks import SavedMarks
from ..maptools.edit_places import SIGNS, profile_folder
from ..maptools.edit_recorder import EditRecorder, Worker
from ..maptools.edit_recovery import LostEdits, discard_lost, lost_edits, restore_lost
from ..tasks.result_layers import RESULT_PROPERTY
from .analyst import analyst
from .later import later
from .run_messages import RunMessages
from .texts import tr

_log = logging.getLogger(__name__)
OF_OUTLINES = ("im_id", "status")
"""A layer of polygons with these fields is one of outlines."""
NOTICE_SECONDS = 10


class EditLogWatch(QObject):
    """Follows every layer of outlines. `show_wanted(layer id)`: the user wants to see the log."""

    show_wanted = pyqtSignal(str)

    def __init__(self, iface: QgisInterface, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = iface.mapCanvas()
        self._bar = iface.messageBar()
        self._sign: Optional[LivingSign] = None
        self._recorders: Dict[str, EditRecorder] = {}
        self._marks: Dict[str, SavedMarks] = {}
        self._offers: Dict[str, RunMessages] = {}
        self._unseen: List[str] = []
        self._worker = Worker(analyst, self._tool, self._living)
        self._later = later(self._look_for_lost, self)
        project = QgsProject.instance()
        project.layersAdded.connect(self._added)
        project.layersWillBeRemoved.connect(self._leave)
        self._canvas.extentsChanged.connect(self._moved)
        self._added(list(project.mapLayers().values()))

    def stop(self) -> None:
        """Let go of all layers. What is not saved then stays open in the log, and is offered the next time."""
        project = QgsProject.instance()
        project.layersAdded.disconnect(self._added)
        project.layersWillBeRemoved.disconnect(self._leave)
        self._canvas.extentsChanged.disconnect(self._moved)
        self._later.stop()
        for recorder in self._recorders.values():
            recorder.stop()
        for marks in self._marks.values():
            marks.stop()
        self._recorders.clear()
        self._marks.clear()
        for messages in self._offers.values():
            messages.clear()
        if self._sign is not None:
            self._sign.close()
            self._sign = None

    def follow(self, layer_id: str) -> None:
        """Record the edits of a layer, whatever its fields."""
        layer = _layer(layer_id)
        if layer is None or layer_id in self._recorders:
            return
        # Marks come first: what they change when a layer is saved is logged too.
        self._marks[layer_id] = SavedMarks(layer, analyst, self)
        recorder = EditRecorder(layer, self._worker, self)
        recorder.told.connect(self._tell)
        self._recorders[layer_id] = recorder
        self._unseen.append(layer_id)
        self._later.start()

    def wrote(self, layer_id: str, fid: int, before: Mapping[str, Any], name: str) -> None:
        """Record a decision that was written into the file at once."""
        self.follow(layer_id)
        if layer_id in self._recorders:
            self._recorders[layer_id].wrote(fid, before, name)

    def _added(self, layers: List[QgsMapLayer]) -> None:
        for layer in layers:
            if is_outlines(layer):
                self.follow(layer.id())

    def _leave(self, ids: List[str]) -> None:
        for layer_id in ids:
            recorder = self._recorders.pop(layer_id, None)
            if recorder is not None:
                recorder.discard()
                recorder.stop()
                recorder.deleteLater()
                marks = self._marks.pop(layer_id)
                marks.stop()
                marks.deleteLater()
            messages = self._offers.pop(layer_id, None)
            if messages is not None:
                messages.clear()

    def _look_for_lost(self) -> None:
        """Offer what is lost; a layer that is being edited already is left alone until it is opened again."""
        unseen, self._unseen = self._unseen, []
        for layer_id in unseen:
            layer = _layer(layer_id)
            if layer is None or layer.isModified():
                continue
            try:
                lost = lost_edits(layer)
            except IceMarginError as error:
                _log.warning("%s", error)
                continue
            if lost.steps:
                self._offer(layer_id, layer.name(), lost)

    def _offer(self, layer_id: str, name: str, lost: LostEdits) -> None:
        day = local_time(lost.steps[-1].ended)
        count = len(lost.steps)
        edits = tr("1 unsaved edit") if count == 1 else tr("{} unsaved edits").format(count)
        text = tr("{} of {}, from {}.").format(edits, name, day)
        choices = (
            (tr("Restore"), lambda: self._restore(layer_id, lost)),
            (tr("Discard"), lambda: self._discard(layer_id, lost)),
        )
        self._offers[layer_id] = RunMessages(self._bar)
        self._offers[layer_id].show(text, Qgis.MessageLevel.Warning, tr("Show"),
                                    lambda: self._show(layer_id, name, lost), before=choices)  # fmt: skip

    def _show(self, layer_id: str, name: str, lost: LostEdits) -> None:
        self.show_wanted.emit(layer_id)
        self._offer(layer_id, name, lost)  # still to be decided

    def _restore(self, layer_id: str, lost: LostEdits) -> None:
        layer, recorder = _layer(layer_id), self._recorders.get(layer_id)
        if layer is None or recorder is None:
            return
        try:
            done = restore_lost(layer, lost, recorder)
        except IceMarginError as error:
            self._tell(str(error))
            return
        saving = tr("The layer is being edited: look at it, and save it with Toggle Editing.")
        words = tr("{} of {} edits restored.").format(done.count, len(lost.steps))
        if done.refused:
            again = tr("What was not restored is offered again when the layer is opened; the edit log has it.")
            self._tell(" ".join((words, *done.refused, again, saving)))
        else:
            self._bar.pushMessage("IceMargin", f"{words} {saving}", Qgis.MessageLevel.Success, NOTICE_SECONDS)

    def _discard(self, layer_id: str, lost: LostEdits) -> None:
        layer = _layer(layer_id)
        try:
            if layer is not None:
                discard_lost(layer, lost)
        except IceMarginError as error:
            self._tell(str(error))

    def _moved(self) -> None:
        for recorder in self._recorders.values():
            recorder.act()

    def _tool(self) -> str:
        tool = self._canvas.mapTool()
        if tool is None:
            return ""
        return str(getattr(tool, "title", "") or (tool.action().text() if tool.action() else tool.toolName()))

    def _living(self) -> str:
        if self._sign is None:
            self._sign = LivingSign(profile_folder() / SIGNS)
        return str(self._sign.path)

    def _tell(self, words: str) -> None:
        self._bar.pushMessage("IceMargin", words, Qgis.MessageLevel.Warning, 0)


def is_outlines(layer: QgsMapLayer) -> bool:
    """Tell whether a layer is one of outlines: a result of IceMargin, or polygons with the fields of one."""
    if not isinstance(layer, QgsVectorLayer) or layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
        return False
    fields = layer.fields()
    return layer.customProperty(RESULT_PROPERTY) == "outlines" or all(fields.indexOf(name) >= 0 for name in OF_OUTLINES)


def _layer(layer_id: str) -> Optional[QgsVectorLayer]:
    layer = QgsProject.instance().mapLayer(layer_id)
    return layer if isinstance(layer, QgsVectorLayer) else None
