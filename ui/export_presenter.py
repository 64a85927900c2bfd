"""Wires *Hand in*: a layer of outlines becomes what RGI, GLIMS or a colleague wants, and is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, Sequence

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QMessageBox, QWidget

from ..inference.errors import IceMarginError, RuntimeMissingError
from ..inventory.export_order import ExportOrder
from ..inventory.export_tally import Tally
from ..reports.export_place import check_export_place
from ..tasks.exporting import ExportAnswer, ExportRequest, run_export
from ..tasks.layer_sources import source_of_layer
from ..tasks.runs import Run
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .analyst import analyst
from .export_dialog import ExportDialog
from .export_findings import (
    ERROR,
    Finding,
    answer_findings,
    answer_text,
    layer_findings,
    tally_of,
    untold_findings,
)
from .export_result import add_to_map, go_to, layers_of, open_folder, show_again
from .job_dialog import JobDialogPresenter
from .layer_places import LayerPlaces
from .output_folder import default_folder
from .texts import tr

GROUP = "export"
Ask = Callable[[QWidget, str], bool]


def ask_in_box(window: QWidget, text: str) -> bool:
    """Ask whether a file is to be written over."""
    buttons = QMessageBox.StandardButton
    pressed = QMessageBox.question(window, tr("IceMargin"), text, buttons.Yes | buttons.No, buttons.No)
    return bool(pressed == buttons.Yes)


class ExportPresenter(JobDialogPresenter):
    """Shows the dialog for a layer and exports it. `setup_wanted` asks for the window that sets the runtime up."""

    setup_wanted = pyqtSignal()

    def __init__(
        self, iface: QgisInterface, parent: Optional[QObject] = None, work: Run = run_export, ask: Ask = ask_in_box
    ) -> None:
        super().__init__(tr("Nothing was written: {}"), parent)
        self._iface = iface
        self._work = work
        self._ask = ask
        self._layer_id = ""
        self._tally = Tally()
        self._answer: Optional[ExportAnswer] = None
        self._message, self._lacking = "", False
        QgsProject.instance().layersRemoved.connect(self._layers_removed)

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel, close the dialog, let go of the project."""
        QgsProject.instance().layersRemoved.disconnect(self._layers_removed)
        super().stop(patience_ms)

    def show(self, layer: QgsVectorLayer) -> None:
        """Open the dialog for a layer; if it is open for another one, it goes on with this one."""
        if self._is_open():
            if self._job is None and layer.id() != self._layer_id:
                self._layer_id = layer.id()
                self._clear()
                self._count()
            return
        dialog = ExportDialog(self._iface.mainWindow())
        map_settings.restore_widgets(GROUP, dialog.saved_widgets())
        dialog.edits["analyst"].setText(analyst())
        dialog.changed.connect(self._changed)
        dialog.activated.connect(self._count)
        dialog.export_pressed.connect(self.export)
        dialog.setup_pressed.connect(self.setup_wanted)
        dialog.folder_pressed.connect(self._open_folder)
        dialog.add_pressed.connect(self._add_to_map)
        dialog.fault_chosen.connect(self._go_to)
        self._layer_id = layer.id()
        self._clear()
        self._open(dialog)
        self._count()

    def export(self) -> None:
        """Start the export; while one is running this does nothing."""
        layer = self._layer()
        if self._job is not None or self.dialog is None or layer is None:
            return
        try:
            request = self._request(layer)
            check_export_place(request.order.form, request.target, request.outlines.path)
        except IceMarginError as error:
            self._tell(str(error))
            return
        if not self._may_write(request.target):
            return
        map_settings.save_widgets(GROUP, self.dialog.saved_widgets())
        python, work = runtime_python(), self._work
        self._clear()
        self._start(tr("IceMargin: hand in {}").format(layer.name()), lambda progress: work(request, python, progress))

    def _layer(self) -> Optional[QgsVectorLayer]:
        return LayerPlaces(self._layer_id).layer()

    def _request(self, layer: QgsVectorLayer) -> ExportRequest:
        """Return what is asked for. Raises InputError."""
        dialog = self.dialog
        lines = {kind: source_of_layer(lines) for kind, lines in dialog.line_layers().items()}
        local, world = (dialog.uncertainty(place) for place in ("local", "global"))
        order = ExportOrder(dialog.form(), "", dialog.fill(), local, world)
        target = default_folder(QgsProject.instance()) / dialog.target()  # where a bare name is meant
        return ExportRequest(source_of_layer(layer), order, str(target), lines)

    def _may_write(self, target: str) -> bool:
        """Ask before a file is written over; never over one that somebody edits here."""
        if not Path(target).is_file():
            return True
        edited = [layer.name() for layer in layers_of(target) if layer.isModified()]
        if edited:
            text = tr("{} is open in this project as {}, with edits that are not saved; choose another file.")
            self._tell(text.format(target, edited[0]))
            return False
        return self._ask(self.dialog, tr("{} is there already. Write over it?").format(target))

    def _tell(self, text: str) -> None:
        """Say why nothing starts; it stays until another choice is made."""
        self._message = text
        self.dialog.show_message(text)

    def _count(self, *_: Any) -> None:
        """Look at the layer anew, unless an export runs or its result is shown."""
        if self.dialog is None or self._job is not None or self._answer is not None:
            return
        layer = self._layer()
        self._tally = Tally() if layer is None else tally_of(layer)
        if layer is not None:
            self.dialog.show_layer(layer.name(), self._tally)
        self._look()

    def _layers_removed(self, ids: Sequence[str]) -> None:
        if self.dialog is not None:
            for pick in self.dialog.lines.values():
                pick.let_go(ids)
        self._count()

    def _changed(self) -> None:
        """A result that was shown, or what was refused, belongs to other choices."""
        had_result = self._answer is not None
        self._clear()
        if had_result:
            self._count()
        else:
            self._look()

    def _clear(self) -> None:
        """Show no result and no refusal any more."""
        self._answer, self._message, self._lacking = None, "", False

    def _look(self) -> None:
        """Say what is missing or wrong with what is chosen now."""
        dialog, layer = self.dialog, self._layer()
        if dialog is None or self._job is not None:
            return
        if layer is not None:
            dialog.propose(_proposal(layer.name(), dialog.form(), dialog.ending()))
        listed = [*self._obstacles(), *layer_findings(layer, self._tally)]
        if layer is not None:
            told = None not in (*dialog.uncertainty("local"), *dialog.uncertainty("global"))
            listed += untold_findings(dialog.form(), self._tally, dialog.fill(), told)
        possible = all(one.level != ERROR for one in listed)
        text = tr("Before the export:") if listed else tr("Nothing is missing.")
        dialog.show_findings(self._message or text, listed)
        dialog.set_possible(possible, self._lacking or not runtime_python())
        dialog.set_done(False)

    def _obstacles(self) -> List[Finding]:
        """Return what stands in the way besides the layer."""
        found = []
        if not runtime_python():
            found.append(Finding(ERROR, tr("This needs the runtime, and none is set up.")))
        try:
            ExportOrder(self.dialog.form(), "", self.dialog.fill())
        except IceMarginError as error:
            found.append(Finding(ERROR, str(error), "src_date"))
        if not self.dialog.target():
            found.append(Finding(ERROR, tr("Choose where to write it.")))
        return found

    def _ended(self) -> None:
        job = self._job
        super()._ended()
        if self.dialog is None or job is None or job.error is None:
            return
        self._message = self.dialog.headlineLabel.text()
        self._lacking = isinstance(job.error, RuntimeMissingError)
        self._look()

    def _show_answer(self, answer: ExportAnswer) -> None:
        self._answer = answer
        show_again(answer.path)
        self.dialog.show_findings(answer_text(answer), answer_findings(answer))
        self.dialog.set_done(True)

    def _open_folder(self) -> None:
        if self._answer is not None:
            open_folder(self._answer.path)

    def _add_to_map(self) -> None:
        if self._answer is not None:
            add_to_map(self._answer.path, self.dialog.form())

    def _go_to(self, fault: Mapping[str, Any]) -> None:
        go_to(fault, self._layer_id, self._iface.mapCanvas())


def _proposal(name: str, form: str, ending: str) -> str:
    """Return a new file or folder beside the project."""
    folder = default_folder(QgsProject.instance())
    stem = f"{name}_{form}".replace("/", "-").replace(".", "-")
    number, target = 1, folder / f"{stem}{ending}"
    while target.exists():
        number += 1
        target = folder / f"{stem}_{number}{ending}"
    return str(target)
