"""What shall be imported: a file, and what its name does not tell. It stays open while the import runs."""

from __future__ import annotations

import re
from typing import Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QProgressBar, QPushButton, QTextBrowser, QWidget

from ..tasks.import_task import ImportChoice
from .forms import load_form
from .model_texts import weights_help_html
from .texts import tr

TABLES = ("glavitu_global", "glavitu_regionencoding", "glavitu_global_insar")


class ImportModelDialog(QDialog):
    """Asks for an ImportChoice; Cancel stops a running import, else it closes."""

    import_pressed = pyqtSignal(object)
    cancel_pressed = pyqtSignal()

    helpBrowser: QTextBrowser  # noqa: N815 - names of the .ui file
    modelFile: QgsFileWidget  # noqa: N815
    nameEdit: QLineEdit  # noqa: N815
    calibrationLabel: QLabel  # noqa: N815
    calibrationCombo: QComboBox  # noqa: N815
    featuresLabel: QLabel  # noqa: N815
    featuresEdit: QLineEdit  # noqa: N815
    messageLabel: QLabel  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    importButton: QPushButton  # noqa: N815
    cancelButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("import_model_dialog", self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._running = False
        self.helpBrowser.setHtml(weights_help_html())
        self.modelFile.setFilter(tr("Weights and models (*.h5 *.hdf5 *.onnx);;All files (*)"))
        self.calibrationCombo.addItem(tr("The published table that fits"), None)
        self.calibrationCombo.addItem(tr("None"), "none")
        for table in TABLES:
            self.calibrationCombo.addItem(table, table)
        self.modelFile.fileChanged.connect(lambda *_: self._show_rows())
        self.importButton.clicked.connect(lambda: self.import_pressed.emit(self.choice()))
        self.cancelButton.clicked.connect(self._cancel)
        self.set_running(False)
        self.show_message("")

    def choice(self) -> ImportChoice:
        """Return what the widgets say; calibration and inputs are a matter of weights only."""
        features = tuple(name for name in re.split(r"[,\s]+", self.featuresEdit.text()) if name)
        choice = ImportChoice(str(self.modelFile.filePath()).strip(), self.nameEdit.text().strip())
        if not choice.is_weights:
            return choice
        return ImportChoice(choice.path, choice.name, features or None, self.calibrationCombo.currentData())

    def set_running(self, running: bool) -> None:
        """Lock the choices and show the progress while an import runs."""
        self._running = running
        self.progressBar.setVisible(running)
        self.progressBar.setValue(0)
        for widget in (self.modelFile, self.nameEdit, self.calibrationCombo, self.featuresEdit):
            widget.setEnabled(not running)
        self._show_rows()

    def show_progress(self, fraction: float, text: str) -> None:
        """Move the bar to `fraction` (0..1) and say what is going on."""
        self.progressBar.setValue(round(1000 * fraction))
        self.show_message(text)

    def show_message(self, text: str) -> None:
        """Say what is going on, or why the import failed."""
        self.messageLabel.setText(text)
        self.messageLabel.setVisible(bool(text))

    def _show_rows(self) -> None:
        choice = self.choice()
        self.importButton.setEnabled(bool(choice.path) and not self._running)
        for widget in (self.calibrationLabel, self.calibrationCombo, self.featuresLabel, self.featuresEdit):
            widget.setVisible(choice.is_weights)

    def _cancel(self) -> None:
        if self._running:
            self.cancel_pressed.emit()
        else:
            self.close()
