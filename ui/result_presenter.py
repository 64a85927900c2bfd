"""What both pages of the Compare tab have behind them: a run, and its result in table, charts and map as one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Collection, Dict, List, Optional, Protocol

from qgis.core import Qgis, QgsMapLayer, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..inference.errors import IceMarginError, OutputError, RuntimeMissingError
from ..tasks.runs import Run, Runs
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .comparison_page import ComparisonPage
from .file_saver import FileSaver, Write
from .glacier_finder import GlacierFinder
from .health_line import headline
from .run_messages import RunMessages, failure_text
from .texts import tr

_log = logging.getLogger(__name__)
FEW_SECONDS = 8


class Asked(Protocol):
    """What is run: a request with a title."""

    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class PageState:
    """How things are before a run: the health line's level and text, whether it can start, whether to set up."""

    level: str
    text: str
    possible: bool = False
    setup: bool = False


class ResultPresenter(QObject):
    """Runs `work(asked, python, progress)` and shows its answer. `stop` undoes everything.

    `group` is the name under which the choices are kept with the project. A page's own presenter says what is offered,
    asked and shown.
    """

    setup_wanted = pyqtSignal()

    def __init__(
        self, page: ComparisonPage, iface: QgisInterface, group: str, work: Run, parent: Optional[QObject] = None
    ) -> None:
        super().__init__(parent)
        self.page = page
        self.runs = Runs(work, self)
        self.finder = GlacierFinder(iface.mapCanvas(), self)
        self.messages = RunMessages(iface.messageBar())
        self.saver = FileSaver(iface.mainWindow(), self.messages, self)
        self._group = group
        self._asked: Optional[Asked] = None
        self._project_left = False
        # The layer tree and the combo boxes take a new layer up later than the project's signal comes.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.look)
        self._connect()

    def stop(self) -> None:
        """Cancel what runs, let go of the project and its layers."""
        project = QgsProject.instance()
        project.cleared.disconnect(self._project_cleared)
        project.readProject.disconnect(self._project_read)
        project.layersRemoved.disconnect(self._layers_removed)
        project.layersAdded.disconnect(self.look_later)
        self._later.stop()
        self.runs.stop()
        self.saver.stop()
        self.finder.stop()
        self.messages.clear()

    def look(self) -> None:
        """Take up the layers that there are now, and say how things are."""
        self._offer()
        if self.runs.is_running:
            return
        state, text = self._state(), ""
        if self._asked is None or not state.possible:
            text = state.text
        elif not self._is_shown(self._asked):
            text = tr("{} Shown below: {}.").format(state.text, self._asked.title)
        self.page.show_state(state.level, text, "", state.possible, state.setup)

    def look_later(self, *_: Any) -> None:
        """Look once the current event is dealt with."""
        self._later.start()

    def run(self) -> None:
        """Start a run with what is chosen."""
        try:
            asked = self._ask()
        except IceMarginError as error:
            self._show_failure(error)
            return
        self._project_left = False
        self.messages.clear()
        self.page.show_state("none", "")
        map_settings.save_project_choice(QgsProject.instance(), self._choice(), self._group)
        self.runs.start(f"IceMargin: {asked.title}", asked, runtime_python())

    # What a page is about.

    def _offer(self) -> None:
        """Offer the project's layers."""
        raise NotImplementedError

    def _state(self) -> PageState:
        raise NotImplementedError

    def _ask(self) -> Asked:
        """Return what is to be run. Raises IceMarginError."""
        raise NotImplementedError

    def _show_answer(self, asked: Any, answer: Any) -> None:
        """Show what came out. Raises OutputError."""
        raise NotImplementedError

    def _choice(self) -> Dict[str, Any]:
        """Return the choices that are kept with the project."""
        raise NotImplementedError

    def _take_choice(self, choice: Dict[str, Any]) -> None:
        """Choose what was kept with the project."""
        raise NotImplementedError

    def _is_shown(self, asked: Any) -> bool:
        """Return True if what is chosen is what is shown."""
        raise NotImplementedError

    def _let_go(self, ids: Collection[str]) -> None:
        """Forget deleted layers."""
        raise NotImplementedError

    # What all pages do.

    def _connect(self) -> None:
        page, results, project = self.page, self.page.results, QgsProject.instance()
        page.changed.connect(self.look_later)
        page.setup_pressed.connect(self.setup_wanted)
        page.run.run_pressed.connect(self.run)
        page.run.cancel_pressed.connect(self.runs.cancel)
        results.selected.connect(self._table_selected)
        results.zoom_wanted.connect(lambda key: self._go_to([key]))
        self.finder.selected.connect(results.set_selected)
        self.saver.saving.connect(results.set_exporting)
        self.runs.running.connect(page.run.set_running)
        self.runs.told.connect(page.run.show_progress)
        self.runs.done.connect(self._done)
        self.runs.failed.connect(lambda _, error: self._show_failure(error))
        self.runs.cancelled.connect(self._cancelled)
        project.cleared.connect(self._project_cleared)
        project.readProject.connect(self._project_read)
        project.layersRemoved.connect(self._layers_removed)
        project.layersAdded.connect(self.look_later)

    def _done(self, asked: Any, answer: Any) -> None:
        if self._project_left:
            self.look()
            return
        self._asked = asked
        self.look()
        try:
            self._show_answer(asked, answer)
        except OutputError as error:
            self._show_failure(error)
        self.page.show_results(True)

    def _show_failure(self, error: Optional[Exception]) -> None:
        _log.error("%s", error)
        for line in getattr(error, "log", ()):  # the last words of a child process
            _log.error("%s", line)
        text = failure_text(error)
        setup = isinstance(error, RuntimeMissingError)
        self.page.show_state("red", headline(text), text, possible=True, setup=setup)

    def _cancelled(self) -> None:
        self.look()
        self.messages.show(tr("Cancelled; nothing was changed."), Qgis.MessageLevel.Info, seconds=FEW_SECONDS)

    def _save(self, write: Write, kind: str, suffix: str) -> None:
        """Save a file of the result, named like what was compared."""
        if self._asked is not None:
            self.saver.save(write, self._asked.title, kind, suffix)

    def _table_selected(self, keys: List[str]) -> None:
        self.page.results.charts.set_selected(keys)
        self._show_selected(keys)

    def _chart_selected(self, keys: List[str]) -> None:
        self.page.results.table.set_selected(keys)
        self._show_selected(keys)

    def _show_selected(self, keys: List[str]) -> None:
        """Select in the map what was selected in the panel; a single glacier is gone to."""
        self.finder.select(keys)
        if len(keys) == 1:
            self._go_to(keys)

    def _go_to(self, keys: Collection[str]) -> None:
        if not self.finder.show(keys):
            text = tr("The layers with this glacier are no longer in the project.")
            self.messages.show(text, Qgis.MessageLevel.Warning, seconds=FEW_SECONDS)

    def _layers_removed(self, ids: List[str]) -> None:
        self._let_go(ids)
        self.look_later()

    def _project_cleared(self) -> None:
        """What is compared, and what came out, goes with the project."""
        self._project_left = True
        self._asked = None
        self.runs.cancel()
        self.finder.stop()
        self.page.show_results(False)
        self.look_later()

    def _project_read(self) -> None:
        choice = map_settings.project_choice(QgsProject.instance(), self._group)
        try:
            self._take_choice(choice)
        except (KeyError, TypeError, ValueError):
            _log.warning("What was kept with the project for %s cannot be read.", self._group)
        self.look_later()


def wrong_with(layers: Collection[QgsMapLayer]) -> str:
    """Return what is wrong with the first layer that cannot be compared, "" where all can."""
    for layer in layers:
        if not layer.crs().isValid():
            text = tr("{} has no coordinate reference system: give it one by Layer > Set CRS of Layer(s).")
            return text.format(layer.name())
        if layer.featureCount() == 0:
            return tr("{} has no outlines.").format(layer.name())
    return ""


def runtime_state(text: str) -> PageState:
    """Return a state in which all is well, if there is a runtime."""
    if runtime_python():
        return PageState("green", text, possible=True)
    missing = tr("Comparing needs the runtime: a Python of its own beside QGIS, set up once.")
    return PageState("amber", missing, setup=True)
