"""The dialog *Runtime*: what GlaViTU runs in is set up, checked, repaired, updated and removed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from ..inference.errors import Cancelled, IceMarginError, RuntimeMissingError
from ..inference.progress import Progress
from ..tasks.background_job import BackgroundJob, Work
from ..tasks.environment import NetworkSettings, RuntimeManager, State, Status, default_folder
from ..tasks.environment_locks import suggest_backend
from ..tasks.runtime import find_runtime_python
from ..tasks.runtime_setting import runtime_python, set_runtime_python
from .forms import load_form
from .map_settings import PREFIX
from .runtime_texts import BACKEND_TEXTS, plan_text, status_text
from .texts import tr

FOLDER_KEY = f"{PREFIX}/runtime/folder"


def runtime_folder() -> Path:
    """Return where the runtime lies: the folder that the user chose, else the user's data folder."""
    chosen = str(QgsSettings().value(FOLDER_KEY, "") or "")
    return Path(chosen) if chosen else default_folder()


def runtime_manager() -> RuntimeManager:
    """Return the manager of this user's runtime; the network's settings are read when something is downloaded."""
    return RuntimeManager(runtime_folder())


class RuntimeDialog(QDialog):
    """Says what there is and what would be done, and does it in a task; closing the dialog does not stop that.

    `ready(python)` is emitted when there is an interpreter that runs models ("" when it was removed); the setting is
    filled before. `network` is asked when a task starts, since the user may change QGIS's proxy meanwhile.
    """

    ready = pyqtSignal(str)

    statusLabel: QLabel  # noqa: N815
    updateButton: QPushButton  # noqa: N815
    repairButton: QPushButton  # noqa: N815
    removeButton: QPushButton  # noqa: N815
    planGroup: QGroupBox  # noqa: N815
    backendCombo: QComboBox  # noqa: N815
    folderEdit: QLineEdit  # noqa: N815
    folderButton: QPushButton  # noqa: N815
    planLabel: QLabel  # noqa: N815
    setUpButton: QPushButton  # noqa: N815
    fromFolderButton: QPushButton  # noqa: N815
    otherPythonButton: QPushButton  # noqa: N815
    progressRow: QWidget  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    progressLabel: QLabel  # noqa: N815
    cancelButton: QPushButton  # noqa: N815
    logEdit: QPlainTextEdit  # noqa: N815
    logButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(
        self, manager: RuntimeManager, network: Callable[[], NetworkSettings], parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        load_form("runtime_dialog", self)
        self._manager = manager
        self._network = network
        self._task: Optional[BackgroundJob] = None
        self.resize(640, 300)
        self.logEdit.setMinimumHeight(160)
        self.logEdit.hide()
        self.progressRow.hide()
        self._fill_backends()
        self._connect()
        self.refresh()

    @property
    def running(self) -> bool:
        """True while something is being done."""
        return self._task is not None

    def refresh(self) -> None:
        """Show what there is and what would be done."""
        status = self._manager.describe()
        busy = self.running or status.state is State.BUSY
        there = status.state in (State.READY, State.OUTDATED, State.BROKEN)
        self.statusLabel.setText(self._status_text(status))
        self.updateButton.setVisible(status.state is State.OUTDATED)
        for button in (self.updateButton, self.repairButton, self.removeButton):
            button.setEnabled(there and not busy)
        self.repairButton.setVisible(there)
        self.removeButton.setVisible(there)
        self.planGroup.setEnabled(not busy)
        self.folderEdit.setText(str(self._manager.folder))
        self.folderButton.setEnabled(not there)
        self.folderButton.setToolTip(tr("Remove the runtime first.") if there else "")
        self.setUpButton.setText(tr("Set up again") if there else tr("Set up"))
        self._show_plan()
        self._fit()

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel what runs, and wait briefly; for the plugin's unload."""
        if self._task is not None:
            self._task.cancel()
            self._task.waitForFinished(patience_ms)

    def set_up(self) -> None:
        """Set up the chosen backend from the network."""
        backend = self._backend()
        self._start(tr("Set up the runtime"), lambda progress: self._manager.set_up(backend, "", progress))

    def set_up_from(self, folder: str) -> None:
        """Set up the chosen backend from a folder of wheels."""
        backend = self._backend()
        self._start(tr("Set up the runtime"), lambda progress: self._manager.set_up(backend, folder, progress))

    def use_python(self, path: str) -> None:
        """Use the user's own Python as it is if models run in it, else make an environment from it."""
        backend = self._backend()

        def work(progress: Progress) -> str:
            try:
                progress.report(0.0, tr("Looking into {}").format(path))
                return find_runtime_python(path)
            except RuntimeMissingError:
                return self._manager.set_up(backend, "", progress, base_python=path)

        self._start(tr("Use another Python"), work)

    def repair(self) -> None:
        self._start(tr("Repair the runtime"), lambda progress: self._manager.repair("", progress))

    def update_packages(self) -> None:
        self._start(tr("Update the runtime"), lambda progress: self._manager.update("", progress))

    def remove(self) -> None:
        """Remove the runtime (asked before by the button)."""

        def work(progress: Progress) -> str:
            self._manager.remove()
            return ""

        self._start(tr("Remove the runtime"), work)

    def _connect(self) -> None:
        self.backendCombo.currentIndexChanged.connect(lambda *_: self._show_plan())
        self.setUpButton.clicked.connect(lambda *_: self.set_up())
        self.fromFolderButton.clicked.connect(lambda *_: self._ask_folder())
        self.otherPythonButton.clicked.connect(lambda *_: self._ask_python())
        self.repairButton.clicked.connect(lambda *_: self.repair())
        self.updateButton.clicked.connect(lambda *_: self.update_packages())
        self.removeButton.clicked.connect(lambda *_: self._ask_remove())
        self.folderButton.clicked.connect(lambda *_: self._ask_place())
        self.cancelButton.clicked.connect(lambda *_: self._cancel())
        self.logButton.toggled.connect(self._show_log)
        self.closeButton.clicked.connect(self.close)

    def _fill_backends(self) -> None:
        """Offer what is locked for this platform; what fits this machine comes first."""
        try:
            available = list(self._manager.locks)
        except IceMarginError as error:
            self.progressLabel.setText(str(error))
            available = []
        suggested = self._manager.describe().backend or suggest_backend(available)
        with QSignalBlocker(self.backendCombo):
            for backend in available:
                self.backendCombo.addItem(tr(BACKEND_TEXTS[backend]), backend)
            self.backendCombo.setCurrentIndex(max(self.backendCombo.findData(suggested), 0))

    def _backend(self) -> str:
        return str(self.backendCombo.currentData() or "cpu")

    def _show_plan(self) -> None:
        try:
            self.planLabel.setText(plan_text(self._manager.plan(self._backend())))
            possible = True
        except IceMarginError as error:
            self.planLabel.setText(str(error))
            possible = False
        self.setUpButton.setEnabled(possible)
        self.fromFolderButton.setEnabled(possible)

    def _status_text(self, status: Status) -> str:
        """Say what there is, what is being done, and which other Python the settings name, if any."""
        if self.running:
            return tr("At work. You can close this window and go on; QGIS's task list shows the progress.")
        python = runtime_python()
        other = bool(python) and python != status.python
        return status_text(status) + ("\n" + tr("Models run in {}").format(python) if other else "")

    def _fit(self) -> None:
        """Make room for the wrapped texts: a dialog's layout does not grow by itself when they do."""
        layout = self.layout()
        layout.activate()
        wanted = layout.totalHeightForWidth(self.width())
        if wanted > self.height():
            self.resize(self.width(), wanted)

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("The folder that holds the wheels"))
        if folder:
            self.set_up_from(folder)

    def _ask_python(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("A Python interpreter (python, python3, python.exe)"))
        if path:
            self.use_python(path)

    def _ask_place(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Where the runtime shall lie"), str(self._manager.folder))
        if folder:
            self.move_to(Path(folder) / "icemargin-runtime")

    def move_to(self, folder: Path) -> None:
        """Let the runtime lie in `folder` from now on."""
        QgsSettings().setValue(FOLDER_KEY, str(folder))
        self._manager.move_to(folder)
        self.refresh()

    def _ask_remove(self) -> None:
        question = tr("Remove the runtime? GlaViTU cannot run until it is set up again; the classic method can.")
        if QMessageBox.question(self, tr("Runtime"), question) == QMessageBox.StandardButton.Yes:
            self.remove()

    def _start(self, title: str, work: Work) -> None:
        if self.running:
            return
        self._manager.network = self._network()
        self._task = task = BackgroundJob(f"IceMargin: {title}", work)
        task.told.connect(self._told)
        task.ended.connect(self._ended)
        self.progressBar.setValue(0)
        self.progressLabel.setText(title)
        self.progressRow.show()
        self.cancelButton.setEnabled(True)
        self.refresh()
        QgsApplication.taskManager().addTask(task)

    def _cancel(self) -> None:
        self.cancelButton.setEnabled(False)
        if self._task is not None:
            self._task.cancel()

    def _told(self, fraction: float, text: str) -> None:
        self.progressBar.setValue(round(1000 * fraction))
        self.progressLabel.setText(text)

    def _ended(self) -> None:
        task, self._task = self._task, None
        self.progressRow.hide()
        if task is None:
            return
        if task.error is None:
            self._take(task.answer)
        else:
            self.progressLabel.setText(str(task.error))
            if not isinstance(task.error, Cancelled):
                self.logButton.setChecked(True)
        self._show_log(self.logButton.isChecked())
        self.refresh()

    def _take(self, python: str) -> None:
        """Fill the setting and tell that models can run (or no longer can)."""
        set_runtime_python(python)
        self.progressLabel.setText(tr("Done.") if python else tr("Removed."))
        self.ready.emit(python)

    def _show_log(self, shown: Any) -> None:
        self.logEdit.setVisible(bool(shown))
        self.logButton.setText(tr("Hide log") if shown else tr("Show log"))
        self._fit()
        if shown:
            self.logEdit.setPlainText(self._manager.last_log())
            bar = self.logEdit.verticalScrollBar()
            bar.setValue(bar.maximum())
