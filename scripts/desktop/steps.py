"""Running a session inside QGIS step by step, without ever blocking its event loop."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Generator, List, Optional

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QWidget

Wait = Callable[[], bool]
Session = Generator[Wait, None, None]
PATIENCE = 120.0  # s a step may take
TICK_MS = 50


def after(seconds: float) -> Wait:
    """Return a condition that is true once `seconds` have passed."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def shoot(name: str, widget: Optional[QWidget] = None) -> None:
    """Save a picture of a window (by default the whole screen) as <name>.png with few colours."""
    screen = QApplication.primaryScreen()
    picture = screen.grabWindow(0) if widget is None else widget.grab()
    path = Path(os.environ["ICEMARGIN_PICTURES"]) / f"{name}.png"
    picture.toImage().save(str(path), "PNG", 0)


class Runner:
    """Runs a session: a generator that yields conditions to wait for."""

    def __init__(self, session: Session, iface: QgisInterface) -> None:
        self._session = session
        self._iface = iface
        self._notes: List[str] = []
        self._wait: Wait = after(1.0)
        self._since = time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)

    def note(self, text: Any) -> None:
        """Keep a line for whoever started the session."""
        self._notes.append(str(text))

    def _tick(self) -> None:
        if not self._wait():
            if time.monotonic() - self._since < PATIENCE:
                return
            self._end("failed: a step took too long")
            return
        try:
            self._wait = next(self._session)
            self._since = time.monotonic()
        except StopIteration:
            self._end("done")
        except Exception:  # noqa: BLE001 - the edge: the session's own fault is what we want to see
            self._end("failed:\n" + traceback.format_exc())

    def _end(self, text: str) -> None:
        self._timer.timeout.disconnect(self._tick)
        self.note(text)
        Path(os.environ["ICEMARGIN_DONE"]).write_text("\n".join(self._notes), encoding="utf-8")
        QgsProject.instance().clear()
        self._timer.timeout.connect(self._leave)

    def _leave(self) -> None:
        """Close QGIS once no task is active: it would ask whether to quit all the same."""
        if QgsApplication.taskManager().countActiveTasks() == 0:
            self._timer.stop()
            self._iface.actionExit().trigger()
