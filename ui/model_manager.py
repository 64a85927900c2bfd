"""Wires *Models...*: the dialogs, the installed models, and the jobs that import and check them."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..inference.errors import Cancelled, IceMarginError
from ..models.store import Model, ModelStore
from ..tasks.import_task import ImportChoice, Work, adding, checking
from ..tasks.runtime_setting import runtime_python
from .import_model_dialog import ImportModelDialog
from .job_dialog import JobHolder
from .models_dialog import ModelsDialog
from .texts import tr


class ModelManager(JobHolder):
    """Shows the models; `changed` tells that the list or a default did, `chosen` the path of a model to map with.

    `stop` cancels what runs and closes the dialogs.
    """

    changed = pyqtSignal()
    chosen = pyqtSignal(str)

    def __init__(
        self,
        store: Optional[ModelStore] = None,
        runtime_python: Callable[[], str] = runtime_python,
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self.store = store or ModelStore()
        self._runtime_python = runtime_python
        self.dialog: Optional[ModelsDialog] = None
        self.import_dialog: Optional[ImportModelDialog] = None

    def show(self, window: Optional[QWidget] = None) -> None:
        """Open the list, or bring it to the front."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        self.dialog = dialog = ModelsDialog(window)
        dialog.import_pressed.connect(self.show_import)
        dialog.check_pressed.connect(self.check)
        dialog.remove_pressed.connect(self.remove)
        dialog.use_pressed.connect(self.use)
        dialog.default_toggled.connect(self.set_default)
        dialog.cancel_pressed.connect(self.cancel)
        dialog.finished.connect(self._closed)
        self._refresh()
        dialog.show()

    def show_import(self) -> None:
        """Open the import dialog, over the list where that is open."""
        if self.import_dialog is not None:
            self.import_dialog.raise_()
            return
        self.import_dialog = dialog = ImportModelDialog(self.dialog)
        dialog.import_pressed.connect(self.add)
        dialog.cancel_pressed.connect(self.cancel)
        dialog.finished.connect(self._import_closed)
        dialog.show()

    def add(self, choice: ImportChoice) -> None:
        """Import in the background."""
        self._start(tr("IceMargin: import of a model"), adding(self.store, choice, self._runtime_python()))

    def check(self, name: str) -> None:
        """Check an installed model in the background."""
        self._start(tr("IceMargin: check of a model"), checking(self.store, name, self._runtime_python()))

    def remove(self, name: str) -> None:
        """Remove an installed model."""
        self._change(lambda: self.store.remove(name), tr("{} is removed.").format(name))

    def set_default(self, name: str, region: str, on: bool) -> None:
        """Make a model a region's default, or take that back."""
        self._change(lambda: self.store.set_default(region, name if on else ""), "")

    def use(self, name: str) -> None:
        """Tell that a model shall be mapped with, and close the list."""
        model = next((model for model in self.store.offered() if model.name == name), None)
        if model is None:
            self._refresh()  # it went, or went bad, since the list was shown
            return
        self.chosen.emit(model.path)
        if self.dialog is not None:
            self.dialog.close()

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel, wait briefly, close the dialogs; nothing is told any more."""
        self._leave(patience_ms)
        for dialog in (self.import_dialog, self.dialog):
            if dialog is not None:
                dialog.close()

    def _start(self, title: str, work: Work) -> None:
        view = self.import_dialog or self.dialog
        if self._job is None and view is not None:
            view.show_message("")
            self._start_in(view, title, work)

    def _show_answer(self, model: Model) -> None:
        if self.import_dialog is not None and self._view is self.import_dialog:
            self.import_dialog.close()
        self._refresh(model.name, _summary(model))
        self.changed.emit()

    def _failure(self, error: Exception) -> str:
        if isinstance(error, Cancelled):
            return tr("Cancelled; nothing was changed.")
        if isinstance(error, IceMarginError):
            return str(error)
        return tr("Failed unexpectedly: {}; the log has the details.").format(error)

    def _change(self, action: Callable[[], None], text: str) -> None:
        try:
            action()
        except IceMarginError as error:
            text = str(error)
        self._refresh(text=text)
        self.changed.emit()

    def _refresh(self, chosen: str = "", text: str = "") -> None:
        if self.dialog is not None:
            self.dialog.set_models(self.store.models(), self.store.defaults(), chosen)
            self.dialog.show_message(text)

    def _closed(self, *_: Any) -> None:
        if self.import_dialog is not None:
            self.import_dialog.close()
        self._leave_with(self.dialog)
        self.dialog = None

    def _import_closed(self, *_: Any) -> None:
        self._leave_with(self.import_dialog)
        self.import_dialog = None

    def _leave_with(self, view: Any) -> None:
        """Stop the job whose dialog is closed."""
        if view is self._view:
            self._leave()
            self._view = None


def _summary(model: Model) -> str:
    if model.problem:
        return tr("{} is not offered: {}").format(model.name, model.problem)
    if model.checked:
        return tr("{} answers its golden patch as it should ({}).").format(model.name, model.checked)
    return tr("{} is there, but has not been checked.").format(model.name)
