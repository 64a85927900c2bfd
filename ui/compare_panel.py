"""The Compare tab: outlines against a reference, or between dates."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QRadioButton, QStackedWidget, QVBoxLayout, QWidget

from .change_charts import ChangeCharts
from .change_inputs import ChangeInputs
from .change_values import change_columns
from .compare_charts import CompareCharts
from .compare_inputs import CompareInputs
from .compare_values import compare_columns
from .comparison_page import ComparisonPage
from .results_box import ResultsBox
from .texts import tr
from .view_buttons import ViewButtons

MARGIN = 6


class ComparePanel(QWidget):
    """Two pages, and the choice between them. `shown` when the tab comes to the front."""

    shown = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.referenceRadio = QRadioButton(tr("With a reference"), self)
        self.datesRadio = QRadioButton(tr("Between dates"), self)
        self.views = ViewButtons()
        self.charts = CompareCharts()
        self.change_charts = ChangeCharts()
        compared = ResultsBox(compare_columns(), self.charts)
        self.compare = ComparisonPage(tr("What is compared"), CompareInputs(), tr("Compare"), compared)
        self.periodCombo = QComboBox()
        changed = ResultsBox(change_columns(), self.change_charts)
        self.change = ComparisonPage(tr("Layers and their days"), ChangeInputs(), tr("Measure the change"), changed)
        self.compare.layout().insertWidget(1, self.views)
        changed.layout().insertWidget(0, self.periodCombo)
        self._pages = QStackedWidget(self)
        self._lay_out()
        self.datesRadio.toggled.connect(self._show_page)
        self.referenceRadio.setChecked(True)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.shown.emit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        row = QHBoxLayout()
        row.addWidget(self.referenceRadio)
        row.addWidget(self.datesRadio)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._pages, 1)
        for page in (self.compare, self.change):
            self._pages.addWidget(page)

    def _show_page(self, dates: bool) -> None:
        self._pages.setCurrentWidget(self.change if dates else self.compare)
