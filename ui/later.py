"""What is done once the current event is dealt with."""

from __future__ import annotations

from typing import Callable

from qgis.PyQt.QtCore import QObject, QTimer


def later(slot: Callable[[], object], parent: QObject) -> QTimer:
    """Return a timer that, started any number of times meanwhile, calls `slot` once."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.timeout.connect(slot)
    return timer
