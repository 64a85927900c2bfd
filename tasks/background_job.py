"""A piece of work off the main thread as a QGIS task: anything that takes a Progress and returns an answer."""

from __future__ import annotations

import logging
import traceback
from typing import Any, Callable, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import Progress

Work = Callable[[Progress], Any]
_log = logging.getLogger(__name__)


class BackgroundJob(QgsTask):
    """Runs `work(progress)`; afterwards `answer` or `error` is set.

    It holds plain values only: no layer, no canvas. `told(fraction, text)` comes from the task's thread, `ended` from
    the main one.
    """

    told = pyqtSignal(float, str)
    ended = pyqtSignal()

    def __init__(self, title: str, work: Work, flags: Any = QgsTask.Flag.CanCancel) -> None:
        super().__init__(title, flags)
        self.answer: Any = None
        self.error: Optional[Exception] = None
        self._work = work

    def run(self) -> bool:
        """Work (QGIS calls this in the task's thread)."""
        try:
            self.answer = self._work(self)
        except IceMarginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("%s failed unexpectedly.", self.description())
            self.error = error
        if self.error is not None:
            # The frames hold what was open when it failed; closed after QGIS has ended it would crash it.
            traceback.clear_frames(self.error.__traceback__)
        return self.error is None

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there). A job cancelled before its start has no error yet."""
        if not result and self.error is None:
            self.error = Cancelled("Cancelled; nothing was written.")
        self.ended.emit()

    def report(self, fraction: float, text: str) -> None:
        """Pass the work's progress on (Progress)."""
        self.setProgress(100 * fraction)
        self.told.emit(fraction, text)

    def is_cancelled(self) -> bool:
        """Return True once the user pressed Cancel (Progress)."""
        return bool(self.isCanceled())
