"""The dock: one tab for each step of the work."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtWidgets import QTabWidget, QWidget

OBJECT_NAME = "IceMarginDock"
MINIMUM_WIDTH = 400
"""Pixels below which a tab would be cut off at its right."""


class IceMarginDock(QgsDockWidget):
    """Holds the tabs in the order of the work."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__("IceMargin", parent)
        self.setObjectName(OBJECT_NAME)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumWidth(MINIMUM_WIDTH)
        self.setWidget(self.tabs)

    def add_tab(self, panel: QWidget, title: str) -> None:
        """Add a panel behind those that are there."""
        self.tabs.addTab(panel, title)

    def set_title(self, panel: QWidget, title: str) -> None:
        """Name a panel's tab anew."""
        self.tabs.setTabText(self.tabs.indexOf(panel), title)

    def show_panel(self, panel: QWidget) -> None:
        """Bring a panel to the front."""
        self.setUserVisible(True)
        self.tabs.setCurrentWidget(panel)
