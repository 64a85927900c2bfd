"""One run at a time, started and watched from the main thread."""

from __future__ import annotations

from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import Cancelled
from ..inference.progress import Progress
from .background_job import BackgroundJob

Run = Callable[[Any, str, Progress], Any]
"""What is done off the main thread with a request and the runtime's interpreter."""


class Runs(QObject):
    """Starts a run as a BackgroundJob and says how it went, always in the main thread.

    `done(request, result)`, `failed(request, error)`, `cancelled()`; `running(bool)` before and after.
    """

    running = pyqtSignal(bool)
    told = pyqtSignal(float, str)
    done = pyqtSignal(object, object)
    failed = pyqtSignal(object, object)
    cancelled = pyqtSignal()

    def __init__(self, work: Run, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._work = work
        self._task: Optional[BackgroundJob] = None
        self._request: Any = None

    @property
    def is_running(self) -> bool:
        """True from start until the run ended in whatever way."""
        return self._task is not None

    def start(self, title: str, request: Any, runtime_python: str, flags: Any = QgsTask.Flag.CanCancel) -> None:
        """Start a run; while one is running this does nothing."""
        if self._task is not None:
            return
        task = BackgroundJob(title, lambda progress: self._work(request, runtime_python, progress), flags)
        self._task, self._request = task, request
        task.told.connect(self.told)
        task.ended.connect(self._ended)
        self.running.emit(True)
        QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """Ask the run to stop; `cancelled` follows."""
        if self._task is not None:
            self._task.cancel()

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel and wait briefly; nothing is told any more."""
        task, self._task = self._task, None
        if task is None:
            return
        task.told.disconnect(self.told)
        task.ended.disconnect(self._ended)
        task.cancel()
        task.waitForFinished(patience_ms)

    def _ended(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        self.running.emit(False)
        if task.error is None:
            self.done.emit(self._request, task.answer)
        elif isinstance(task.error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(self._request, task.error)
