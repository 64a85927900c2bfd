"""What groups share that work on a layer: what will happen, the button, and what came out."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from .forms import load_form
from .health_line import HealthLine
from .run_box import RunBox


class WorkBox(QWidget):
    """A form that has a planLabel and a runLayout besides its inputs. `changed` when something else may be meant."""

    changed = pyqtSignal()

    planLabel: QLabel  # noqa: N815 - names of the .ui file
    runLayout: QVBoxLayout  # noqa: N815

    def __init__(self, form: str, button: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form(form, self)
        self.run = RunBox(self)
        self.run.set_button_text(button)
        self.run.set_estimate("")
        self.result = HealthLine(self)
        self.runLayout.addWidget(self.run)
        self.runLayout.addWidget(self.result)

    def show_state(self, text: str, possible: bool) -> None:
        """Say what will happen, or what is missing; allow the button."""
        self.planLabel.setText(text)
        self.run.set_possible(possible)
