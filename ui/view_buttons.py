"""Two ways to look at two layers at once, as buttons."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QToolButton, QWidget

from .texts import tr


class ViewButtons(QWidget):
    """Swipe and Side by side. `swipe_toggled(on)` and `beside_toggled(on)` tell a press."""

    swipe_toggled = pyqtSignal(bool)
    beside_toggled = pyqtSignal(bool)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.swipeButton = self._button(
            tr("Swipe"), "/mActionPan.svg", tr("Drag a line over the map: candidate left of it, reference right of it")
        )
        self.besideButton = self._button(
            tr("Side by side"), "/mActionNewMap.svg", tr("The reference in a second map that moves with the first")
        )
        for button in (self.swipeButton, self.besideButton):
            row.addWidget(button)
        row.addStretch(1)
        self.swipeButton.clicked.connect(self.swipe_toggled)
        self.besideButton.clicked.connect(self.beside_toggled)

    def set_possible(self, possible: bool) -> None:
        """Allow the buttons or not."""
        for button in (self.swipeButton, self.besideButton):
            button.setEnabled(possible)

    def set_shown(self, swipe: bool, beside: bool) -> None:
        """Show which of them is on."""
        self.swipeButton.setChecked(swipe)
        self.besideButton.setChecked(beside)

    def _button(self, text: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setIcon(QgsApplication.getThemeIcon(icon))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        return button
