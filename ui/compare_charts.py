"""The charts of a comparison, one at a time: histograms, area against area, deviation by size."""

from __future__ import annotations

from typing import Collection, List, Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from .charts.histogram import HistogramChart
from .charts.scatter import ScatterChart
from .compare_table import Row
from .texts import tr

AREAS, BY_SIZE = "areas", "by_size"
HISTOGRAMS = ("area_deviation_percent", "iou", "distance_mean_m")


class CompareCharts(QWidget):
    """Shows one chart of the rows. `selected(keys)` tells what the user selects in it."""

    selected = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.chartCombo = QComboBox(self)
        self.histogram, self.scatter = HistogramChart(self), ScatterChart(self)
        self._stack = QStackedWidget(self)
        self._rows: Sequence[Row] = ()
        self._selected: List[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.chartCombo)
        column.addWidget(self._stack, 1)
        for chart in (self.histogram, self.scatter):
            self._stack.addWidget(chart)
            chart.selected.connect(self._chart_selected)
        self._fill()
        self.chartCombo.currentIndexChanged.connect(lambda *_: self._draw())

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Draw other rows."""
        self._rows = tuple(rows)
        self._draw()

    def set_selected(self, keys: Collection[str]) -> None:
        """Show these as selected, without telling it."""
        self._selected = list(keys)
        self._stack.currentWidget().set_selected(self._selected)

    def _fill(self) -> None:
        titles = {
            AREAS: tr("Area against area"),
            BY_SIZE: tr("Deviation by size"),
            "area_deviation_percent": tr("How many: area deviation"),
            "iou": tr("How many: IoU"),
            "distance_mean_m": tr("How many: mean distance"),
        }
        for name in ("area_deviation_percent", AREAS, BY_SIZE, "iou", "distance_mean_m"):
            self.chartCombo.addItem(titles[name], name)

    def _draw(self) -> None:
        name = str(self.chartCombo.currentData())
        keys = [str(row["key"]) for row in self._rows]
        if name in HISTOGRAMS:
            self._stack.setCurrentWidget(self.histogram)
            titles = {"iou": (tr("IoU"), ""), "distance_mean_m": (tr("Mean distance"), "m")}
            title, unit = titles.get(name, (tr("Area deviation"), "%"))
            self.histogram.set_values(self._values(name), keys, title, unit)
        else:
            self._stack.setCurrentWidget(self.scatter)
            self._scatter(name, keys)
        self.set_selected(self._selected)

    def _scatter(self, name: str, keys: List[str]) -> None:
        sizes, title = self._values("area_ref_km2"), tr("Reference (km\u00b2)")
        if name == AREAS:
            areas = self._values("area_km2")
            self.scatter.set_points(sizes, areas, keys, title, tr("Candidate (km\u00b2)"), True, True, diagonal=True)
        else:
            deviations = self._values("area_deviation_percent")
            self.scatter.set_points(sizes, deviations, keys, title, tr("Area deviation (%)"), log_x=True)

    def _values(self, name: str) -> List[Optional[float]]:
        return [row.get(name) for row in self._rows]

    def _chart_selected(self, keys: List[str]) -> None:
        self._selected = list(keys)
        self.selected.emit(self._selected)
