"""Setting up the runtime as a QGIS task: the manager's work off the main thread."""

from __future__ import annotations

import logging
from typing import Callable, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import Progress
from .check_task import quiet_flags
from .environment import RuntimeManager

Work = Callable[[Progress], str]

_log = logging.getLogger(__name__)


class SetupTask(QgsTask):
    """Runs `work`, which returns the runtime's interpreter ("" after a removal); then `python` or `error` is set.

    `told` comes from the task's thread, `ended` from the main one.
    """

    told = pyqtSignal(float, str)
    ended = pyqtSignal()

    def __init__(self, title: str, work: Work, flags: Optional[QgsTask.Flags] = None) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel if flags is None else flags)
        self.python = ""
        self.error: Optional[Exception] = None
        self._work = work

    def run(self) -> bool:
        """Work (QGIS calls this in the task's thread)."""
        try:
            self.python = self._work(self)
        except IceMarginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("The set-up failed unexpectedly.")
            self.error = error
        return self.error is None

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there). A task cancelled before its start has no error yet."""
        if not result and self.error is None:
            self.error = Cancelled("Cancelled; nothing was changed.")
        self.ended.emit()

    def report(self, fraction: float, text: str) -> None:
        """Pass the manager's progress on (Progress)."""
        self.setProgress(100 * fraction)
        self.told.emit(fraction, text)

    def is_cancelled(self) -> bool:
        """Return True once the user pressed Cancel (Progress)."""
        return bool(self.isCanceled())


def clean_up_task(manager: RuntimeManager) -> SetupTask:
    """Return a quiet task for the plugin's start: removes what an interrupted set-up left (it can be gigabytes)."""

    def work(progress: Progress) -> str:
        manager.clean_up()
        return ""

    return SetupTask("IceMargin: clearing up", work, quiet_flags())
