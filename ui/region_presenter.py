"""Wires the search for a region vector: asked in its dialog, run in a task, used only when the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..inference.errors import IceMarginError
from ..inference.onnx_metadata import read_description
from ..inference.request import DelineationRequest
from ..tasks.region_task import Search, run_search
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .job_dialog import JobDialogPresenter
from .region_dialog import RegionDialog, region_words
from .run_box import duration_text
from .texts import tr

if TYPE_CHECKING:
    from ..inference.region_search import RegionSearch


class RegionFinder(JobDialogPresenter):
    """Shows the dialog and searches. `chosen(vector, text)` tells that the user wants the vector that was found.

    `request` returns what would be mapped now; what it raises is shown. `stop` cancels and waits briefly.
    """

    chosen = pyqtSignal(object, str)

    def __init__(
        self, request: Callable[[], DelineationRequest], search: Search = run_search, parent: Optional[QObject] = None
    ) -> None:
        super().__init__(tr("The search failed: {}"), parent)
        self._request = request
        self._search = search
        self._searched: Optional[DelineationRequest] = None
        self._found: Optional[RegionSearch] = None

    def show(self, window: Optional[QWidget] = None) -> None:
        """Open the dialog (or bring it to the front); it says what the search costs."""
        if self._is_open():
            return
        dialog = RegionDialog(window)
        dialog.search_pressed.connect(self.search)
        dialog.use_pressed.connect(self._use)
        dialog.show_costs(self._costs())
        self._open(dialog)

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
        self._searched, self._found = request, None
        self._start(tr("IceMargin: region by entropy"), lambda progress: search(request, python, progress))

    def _costs(self) -> str:
        from ..inference.region_descent import RegionSettings
        from ..inference.region_search import known_regions

        try:
            request = self._request()
            regions = known_regions(read_description(request.model))
        except IceMarginError as error:
            return str(error)
        settings = RegionSettings()
        looks = settings.evaluations_of(len(regions))
        seconds = looks * settings.windows * map_settings.seconds_per_window(request.model, request.device)
        return tr(
            "{} windows of the extent are looked at up to {} times: with each region alone, then step by step towards "
            "the mixture of regions with the lowest entropy. This takes {}."
        ).format(settings.windows, looks, duration_text(seconds))

    def _show_answer(self, found: RegionSearch) -> None:
        from ..inference.region_search import NOT_SURER, WARNING, vector_text

        self._found = found
        alone = tr("{} alone has less entropy than the mixture found; it can be chosen as the region.")
        better = alone.format(region_words(found.better_alone)) if found.better_alone else ""
        warnings = (better, "" if found.is_surer else tr(NOT_SURER), tr(WARNING))
        self.dialog.show_search(found, vector_text(found.found.vector), " ".join(filter(None, warnings)))

    def _use(self) -> None:
        from ..inference.region_search import vector_text

        if self._found is None or self.dialog is None:
            return
        if not self._is_of_now():
            self.dialog.set_running(False)
            self.dialog.show_message(tr("The method or the imagery is another one now; search again."))
            return
        vector = self._found.found.vector
        self.dialog.close()
        self.chosen.emit(vector, vector_text(vector))

    def _is_of_now(self) -> bool:
        """Tell whether the model and the images are still those of the search: the panel stays usable beside it."""
        try:
            now = self._request()
        except IceMarginError:
            return False
        then = self._searched
        return then is not None and (now.model, now.sources) == (then.model, then.sources)

    def _forget(self, *_: Any) -> None:
        super()._forget()
        self._found = None
