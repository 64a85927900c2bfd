"""Wires the Compare tab's first page: outlines against a reference, compared in the runtime, shown in the map."""

from __future__ import annotations

from typing import Any, Collection, Dict, Optional, Sequence

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, Qt

from ..inference.progress import Progress
from ..tasks.comparison import run_comparison, write_csv, write_json, write_report
from ..tasks.comparison_request import ComparisonAnswer
from ..tasks.runs import Run
from . import map_settings
from .compare_guess import guess_pair, other_results, outline_layers
from .compare_inputs import CompareInputs
from .compare_panel import ComparePanel
from .compare_request import AskedComparison, ask_comparison, compare_state
from .compare_values import class_text, compare_doubts, compare_headlines, compare_rows
from .difference_layer import GLACIER_FIELD, add_difference
from .layer_places import LayerPlaces
from .result_presenter import PageState, ResultPresenter
from .texts import tr
from .two_views import TwoViews

GROUP = "compare"


def compare_asked(asked: AskedComparison, runtime_python: str, progress: Progress) -> ComparisonAnswer:
    """Run what was asked (off the main thread)."""
    return run_comparison(asked.request, runtime_python, progress)


class ComparePresenter(ResultPresenter):
    """Owns what stands behind the page *With a reference*."""

    def __init__(
        self, panel: ComparePanel, iface: QgisInterface, work: Run = compare_asked, parent: Optional[QObject] = None
    ) -> None:
        self.inputs: CompareInputs = panel.compare.inputs
        super().__init__(panel.compare, iface, GROUP, work, parent)
        self._panel = panel
        self._canvas = iface.mapCanvas()
        self._answer: Optional[ComparisonAnswer] = None
        self.views = TwoViews(iface, self)
        map_settings.restore_widgets(GROUP, self.inputs.saved_widgets())
        panel.charts.selected.connect(self._chart_selected)
        panel.shown.connect(self.look_later)
        panel.views.swipe_toggled.connect(self.views.swipe)
        panel.views.beside_toggled.connect(self.views.show_beside)
        self.views.changed.connect(self._show_views)
        results = self.page.results
        results.report_pressed.connect(lambda: self._save(self._write_report, "HTML", ".html"))
        results.csv_pressed.connect(lambda: self._save(self._write_csv, "CSV", ".csv"))
        results.json_pressed.connect(lambda: self._save(self._write_json, "JSON", ".json"))
        self.look()

    def stop(self) -> None:
        """Cancel what runs, close the second map, let go of the project."""
        self.views.changed.disconnect(self._show_views)
        self.views.stop()
        super().stop()

    def _offer(self) -> None:
        project, inputs = QgsProject.instance(), self.inputs
        layers = outline_layers(project)
        inputs.hide_layers(other_results(project))
        inputs.offer_experts([(layer.name(), layer.id()) for layer in layers])
        self._guess(layers)
        self.views.set_layers(inputs.candidate.id(), inputs.reference.id())
        self._panel.views.set_possible(bool(inputs.candidate.id() and inputs.reference.id()))

    def _guess(self, layers: Sequence[QgsVectorLayer]) -> None:
        """Choose candidate and reference until there are both; then layers that come change nothing."""
        picks = (self.inputs.candidate, self.inputs.reference)
        if all(pick.id() for pick in picks):
            return
        for pick, guess in zip(picks, guess_pair(layers)):
            if not pick.picked_by_user and pick.layer() is not guess:
                pick.set(guess)

    def _state(self) -> PageState:
        return compare_state(self.inputs, bool(outline_layers(QgsProject.instance())))

    def _ask(self) -> AskedComparison:
        asked = ask_comparison(self.inputs, self._canvas)
        map_settings.save_widgets(GROUP, self.inputs.saved_widgets())
        for pick in (self.inputs.candidate, self.inputs.reference):
            pick.picked_by_user = True
        return asked

    def _show_answer(self, asked: AskedComparison, answer: ComparisonAnswer) -> None:
        self._answer = answer
        values, results = answer.values, self.page.results
        rows = compare_rows(values)
        results.table.set_rows(rows)
        results.table.sort_by("wrong_km2", Qt.SortOrder.DescendingOrder)
        self._panel.charts.set_rows([row for row in rows if row["class"] != "new"])
        results.show_headlines(compare_headlines(values), tr("Glaciers: {}.").format(class_text(values)), asked.title)
        results.show_doubts(compare_doubts(values))
        candidate, reference = asked.places
        self.finder.set_places(reference, candidate)
        if answer.difference:
            title = tr("Difference: {}").format(asked.title)
            layer_id = add_difference(QgsProject.instance(), answer.difference, title, " ".join(asked.pair))
            self.finder.set_places(reference, candidate, LayerPlaces(layer_id, GLACIER_FIELD))

    def _write_report(self, path: str, python: str, progress: Progress) -> None:
        if self._answer is not None and isinstance(self._asked, AskedComparison):
            write_report(self._answer, path, self._asked.imagery, python, progress)

    def _write_csv(self, path: str, python: str, progress: Progress) -> None:
        if self._answer is not None:
            write_csv(self._answer.values, path)

    def _write_json(self, path: str, python: str, progress: Progress) -> None:
        if self._answer is not None:
            write_json(self._answer.values, path)

    def _show_views(self) -> None:
        self._panel.views.set_shown(self.views.swiping, self.views.beside)

    def _choice(self) -> Dict[str, Any]:
        return self.inputs.choice()

    def _take_choice(self, choice: Dict[str, Any]) -> None:
        self._offer()
        self.inputs.take(choice, QgsProject.instance())

    def _is_shown(self, asked: AskedComparison) -> bool:
        return (self.inputs.candidate.id(), self.inputs.reference.id()) == asked.pair

    def _let_go(self, ids: Collection[str]) -> None:
        self.inputs.let_go(ids)
