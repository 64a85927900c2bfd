"""The doctor's dialog: one line for each finding, what to do below it, and the report for a bug report."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor, QIcon, QPainter, QPixmap, QResizeEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QApplication,
    QDialog,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ..diagnosis.report import BAD, DOUBT, OK, Finding, Report
from .forms import load_form
from .texts import tr

COLOURS = {OK: "#2e9e4f", DOUBT: "#e69f00", BAD: "#d32f2f"}
_ORDER = (BAD, DOUBT, OK)
_DOT = 12
_CELL_MARGIN = 10


class DoctorDialog(QDialog):
    """Shows a Report. Says what was pressed; knows nothing of examinations."""

    again_pressed = pyqtSignal()
    cancel_pressed = pyqtSignal()

    headlineLabel: QLabel  # noqa: N815 - names of the .ui file
    findingsTree: QTreeWidget  # noqa: N815
    progressRow: QWidget  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    cancelButton: QPushButton  # noqa: N815
    copyButton: QPushButton  # noqa: N815
    againButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("doctor_dialog", self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._report: Optional[Report] = None
        header = self.findingsTree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        font = self.headlineLabel.font()
        font.setBold(True)
        self.headlineLabel.setFont(font)
        self.againButton.clicked.connect(self.again_pressed)
        self.cancelButton.clicked.connect(self.cancel_pressed)
        self.copyButton.clicked.connect(self.copy_report)
        self.closeButton.clicked.connect(self.close)
        self.set_running(False)

    def set_running(self, running: bool) -> None:
        """Show the progress, or put it away."""
        self.progressRow.setVisible(running)
        self.againButton.setEnabled(not running)
        self.copyButton.setEnabled(not running and self._report is not None)
        if running:
            self._report = None
            self.findingsTree.clear()
            self.progressBar.setValue(0)
            self.headlineLabel.setText(tr("Examining ..."))

    def show_progress(self, fraction: float, text: str) -> None:
        """Move the bar to `fraction` (0..1) and say what is being examined."""
        self.progressBar.setValue(round(1000 * fraction))
        self.headlineLabel.setText(text)

    def show_report(self, report: Report) -> None:
        """Show what was found, what needs something done first."""
        self._report = report
        self.headlineLabel.setText(report.headline)
        self.findingsTree.clear()
        for finding in sorted(report.findings, key=lambda finding: _ORDER.index(finding.state)):
            self.findingsTree.addTopLevelItem(_row(finding))
        self.copyButton.setEnabled(True)
        self._fit_rows()

    def show_message(self, text: str) -> None:
        """Say why there is no report."""
        self.headlineLabel.setText(text)

    def copy_report(self) -> None:
        """Put the report as text on the clipboard."""
        if self._report is not None:
            QApplication.clipboard().setText(self._report.to_text())
            self.copyButton.setText(tr("Copied"))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit_rows()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Break the lines once the columns have their widths."""
        super().showEvent(event)
        self._fit_rows()

    def _fit_rows(self) -> None:
        """Give every row the height that its text needs: a tree view does not do that for wrapped text by itself."""
        width = self.findingsTree.viewport().width() - self.findingsTree.columnWidth(0) - _CELL_MARGIN
        metrics = self.findingsTree.fontMetrics()
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.TextFlag.TextWrapAnywhere)
        for number in range(self.findingsTree.topLevelItemCount()):
            row = self.findingsTree.topLevelItem(number)
            height = metrics.boundingRect(0, 0, max(width, 1), 1 << 16, flags, row.text(1)).height()
            row.setSizeHint(1, QSize(0, height + _CELL_MARGIN))


def _row(finding: Finding) -> QTreeWidgetItem:
    text = f"{finding.fact}\n\u2192 {finding.advice}" if finding.advice else finding.fact
    row = QTreeWidgetItem([finding.name, text])
    row.setIcon(0, _dot(COLOURS[finding.state]))
    row.setToolTip(0, finding.state)
    row.setToolTip(1, text)
    row.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{finding.state}: {finding.name}")
    return row


def _dot(colour: str) -> QIcon:
    """Return a disc; bad ones are told from good ones by the advice too, so that the colour is not all there is."""
    picture = QPixmap(_DOT, _DOT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QBrush(QColor(colour)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(1, 1, _DOT - 2, _DOT - 2)
    painter.end()
    return QIcon(picture)
