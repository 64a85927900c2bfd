"""What dialogs share that run one job: a headline, and a row with the progress while it runs."""

from __future__ import annotations

import time
from typing import Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QLabel, QProgressBar, QPushButton, QWidget

from .forms import load_form
from .run_box import remaining_text


class ProgressDialog(QDialog):
    """Shows how a job goes. Says what was pressed; knows nothing of tasks."""

    cancel_pressed = pyqtSignal()

    headlineLabel: QLabel  # noqa: N815 - names of the .ui file
    progressRow: QWidget  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    cancelButton: QPushButton  # noqa: N815

    def __init__(self, form: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form(form, self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._started = 0.0
        font = self.headlineLabel.font()
        font.setBold(True)
        self.headlineLabel.setFont(font)
        self.cancelButton.clicked.connect(self.cancel_pressed)

    def set_running(self, running: bool) -> None:
        """Show the progress, or put it away."""
        self._started = time.monotonic()
        self.progressRow.setVisible(running)
        self.progressBar.setValue(0)

    def show_progress(self, fraction: float, text: str) -> None:
        """Move the bar to `fraction` (0..1) and say what is done and how long it takes yet."""
        self.progressBar.setValue(round(1000 * fraction))
        left = remaining_text(fraction, time.monotonic() - self._started)
        self.headlineLabel.setText(", ".join(part for part in (text, left) if part))

    def show_message(self, text: str) -> None:
        """Say why there is no result."""
        self.headlineLabel.setText(text)
