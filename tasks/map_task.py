"""A mapping run as a QGIS task: the core's delineate() off the main thread."""

from __future__ import annotations

import logging
from typing import Callable, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import Progress
from ..inference.request import DelineationRequest, DelineationResult

Work = Callable[[DelineationRequest, str, Progress], DelineationResult]

_log = logging.getLogger(__name__)


def run_delineation(request: DelineationRequest, runtime_python: str, progress: Progress) -> DelineationResult:
    """Open the predictor, map, close the predictor. Raises IceMarginError subclasses."""
    from ..inference.delineate import delineate
    from .runtime import open_predictor

    predictor = open_predictor(request, runtime_python, progress.is_cancelled)
    try:
        return delineate(request, progress, predictor)
    finally:
        predictor.close()


class MapTask(QgsTask):
    """Runs `work` for a request; afterwards `result` or `error` is set.

    It holds plain values only: no layer, no canvas. `told` comes from the task's thread, `ended` from the main one.
    """

    told = pyqtSignal(float, str)
    ended = pyqtSignal()

    def __init__(
        self, title: str, request: DelineationRequest, runtime_python: str, work: Work = run_delineation
    ) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self.request = request
        self.result: Optional[DelineationResult] = None
        self.error: Optional[Exception] = None
        self._runtime_python = runtime_python
        self._work = work

    def run(self) -> bool:
        """Map (QGIS calls this in the task's thread)."""
        try:
            self.result = self._work(self.request, self._runtime_python, self)
        except IceMarginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("The run failed unexpectedly.")
            self.error = error
        return self.error is None

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there). A task cancelled before its start has no error yet."""
        if not result and self.error is None:
            self.error = Cancelled("Cancelled; nothing was written.")
        self.ended.emit()

    def report(self, fraction: float, text: str) -> None:
        """Pass the core's progress on (Progress)."""
        self.setProgress(100 * fraction)
        self.told.emit(fraction, text)

    def is_cancelled(self) -> bool:
        """Return True once the user pressed Cancel (Progress)."""
        return bool(self.isCanceled())
