"""What a run costs, the main button, and how far it is."""

from __future__ import annotations

import time
from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from .forms import load_form
from .texts import tr

LONG_RUN_SECONDS = 600
BIG_MEMORY_MIB = 4096


def duration_text(seconds: float) -> str:
    """Return a length of time for people: "under 5 s", "about 40 s", "about 3 min", "about 2.5 h"."""
    if seconds < 5:
        return tr("under 5 s")
    if seconds < 55:
        return tr("about {} s").format(5 * round(seconds / 5))
    if seconds < 5400:
        return tr("about {} min").format(max(1, round(seconds / 60)))
    return tr("about {:.1f} h").format(seconds / 3600)


def size_text(mebibytes: float) -> str:
    """Return a size for people: "120 MB", "1.4 GB"."""
    if mebibytes < 1000:
        return f"{max(1, round(mebibytes))} MB"
    return f"{mebibytes / 1024:.1f} GB"


def remaining_text(fraction: float, elapsed: float) -> str:
    """Return "0:38 left" from the share done and the seconds since the start; "" while it is too early to tell."""
    if fraction < 0.03 or elapsed < 1:
        return ""
    left = round(elapsed * (1 - fraction) / fraction)
    return tr("{}:{:02d} left").format(left // 60, left % 60)


class RunBox(QWidget):
    """Main button and progress. Says what was pressed; knows nothing of tasks."""

    run_pressed = pyqtSignal()
    cancel_pressed = pyqtSignal()

    estimateLabel: QLabel  # noqa: N815 - names of the .ui file
    runButton: QPushButton  # noqa: N815
    progressRow: QWidget  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    progressLabel: QLabel  # noqa: N815
    cancelButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("run_box", self)
        font = self.runButton.font()
        font.setBold(True)
        self.runButton.setFont(font)
        self._started = 0.0
        self._possible = False
        self._running = False
        self.runButton.clicked.connect(self.run_pressed)
        self.cancelButton.clicked.connect(self._cancel)
        self.set_running(False)

    def set_button_text(self, text: str) -> None:
        """Say on the button what it does with the extent that is chosen."""
        self.runButton.setText(text)

    def set_estimate(self, text: str, long: bool = False) -> None:
        """Show what the run costs; amber where it is long."""
        self.estimateLabel.setText(text)
        self.estimateLabel.setStyleSheet("color: #b26a00;" if long else "")
        self.estimateLabel.setVisible(bool(text))

    def set_possible(self, possible: bool) -> None:
        """Allow or block the main button."""
        self._possible = possible
        self.runButton.setEnabled(possible and not self._running)

    def set_running(self, running: bool) -> None:
        """Show the progress, or put it away."""
        self._running = running
        self._started = time.monotonic()
        self.progressRow.setVisible(running)
        self.progressLabel.setVisible(running)
        self.progressBar.setValue(0)
        self.progressLabel.setText(tr("Starting ...") if running else "")
        self.cancelButton.setEnabled(running)
        self.set_possible(self._possible)

    def show_progress(self, fraction: float, text: str) -> None:
        """Move the bar to `fraction` (0..1) and say what is going on and how long it takes yet."""
        self.progressBar.setValue(round(1000 * fraction))
        if self.cancelButton.isEnabled():
            left = remaining_text(fraction, time.monotonic() - self._started)
            self.progressLabel.setText(", ".join(part for part in (text, left) if part))

    def _cancel(self) -> None:
        self.cancelButton.setEnabled(False)
        self.progressLabel.setText(tr("Stopping ..."))
        self.cancel_pressed.emit()
