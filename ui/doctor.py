"""Wires the doctor's dialog: what QGIS knows becomes a case, which is examined in a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional, Tuple

from qgis.core import Qgis, QgsProject
from qgis.PyQt.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, QObject
from qgis.PyQt.QtWidgets import QWidget

from ..diagnosis.report import DOUBT, OK, Finding, Report
from ..inference.progress import Progress
from ..models.folders import data_folder
from ..tasks.runtime_setting import runtime_python
from . import map_settings
from .doctor_dialog import DoctorDialog
from .job_dialog import JobDialogPresenter
from .output_folder import default_folder
from .runtime_dialog import runtime_folder
from .texts import tr

if TYPE_CHECKING:
    from ..diagnosis.examine import Case

OLDEST_QGIS = 32200
Examine = Callable[["Case", Progress], Report]


def host_findings() -> Tuple[Finding, ...]:
    """Return the versions of what the plugin runs in."""
    old = Qgis.versionInt() < OLDEST_QGIS
    advice = "IceMargin is made for QGIS 3.22 and newer; update QGIS." if old else ""
    return (
        Finding("QGIS", DOUBT if old else OK, Qgis.version(), advice),
        Finding("Qt", OK, f"{QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}"),
    )


def case_of_settings(model: str = "", device: str = "auto") -> Case:
    """Return the case that the settings describe, `model` (if it is a file) first. Call it on the main thread."""
    from ..diagnosis.examine import Case, installed_models

    paths = (model, *installed_models(), *map_settings.recent_models())
    models = [path for path in paths if path and path != "classic"]
    return Case(
        host=host_findings(),
        runtime_python=runtime_python(),
        runtime_folder=str(runtime_folder()),
        models=tuple(dict.fromkeys(models)),
        device=device,
        folders={
            "results": str(default_folder(QgsProject.instance())),
            "models": str(data_folder()),
            "the runtime": str(runtime_folder()),
        },
    )


def examine_case(case: Case, progress: Progress) -> Report:
    """Examine (in the task's thread: GDAL and the checks are imported there)."""
    from ..diagnosis.examine import examine

    return examine(case, progress)


class Doctor(JobDialogPresenter):
    """Shows the dialog and examines; `stop` cancels and waits briefly."""

    def __init__(
        self, make_case: Callable[[], Case], examine: Examine = examine_case, parent: Optional[QObject] = None
    ) -> None:
        super().__init__(tr("The examination failed: {}"), parent)
        self._make_case = make_case
        self._examine = examine

    def show(self, window: Optional[QWidget] = None) -> None:
        """Open the dialog (or bring it to the front) and examine."""
        if self._is_open():
            return
        dialog = DoctorDialog(window)
        dialog.again_pressed.connect(self.examine)
        self._open(dialog)
        self.examine()

    def examine(self) -> None:
        """Start an examination; while one is running this does nothing."""
        if self._job is not None or self.dialog is None:
            return
        case = self._make_case()
        self._start(tr("IceMargin: doctor"), lambda progress: self._examine(case, progress))

    def _show_answer(self, report: Report) -> None:
        self.dialog.show_report(report)
