"""Wires the Compare tab's second page: outlines of several dates become a change, in table, chart and map."""

from __future__ import annotations

from typing import Any, Collection, Dict, Mapping, Optional

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, QSignalBlocker, Qt

from ..inference.progress import Progress
from ..tasks.change import run_change, write_change_csv, write_change_report
from ..tasks.comparison import write_json
from ..tasks.runs import Run
from .change_inputs import ChangeInputs
from .change_request import AskedChange, ask_change, change_state
from .change_values import change_headlines, change_rows, period_texts
from .compare_guess import dated_layer, other_results, outline_layers
from .compare_panel import ComparePanel
from .compare_values import doubts_of
from .result_presenter import PageState, ResultPresenter
from .texts import tr

GROUP = "change"


def measure_asked(asked: AskedChange, runtime_python: str, progress: Progress) -> Dict[str, Any]:
    """Run what was asked (off the main thread)."""
    return run_change(asked.request, runtime_python, progress)


class ChangePresenter(ResultPresenter):
    """Owns what stands behind the page *Between dates*."""

    def __init__(
        self, panel: ComparePanel, iface: QgisInterface, work: Run = measure_asked, parent: Optional[QObject] = None
    ) -> None:
        self.inputs: ChangeInputs = panel.change.inputs
        super().__init__(panel.change, iface, GROUP, work, parent)
        self._panel = panel
        self._values: Mapping[str, Any] = {}
        panel.shown.connect(self.look_later)
        panel.periodCombo.currentIndexChanged.connect(lambda *_: self._show_period())
        results = self.page.results
        results.report_pressed.connect(lambda: self._save(self._write_report, "HTML", ".html"))
        results.csv_pressed.connect(lambda: self._save(self._write_csv, "CSV", ".csv"))
        results.json_pressed.connect(lambda: self._save(self._write_json, "JSON", ".json"))
        self.look()

    def _offer(self) -> None:
        project, inputs = QgsProject.instance(), self.inputs
        inputs.hide_layers(other_results(project))
        inputs.offer([dated_layer(layer) for layer in outline_layers(project)])
        chosen = inputs.chosen()
        first = project.mapLayer(chosen[0].id) if chosen else None
        if inputs.idFieldCombo.layer() is not first:
            inputs.idFieldCombo.setLayer(first if isinstance(first, QgsVectorLayer) else None)

    def _state(self) -> PageState:
        return change_state(self.inputs, bool(outline_layers(QgsProject.instance())))

    def _ask(self) -> AskedChange:
        return ask_change(self.inputs)

    def _show_answer(self, asked: AskedChange, answer: Mapping[str, Any]) -> None:
        self._values = answer
        new = [name for piece in answer["new"] for name in piece["ids"]]
        self.finder.set_places(asked.places_of([row["id"] for row in answer["glaciers"]]), asked.places_of(new))
        self.page.results.show_doubts(doubts_of(answer))
        periods = period_texts(answer)
        combo = self._panel.periodCombo
        with QSignalBlocker(combo):
            combo.clear()
            combo.addItems(periods)
            combo.setCurrentIndex(len(periods) - 1)  # the whole
        combo.setEnabled(len(periods) > 1)
        self._panel.change_charts.set_values(answer)
        self._show_period()

    def _show_period(self) -> None:
        period = self._panel.periodCombo.currentIndex()
        if not self._values or period < 0:
            return
        results = self.page.results
        results.table.set_rows(change_rows(self._values, period))
        results.table.sort_by("change_km2", Qt.SortOrder.AscendingOrder)
        states = ", ".join(f"{count} {name}" for name, count in self._values["states"].items() if count)
        text = tr("Glaciers: {}.").format(states)
        results.show_headlines(change_headlines(self._values, period), text, self._asked.title if self._asked else "")

    def _write_report(self, path: str, python: str, progress: Progress) -> None:
        write_change_report(dict(self._values), path, python, progress)

    def _write_csv(self, path: str, python: str, progress: Progress) -> None:
        write_change_csv(dict(self._values), path)

    def _write_json(self, path: str, python: str, progress: Progress) -> None:
        write_json(dict(self._values), path)

    def _choice(self) -> Dict[str, Any]:
        picks = {name: pick.id() for name, pick in self.inputs.picks().items()}
        return {**picks, "layers": [[choice.id, choice.day, choice.pixel_m] for choice in self.inputs.chosen()]}

    def _take_choice(self, choice: Dict[str, Any]) -> None:
        self._offer()
        project = QgsProject.instance()
        for name, pick in self.inputs.picks().items():
            pick.set(project.mapLayer(str(choice.get(name, ""))))
        self.inputs.set_chosen([(str(key), str(day), float(pixel)) for key, day, pixel in choice.get("layers", ())])

    def _is_shown(self, asked: AskedChange) -> bool:
        return {choice.id for choice in self.inputs.chosen()} == set(asked.layer_ids)

    def _let_go(self, ids: Collection[str]) -> None:
        self.inputs.let_go(ids)
