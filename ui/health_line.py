"""One line that says how the scene is: a coloured dot and a text; unfolds to what was found and why."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtWidgets import QLabel, QToolButton, QWidget

from .forms import load_form

DOT_COLOURS = {"green": "#2e9e4f", "amber": "#e69f00", "red": "#d32f2f", "none": "#9e9e9e"}


LONG_TEXT = 110


def headline(text: str) -> str:
    """Return the first sentence of a long text, a short text as it is."""
    first = text.split(". ", maxsplit=1)[0]
    return text if len(text) <= LONG_TEXT or first == text else first.rstrip(".") + "."


class HealthLine(QWidget):
    """Shows a level ("green", "amber", "red", "none"), a text, and on a click the details."""

    dotLabel: QLabel  # noqa: N815 - names of the .ui file
    textLabel: QLabel  # noqa: N815
    whyLabel: QLabel  # noqa: N815
    whyButton: QToolButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("health_line", self)
        self.level = "none"
        self.dotLabel.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.whyButton.setIcon(QgsApplication.getThemeIcon("/mActionPropertiesWidget.svg"))
        self.whyButton.toggled.connect(self._show_why)
        self.show_health("none", "")

    def show_health(self, level: str, text: str, why: str = "") -> None:
        """Show `text` beside a dot of the level's colour; `why` (plain text) is folded away."""
        self.level = level
        self.dotLabel.setStyleSheet(f"color: {DOT_COLOURS[level]};")
        self.textLabel.setText(text)
        self.whyLabel.setText(why)
        unfolds = bool(why) and why != text
        self.whyButton.setVisible(unfolds)
        self._show_why(unfolds and self.whyButton.isChecked())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click anywhere on the line unfolds it."""
        if self.whyButton.isVisibleTo(self):
            self.whyButton.toggle()
        super().mouseReleaseEvent(event)

    def _show_why(self, shown: bool) -> None:
        self.whyLabel.setVisible(shown)
