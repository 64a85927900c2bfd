"""The Map tab: scene and method above (scrolling), extent and main button below (always in sight)."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from .extent_box import ExtentBox
from .method_box import MethodBox
from .run_box import RunBox
from .scene_box import SceneBox

MARGIN = 6
NARROWEST = 348
"""Pixels below which the four choices of the extent would be cut off."""


class MapPanel(QWidget):
    """The four boxes one above the other. `changed` tells that another request may be meant."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.scene = SceneBox()
        self.method = MethodBox()
        self.extent = ExtentBox()
        self.run = RunBox()
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(self._scrolled(), 1)
        layout.addWidget(self.extent)
        layout.addWidget(self.run)
        for box in (self.scene, self.method, self.extent):
            box.changed.connect(self.changed)
        self.extent.changed.connect(self._name_button)
        self._name_button()

    def _scrolled(self) -> QScrollArea:
        """Scene and method in an area that scrolls only up and down."""
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.scene)
        column.addWidget(self.method)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(contents)
        return area

    def _name_button(self) -> None:
        self.run.set_button_text(self.extent.button_text())
