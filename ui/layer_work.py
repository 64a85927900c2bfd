"""Work on a layer in the runtime whose answer goes into the layer as one undo step: attributes, divides."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Tuple

from qgis.core import Qgis, QgsProject, QgsVectorDataProvider, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import IceMarginError, OutlinesError, RuntimeMissingError
from ..tasks.inventory_request import InventoryAnswer
from ..tasks.layer_editing import SHAPEFILE, Applied, apply_layer_edits
from ..tasks.runs import Run, Runs
from ..tasks.runtime_setting import runtime_python
from .health_line import headline
from .result_presenter import wrong_with
from .run_messages import RunMessages, failure_text
from .texts import tr
from .work_box import WorkBox

_log = logging.getLogger(__name__)
FEW_SECONDS, LONGER = 8, 15
CURRENT_LAYER = Callable[[], Optional[QgsVectorLayer]]
Told = Tuple[str, str, str]
"""A health line's level, text, and what unfolds."""


class LayerWork(QObject):
    """Runs `work(request, python, progress)` and applies its InventoryAnswer. `stop` undoes everything.

    `layer` returns the layer that is chosen; `applied` when the layer was changed, `setup_wanted` when somebody wants
    the runtime that a run missed. What is asked and told is said by the kinds of work.
    """

    setup_wanted = pyqtSignal()
    applied = pyqtSignal()

    def __init__(
        self,
        box: WorkBox,
        iface: QgisInterface,
        layer: CURRENT_LAYER,
        title: str,
        work: Run,
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self.box, self.layer, self.title = box, layer, title
        self.messages = RunMessages(iface.messageBar())
        self.runs = Runs(work, self)
        self._layer_id = ""
        box.run.run_pressed.connect(self.run)
        box.run.cancel_pressed.connect(self.runs.cancel)
        self.runs.running.connect(box.run.set_running)
        self.runs.told.connect(box.run.show_progress)
        self.runs.done.connect(lambda _, answer: self._done(answer))
        self.runs.failed.connect(lambda _, error: self._show_failure(error))
        self.runs.cancelled.connect(self._cancelled)
        self.clear()

    def stop(self) -> None:
        """Cancel what runs."""
        self.runs.stop()
        self.messages.clear()

    def clear(self) -> None:
        """Forget what came out."""
        self._show("none", "", "")

    def look(self) -> None:
        """Say what would happen with what is chosen, or what is missing."""
        layer = self.layer()
        if layer is None or wrong_with_outlines(layer):
            self.box.show_state("", False)
            return
        text, possible = self._plan(layer)
        self.box.show_state(text, possible and bool(runtime_python()))

    def run(self) -> None:
        """Start with what is chosen."""
        layer = self.layer()
        if layer is None:
            return
        try:
            request = self._request(layer)
        except IceMarginError as error:
            self._show_failure(error)
            return
        self._layer_id = layer.id()
        self.clear()
        self.messages.clear()
        self.runs.start(f"IceMargin: {self.title}", request, runtime_python())

    # What a kind of work is about.

    def _plan(self, layer: QgsVectorLayer) -> Tuple[str, bool]:
        """Return what would happen, and whether it can."""
        raise NotImplementedError

    def _request(self, layer: QgsVectorLayer) -> Any:
        """Return what is to be found. Raises IceMarginError."""
        raise NotImplementedError

    def _told(self, answer: InventoryAnswer, applied: Applied) -> Told:
        """Return what came out."""
        raise NotImplementedError

    # What all do.

    def _done(self, answer: InventoryAnswer) -> None:
        layer = QgsProject.instance().mapLayer(self._layer_id)
        if not isinstance(layer, QgsVectorLayer):
            text = tr("{}: {} is no longer in the project; nothing was changed.")
            text = text.format(self.title, answer.before.name)
            self.messages.show(text, Qgis.MessageLevel.Warning, seconds=LONGER)
            return
        try:
            applied = apply_layer_edits(layer, answer.before, answer.edits, self.title)
        except OutlinesError as error:
            self._show_failure(error)
            return
        self._show(*self._told(answer, applied))
        if not applied.nothing:
            text = tr("{}: done; {} is not saved yet.").format(self.title, layer.name())
            self.messages.show(text, Qgis.MessageLevel.Success, seconds=LONGER)
        self.applied.emit()

    def _show(self, level: str, text: str, why: str) -> None:
        self.box.result.show_health(level, text, why)
        self.box.result.setVisible(bool(text))

    def _show_failure(self, error: Optional[Exception]) -> None:
        _log.error("%s", error)
        for line in getattr(error, "log", ()):  # the last words of a child process
            _log.error("%s", line)
        text = failure_text(error)
        self._show("red", headline(text), text)
        if isinstance(error, RuntimeMissingError):
            level, button = Qgis.MessageLevel.Warning, tr("Set up runtime ...")
            self.messages.show(headline(text), level, button, self.setup_wanted.emit)

    def _cancelled(self) -> None:
        self.look()
        self.messages.show(tr("Cancelled; nothing was changed."), Qgis.MessageLevel.Info, seconds=FEW_SECONDS)


def wrong_with_outlines(layer: QgsVectorLayer) -> str:
    """Return why a layer cannot become an inventory, "" where it can."""
    able = layer.dataProvider().capabilities() & QgsVectorDataProvider.Capability.ChangeAttributeValues
    if layer.readOnly() or not able:
        return tr("{} is read-only: export it to a GeoPackage, and choose that.").format(layer.name())
    if layer.dataProvider().storageType() == SHAPEFILE:
        text = tr("{} is a shapefile, which holds no long names of fields: export it to a GeoPackage, and choose that.")
        return text.format(layer.name())
    return wrong_with((layer,))
