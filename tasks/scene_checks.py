"""Keeps the check of the scene up to date: waits until the user pauses, runs one check at a time."""

from __future__ import annotations

from typing import Callable, List, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..inference.request import DelineationRequest
from .check_task import Check, CheckTask, Describe, check_scene, describe

PAUSE_MS = 500

Ask = Callable[[], Optional[DelineationRequest]]


class SceneChecks(QObject):
    """Asks for the request when the pause is over, checks it in the background, emits `checked(CheckReport)`.

    An answer that came too late (something was changed meanwhile) is dropped.
    """

    started = pyqtSignal()
    checked = pyqtSignal(object)

    def __init__(
        self,
        ask: Ask,
        runtime_python: Callable[[], str],
        speed: Callable[[DelineationRequest], float],
        describe: Describe = describe,
        check: Check = check_scene,
        parent: Optional[QObject] = None,
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._runtime_python = runtime_python
        self._speed = speed
        self._describe = describe
        self._check = check
        self._tasks: List[CheckTask] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._start)

    def schedule(self) -> None:
        """Check again once nothing has changed for half a second."""
        self._drop_running()
        self._timer.start()

    @property
    def pending(self) -> bool:
        """True until the answer to the latest `schedule` is there."""
        return bool(self._timer.isActive() or self._current() is not None)

    def stop(self, patience_ms: int = 2000) -> None:
        """Cancel what runs, and wait briefly for its thread."""
        self._timer.stop()
        tasks = list(self._tasks)
        self._drop_running()
        for task in tasks:
            task.waitForFinished(patience_ms)

    def _current(self) -> Optional[CheckTask]:
        return next((task for task in reversed(self._tasks) if not task.isCanceled()), None)

    def _drop_running(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _start(self) -> None:
        request = self._ask()
        if request is None:
            return
        arguments = (request, self._runtime_python(), self._speed(request))
        task = CheckTask(*arguments, describe=self._describe, check=self._check)
        self._tasks.append(task)
        task.ended.connect(lambda: self._ended(task))
        self.started.emit()
        QgsApplication.taskManager().addTask(task)

    def _ended(self, task: CheckTask) -> None:
        self._tasks.remove(task)
        if not task.isCanceled() and task.report is not None:
            self.checked.emit(task.report)
