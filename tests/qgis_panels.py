"""What tests do with any tab of the dock: press, wait for its run, read what it says."""

from __future__ import annotations

from typing import Any, Tuple

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QWidget

LEFT_BUTTON, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
A_RUN_MS, A_WHILE_MS = 300_000, 30_000


def layer_of(layer_id: str) -> Any:
    """Return a layer, None if it has left the project."""
    return QgsProject.instance().mapLayer(layer_id)


def press(button: QWidget) -> None:
    """Click in the middle of a button."""
    QTest.mouseClick(button, LEFT_BUTTON)


def state(presenter: Any) -> Tuple[str, str, bool]:
    """Return a page's level, its words, and whether it can run."""
    page = presenter.page
    return page.health.level, page.health.textLabel.text(), page.run.runButton.isEnabled()


def run_to_end(presenter: Any, qtbot: Any) -> None:
    """Press a page's main button once it can be pressed, and wait for the end."""
    qtbot.waitUntil(presenter.page.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(presenter.page.run.runButton)
    assert presenter.runs.is_running
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=A_RUN_MS)
    qtbot.wait(20)


def message(interface: Any) -> str:
    """Return what the message bar says, "" where it is empty."""
    item = interface.bar.currentItem()
    return item.text() if item is not None else ""
