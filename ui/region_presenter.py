"""Wires the search for a region vector: asked in its dialog, run in a task, used only when the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..inference.errors import Cancelled, IceMarginError
from ..inference.request import DelineationRequest
from ..tasks.background_job import BackgroundJob
from ..tasks.region_task import Search, run_search
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .region_dialog import RegionDialog
from .run_box import duration_text
from .texts import tr

if TYPE_CHECKING:
    from ..inference.region_search import RegionSearch


class RegionFinder(QObject):
    """Shows the dialog and searches. `chosen(vector, text)` tells that the user wants the vector that was found.

    `request` returns what would be mapped now; what it raises is shown. `stop` cancels and waits briefly.
    """

    chosen = pyqtSignal(object, str)

    def __init__(
        self, request: Callable[[], DelineationRequest], search: Search = run_search, parent: Optional[QObject] = None
    ) -> None:
        super().__init__(parent)
        self._request = request
        self._search = search
        self._job: Optional[BackgroundJob] = None
        self._found: Optional[RegionSearch] = None
        self.dialog: Optional[RegionDialog] = None

    def show(self, window: Optional[QWidget] = None) -> None:
        """Open the dialog (or bring it to the front); it says what the search costs."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        self.dialog = RegionDialog(window)
        self.dialog.search_pressed.connect(self.search)
        self.dialog.cancel_pressed.connect(self.cancel)
        self.dialog.use_pressed.connect(self._use)
        self.dialog.finished.connect(self._closed)
        self.dialog.destroyed.connect(self._forget)
        self.dialog.show_costs(self._costs())
        self.dialog.show()

    def search(self) -> None:
        """Start a search; while one is running this does nothing."""
        if self._job is not None or self.dialog is None:
            return
        try:
            request = self._request()
        except IceMarginError as error:
            self.dialog.show_message(str(error))
            return
        python, search = runtime_python(), self._search
        self._found = None
        self._job = BackgroundJob(
            tr("IceMargin: region by entropy"), lambda progress: search(request, python, progress)
        )
        self._job.told.connect(self.dialog.show_progress)
        self._job.ended.connect(self._ended)
        self.dialog.set_running(True)
        QgsApplication.taskManager().addTask(self._job)

    def cancel(self) -> None:
        """Ask the search to stop."""
        if self._job is not None:
            self._job.cancel()

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel, wait briefly, close the dialog; nothing is shown any more."""
        job = self._let_go()
        if job is not None:
            job.cancel()
            job.waitForFinished(patience_ms)
        if self.dialog is not None:
            self.dialog.close()

    def _costs(self) -> str:
        from ..inference.region_descent import RegionSettings

        settings = RegionSettings()
        text = tr(
            "{} windows of the extent are looked at up to {} times: with each region alone, then step by step towards "
            "the mixture of regions with the lowest entropy."
        ).format(settings.windows, settings.most_evaluations)
        try:
            request = self._request()
        except IceMarginError as error:
            return f"{text} {error}"
        seconds = map_settings.seconds_per_window(request.model, request.device)
        looks = settings.windows * settings.most_evaluations
        return f"{text} " + tr("This takes {}.").format(duration_text(looks * seconds))

    def _ended(self) -> None:
        job = self._let_go()
        if job is None or self.dialog is None:
            return
        self.dialog.set_running(False)
        if job.error is None:
            self._show(job.answer)
        elif isinstance(job.error, Cancelled):
            self.dialog.show_message(tr("Cancelled."))
        else:
            self.dialog.show_message(tr("The search failed: {}").format(job.error))

    def _show(self, found: RegionSearch) -> None:
        from ..inference.region_search import NOT_SURER, WARNING, vector_text

        self._found = found
        warning = tr(WARNING) if found.is_surer else f"{tr(NOT_SURER)} {tr(WARNING)}"
        if self.dialog is not None:
            self.dialog.show_search(found, vector_text(found.found.vector), warning)

    def _use(self) -> None:
        from ..inference.region_search import vector_text

        if self._found is not None and self.dialog is not None:
            vector = self._found.found.vector
            self.dialog.close()
            self.chosen.emit(vector, vector_text(vector))

    def _let_go(self) -> Optional[BackgroundJob]:
        """Forget the job and what it tells; return it."""
        job, self._job = self._job, None
        if job is not None:
            job.ended.disconnect(self._ended)
            if self.dialog is not None:
                job.told.disconnect(self.dialog.show_progress)
        return job

    def _closed(self, *_: Any) -> None:
        job = self._let_go()
        if job is not None:
            job.cancel()
        self._forget()

    def _forget(self, *_: Any) -> None:
        self.dialog = None
        self._found = None
