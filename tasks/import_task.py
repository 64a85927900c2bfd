"""Adding and checking models as QGIS tasks."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Tuple

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import Progress
from ..models.adding import WEIGHTS_SUFFIXES, add_onnx, add_weights
from ..models.checking import if_possible
from ..models.store import Model, ModelStore
from .model_jobs import RuntimeJobs

_log = logging.getLogger(__name__)

Work = Callable[[Progress], Model]


@dataclass(frozen=True)
class ImportChoice:
    """What the user wants to add. `features` and `calibration`: see weights.convert.import_weights."""

    path: str
    name: str = ""
    features: Optional[Tuple[str, ...]] = None
    calibration: Optional[str] = None

    @property
    def is_weights(self) -> bool:
        """Tell whether the file is of Keras weights, which only the runtime can read."""
        return Path(self.path).suffix.lower() in WEIGHTS_SUFFIXES


def adding(store: ModelStore, choice: ImportChoice, runtime_python: str) -> Work:
    """Return the work of adding what was chosen. An ONNX file is copied unchecked where there is no runtime."""
    jobs = RuntimeJobs(runtime_python)

    def add(progress: Progress) -> Model:
        if choice.is_weights:
            return add_weights(
                store,
                choice.path,
                jobs.convert,
                jobs.verify,
                progress,
                choice.name,
                choice.features,
                choice.calibration,
            )
        return add_onnx(store, choice.path, if_possible(jobs.verify), progress, choice.name)

    return add


def checking(store: ModelStore, name: str, runtime_python: str) -> Work:
    """Return the work of checking an installed model."""
    return lambda progress: store.check(name, RuntimeJobs(runtime_python).verify, progress)


class ModelTask(QgsTask):
    """Does `work` off the main thread; afterwards `model` or `error` is set.

    `told` comes from the task's thread, `ended` from the main one.
    """

    told = pyqtSignal(float, str)
    ended = pyqtSignal()

    def __init__(self, title: str, work: Work) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self.model: Optional[Model] = None
        self.error: Optional[Exception] = None
        self._work = work

    def run(self) -> bool:
        """Work (QGIS calls this in the task's thread)."""
        try:
            self.model = self._work(self)
        except IceMarginError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("%s failed unexpectedly.", self.description())
            self.error = error
        return self.error is None

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there). A task cancelled before its start has no error yet."""
        if not result and self.error is None:
            self.error = Cancelled("Cancelled; nothing was added.")
        self.ended.emit()

    def report(self, fraction: float, text: str) -> None:
        """Pass progress on (Progress)."""
        self.setProgress(100 * fraction)
        self.told.emit(fraction, text)

    def is_cancelled(self) -> bool:
        """Return True once the user pressed Cancel (Progress)."""
        return bool(self.isCanceled())
