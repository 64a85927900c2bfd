"""What stands behind the tools button: models, the runtime, the doctor, learning."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Optional, Tuple

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..models.bundled import bundled_path
from ..models.store import CLASSIC
from ..tasks.background_job import BackgroundJob
from ..tasks.check_task import quiet_flags
from . import map_settings
from .doctor import Doctor, case_of_settings
from .learn_presenter import LearnHelper
from .model_manager import ModelManager
from .network_settings import network_settings
from .runtime_dialog import RuntimeDialog, runtime_manager
from .texts import tr

Entry = Tuple[str, Callable[[], None]]
"""What a menu shows, and what it calls."""


class Tools(QObject):
    """Opens the dialogs. `models_changed`, `model_chosen(path)` and `runtime_ready(python)` tell what came of it."""

    models_changed = pyqtSignal()
    model_chosen = pyqtSignal(str)
    runtime_ready = pyqtSignal(str)

    def __init__(self, window: QWidget, model: Callable[[], str], parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._window = window
        self.models = ModelManager(parent=self)
        self._runtime: Optional[RuntimeDialog] = None
        self.doctor = Doctor(lambda: case_of_settings(model()), parent=self)
        self.learning = LearnHelper(self.models.store, model, self)
        self.models.changed.connect(self.models_changed)
        self.models.chosen.connect(self.model_chosen)
        self._clearing: Optional[BackgroundJob] = None
        self._clear_up()
        self.entries: Tuple[Entry, ...] = (
            (tr("Models ..."), self.show_models),
            (tr("Runtime ..."), self.show_runtime),
            (tr("Doctor ..."), self.show_doctor),
            (tr("Learn from corrections ..."), self.show_learning),
        )

    def _clear_up(self) -> None:
        """Remove what an interrupted set-up of the runtime left (it can be gigabytes), in the background."""
        manager = runtime_manager()
        self._clearing = BackgroundJob(tr("IceMargin: clearing up"), lambda _: manager.clean_up(), quiet_flags())
        self._clearing.ended.connect(self._cleared)
        QgsApplication.taskManager().addTask(self._clearing)

    def _cleared(self) -> None:
        self._clearing = None

    def show_models(self) -> None:
        self.models.show(self._window)

    def show_runtime(self) -> None:
        """Open the dialog; it is kept, so that closing it does not end what it does."""
        if self._runtime is None:
            self._runtime = RuntimeDialog(runtime_manager(), network_settings, self._window)
            self._runtime.ready.connect(self.runtime_ready)
        self._runtime.refresh()
        self._runtime.show()
        self._runtime.raise_()

    def show_doctor(self) -> None:
        self.doctor.show(self._window)

    def show_learning(self) -> None:
        self.learning.show(self._window)

    def offered(self) -> List[Tuple[str, str]]:
        """Return name and path of the models to choose from: installed ones, then files used before."""
        installed = [(model.name, model.path) for model in self.models.store.offered() if model.path != CLASSIC]
        known = {path for _, path in installed}
        return installed + [(Path(path).stem, path) for path in map_settings.recent_models() if path not in known]

    def proposed(self) -> str:
        """Return the path of the model that is chosen before anybody chose one, "" for the classic method."""
        return bundled_path()

    def default_for(self, region: str) -> str:
        """Return the path of the model that the user made the default in a region, "" where there is none."""
        name = self.models.store.default_for(region)
        return next((model.path for model in self.models.store.offered() if model.name == name), "")

    def stop(self) -> None:
        """Cancel what runs and close the dialogs."""
        if self._clearing is not None:
            self._clearing.ended.disconnect(self._cleared)
            self._clearing.waitForFinished(1000)
            self._clearing = None
        self.models.stop()
        self.doctor.stop()
        self.learning.stop()
        if self._runtime is not None:
            self._runtime.stop()
            self._runtime.deleteLater()
            self._runtime = None
