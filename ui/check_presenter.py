"""Wires the group *Check*: a layer is checked in the runtime, its faults are shown, followed edit by edit, repaired."""

from __future__ import annotations

import logging
from typing import Any, Callable, List, Optional, Sequence

from qgis.core import Qgis, QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import OutlinesError
from ..tasks.layer_editing import apply_layer_edits
from ..tasks.runtime_setting import runtime_python
from ..tasks.topology_session import FoundRepairs, KnownFault, RepairOrder, TopologySession
from . import map_settings
from .check_box import CheckBox
from .check_desk import CheckDesk
from .check_state import check_state
from .check_texts import QUIET_KINDS, news_text, repair_title
from .fault_sight import FaultSight
from .later import later
from .run_messages import RunMessages
from .texts import tr

_log = logging.getLogger(__name__)
GROUP = "check"
FEW_SECONDS, STATUS_MS = 8, 6000


class CheckPresenter(QObject):
    """Owns what stands behind the box. `layer` returns the one that is meant, in the project or None.

    `look()` when another may be meant; `stop()` undoes everything. `faults_changed`: `fault_count` is another.
    """

    setup_wanted = pyqtSignal()
    faults_changed = pyqtSignal()

    def __init__(
        self,
        box: CheckBox,
        iface: QgisInterface,
        layer: Callable[[], Optional[QgsVectorLayer]],
        parent: Optional[QObject] = None,
        session: Optional[TopologySession] = None,
    ) -> None:
        super().__init__(parent)
        self.box = box
        self._iface = iface
        self._layer = layer
        self.desk = CheckDesk(session or TopologySession(), self)
        self.sight = FaultSight(iface.mapCanvas(), self)
        self.messages = RunMessages(iface.messageBar())
        self._error: Optional[Exception] = None
        self._news: List[int] = []
        self._later = later(self.look, self)
        map_settings.restore_widgets(GROUP, box.saved_widgets())
        self._connect()
        self.look()

    @property
    def fault_count(self) -> Optional[int]:
        """How many faults the layer has, None while it was not checked."""
        return len(self.desk.faults) if self.desk.is_checked else None

    def stop(self) -> None:
        """Keep the settings; end what runs, let go of layer, project and map."""
        map_settings.save_widgets(GROUP, self.box.saved_widgets())
        project = QgsProject.instance()
        project.layersRemoved.disconnect(self._look_later)
        project.cleared.disconnect(self._look_later)
        self._later.stop()
        self.desk.open(None)
        self.sight.clear()
        self.messages.clear()

    def look(self) -> None:
        """Take up the layer that is meant now, and say how things are."""
        layer = self._layer()
        if (layer.id() if layer is not None else "") != self.desk.watch.layer_id:
            self._open(layer)
        self._check_while_editing()
        self._show_state()

    def check(self) -> None:
        """Check the whole layer."""
        self._error, self._news = None, []
        self.messages.clear()
        self.desk.check(self.box.settings())
        self._show_state()

    def _open(self, layer: Optional[QgsVectorLayer]) -> None:
        self._error, self._news = None, []
        self.sight.clear()
        self.desk.open(layer)

    def _check_while_editing(self) -> None:
        """Begin to follow a layer that is being edited, where that is wanted and there is a runtime for it."""
        layer = self.desk.watch.layer()
        idle = not (self.desk.is_checked or self.desk.is_checking or self._error)
        if layer is not None and idle and layer.isEditable() and self.box.followCheck.isChecked() and runtime_python():
            self.desk.check(self.box.settings(), asked=False)

    def _editing_started(self) -> None:
        self._error = None
        self._look_later()

    def _show_faults(self) -> None:
        self.box.show_faults(self.desk.faults)
        if not self.box.selected_faults():
            self.sight.clear()
        self._show_state()
        self.faults_changed.emit()

    def _show_state(self) -> None:
        news = [self.desk.faults[number] for number in self._news if number in self.desk.faults]
        self.box.show_state(*check_state(self.desk, len(self.box.repairable()), news, self._error))

    def _select(self, numbers: Sequence[int]) -> None:
        if len(numbers) == 1:
            self._zoom(numbers[0])
        else:
            self.sight.clear()

    def _zoom(self, number: int) -> None:
        layer = self.desk.watch.layer()
        if layer is not None and number in self.desk.faults:
            self.sight.show(layer, self.desk.faults[number])

    def _tell_new(self, faults: Sequence[KnownFault]) -> None:
        """Tell of faults that an edit made: a flash, a line in the status bar and one in the box."""
        told, layer = [fault for fault in faults if fault.kind not in QUIET_KINDS], self.desk.watch.layer()
        if told and layer is not None:
            self._news = [fault.number for fault in told]
            self._iface.statusBarIface().showMessage(f"IceMargin: {news_text(told)}", STATUS_MS)
            self.sight.flash(layer, told)
            self._show_state()

    def _repair(self) -> None:
        numbers = tuple(fault.number for fault in self.box.selected_faults() if fault.repair)
        self.desk.repair(RepairOrder(numbers))

    def _repair_all(self) -> None:
        numbers = tuple(fault.number for fault in self.box.repairable())
        self.desk.repair(RepairOrder(numbers, uncovered=True, split=self.box.splitCheck.isChecked()))

    def _apply(self, found: FoundRepairs) -> None:
        layer = self.desk.watch.layer()
        if layer is None:
            return
        if not found.done:
            text = tr("Nothing was changed: what is there now cannot be repaired without losing ice, or is no fault.")
            self._tell(text, Qgis.MessageLevel.Info)
            return
        title = repair_title(found.done)
        try:
            apply_layer_edits(layer, found.before, found.edits, title)
        except OutlinesError as error:
            self._tell(str(error), Qgis.MessageLevel.Warning)
            return
        text = tr("{}. Nothing is saved yet; Ctrl+Z takes it back.")
        self._tell(text.format(title), Qgis.MessageLevel.Success)

    def _failed(self, error: Exception, asked: bool) -> None:
        _log.error("%s", error)
        for line in getattr(error, "log", ()):  # the last words of a child process
            _log.error("%s", line)
        self._error = error
        self._show_state()

    def _cancelled(self) -> None:
        self._show_state()
        self._tell(tr("Cancelled; nothing was changed."), Qgis.MessageLevel.Info)

    def _tell(self, text: str, level: Qgis.MessageLevel) -> None:
        self.messages.show(text, level, seconds=FEW_SECONDS)

    def _look_later(self, *_: Any) -> None:
        self._later.start()

    def _connect(self) -> None:
        box, desk, project = self.box, self.desk, QgsProject.instance()
        box.check_pressed.connect(self.check)
        box.cancel_pressed.connect(desk.cancel)
        box.setup_pressed.connect(self.setup_wanted)
        box.repair_pressed.connect(self._repair)
        box.repair_all_pressed.connect(self._repair_all)
        box.selected.connect(self._select)
        box.zoom_wanted.connect(self._zoom)
        box.followCheck.toggled.connect(self._look_later)
        desk.checking.connect(box.run.set_running)
        desk.told.connect(box.run.show_progress)
        desk.changed.connect(self._show_faults)
        desk.came.connect(self._tell_new)
        desk.repairs.connect(self._apply)
        desk.failed.connect(self._failed)
        desk.cancelled.connect(self._cancelled)
        desk.watch.opened.connect(self._editing_started)
        project.layersRemoved.connect(self._look_later)
        project.cleared.connect(self._look_later)
