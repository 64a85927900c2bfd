"""Adding and checking models from QGIS: what a BackgroundJob is given to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Tuple

from ..inference.progress import Progress
from ..models.adding import WEIGHTS_SUFFIXES, add_onnx, add_weights
from ..models.checking import if_possible
from ..models.store import Model, ModelStore
from .model_jobs import RuntimeJobs

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
    jobs = RuntimeJobs(runtime_python, "cpu")  # the model is in question, not the graphics card

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
