"""What came out: large numbers, doubts, a table with charts whose selection is one, and files to hand on."""

from __future__ import annotations

import re
from typing import Collection, Optional, Sequence

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from .compare_table import Column, GlacierTable
from .headline_numbers import Headline, HeadlineNumbers
from .health_line import HealthLine
from .texts import tr

HEADLINES = 4
LOWEST_CHART = 150
TABLE_SHARE, CHART_SHARE = 1, 1


class ResultsBox(QWidget):
    """Shows a result. `charts` is a widget with `set_selected(keys)`.

    `selected(keys)` tells what the user selects in the table, `zoom_wanted(key)` the glacier to go to.
    """

    selected = pyqtSignal(list)
    zoom_wanted = pyqtSignal(str)
    report_pressed = pyqtSignal()
    csv_pressed = pyqtSignal()
    json_pressed = pyqtSignal()

    def __init__(self, columns: Sequence[Column], charts: QWidget, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.numbers = HeadlineNumbers(HEADLINES, self)
        self.summaryLabel = QLabel(self)
        self.summaryLabel.setWordWrap(True)
        self.doubts = HealthLine(self)
        self.table = GlacierTable(columns, self)
        self.charts = charts
        self.reportButton = self._button(tr("Report ..."), tr("One HTML page with everything, for a reviewer"))
        self.csvButton = self._button(tr("CSV ..."), tr("The numbers of each glacier as a table"))
        self.jsonButton = self._button(tr("JSON ..."), tr("All numbers"))
        self._lay_out()
        self.table.selected.connect(self.selected)
        self.table.zoom_wanted.connect(self.zoom_wanted)
        self.reportButton.clicked.connect(self.report_pressed)
        self.csvButton.clicked.connect(self.csv_pressed)
        self.jsonButton.clicked.connect(self.json_pressed)

    def show_headlines(self, headlines: Sequence[Headline], summary: str, title: str) -> None:
        """Show the large numbers, and a line below them; `title` is what they are of."""
        self.numbers.show_values(headlines)
        self.summaryLabel.setText(summary)
        self.summaryLabel.setToolTip(title)

    def show_doubts(self, doubts: Sequence[str]) -> None:
        """Show what makes the numbers doubtful; the line goes where nothing does."""
        if doubts:
            text = _first_clause(doubts[0])
            if len(doubts) > 1:
                text = tr("{}, and {} more to mind").format(text, len(doubts) - 1)
            self.doubts.show_health("amber", text, "\n".join(f"\u2022 {doubt}" for doubt in doubts))
        self.doubts.setVisible(bool(doubts))

    def set_selected(self, keys: Collection[str]) -> None:
        """Select glaciers in table and charts, without telling it."""
        self.table.set_selected(keys)
        self.charts.set_selected(keys)

    def set_exporting(self, exporting: bool) -> None:
        """Allow one file at a time."""
        for button in (self.reportButton, self.csvButton, self.jsonButton):
            button.setEnabled(not exporting)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(QgsApplication.getThemeIcon("/mActionFileSave.svg"), text, self)
        button.setToolTip(tip)
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.numbers, self.summaryLabel, self.doubts):
            column.addWidget(widget)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(self.charts)
        self.charts.setMinimumHeight(LOWEST_CHART)
        for place, share in enumerate((TABLE_SHARE, CHART_SHARE)):
            splitter.setStretchFactor(place, share)
        splitter.setSizes([1000 * TABLE_SHARE, 1000 * CHART_SHARE])
        column.addWidget(splitter, 1)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.reportButton, self.csvButton, self.jsonButton):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)


def _first_clause(text: str) -> str:
    """Return what a doubt says before it explains."""
    return re.split(r"[:;.] ", text, maxsplit=1)[0].rstrip(".")
