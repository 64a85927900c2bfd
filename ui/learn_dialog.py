"""The dialog *Learn from corrections*: what is learnt from, and the command that does it, to copy."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QEvent, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from ..inference.model import REGIONS
from .forms import load_form, on_change, write_value
from .region_dialog import region_words
from .texts import tr

Choice = Tuple[str, str]
"""What a combo box shows, and what it stands for."""


class LearnDialog(QDialog):
    """Holds the choices and shows the command. `changed` tells of another choice, `activated` that it came to front."""

    changed = pyqtSignal()
    activated = pyqtSignal()

    layerCombo: QComboBox  # noqa: N815 - names of the .ui file
    countsLabel: QLabel  # noqa: N815
    modelCombo: QComboBox  # noqa: N815
    folderFile: QgsFileWidget  # noqa: N815
    regionCombo: QComboBox  # noqa: N815
    problemLabel: QLabel  # noqa: N815
    commandEdit: QPlainTextEdit  # noqa: N815
    copyButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("learn_dialog", self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._proposed = ""
        self.folderFile.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.commandEdit.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        font = self.problemLabel.font()
        font.setBold(True)
        self.problemLabel.setFont(font)
        self.regionCombo.addItem(tr("no region"), "")
        for region in REGIONS[:-1]:
            self.regionCombo.addItem(region_words(region), region)
        for widget in (self.layerCombo, self.modelCombo, self.folderFile, self.regionCombo):
            on_change(widget, lambda *_: self.changed.emit())
        self.copyButton.clicked.connect(self.copy_command)
        self.closeButton.clicked.connect(self.close)

    def offer(self, layers: Sequence[Choice], models: Sequence[Choice], chosen_model: str = "") -> None:
        """Offer layers and models; what is chosen stays where it can, else it is the first, and `chosen_model`."""
        for combo, choices, first in ((self.layerCombo, layers, ""), (self.modelCombo, models, chosen_model)):
            current = combo.currentData() or first
            with QSignalBlocker(combo):
                combo.clear()
                for text, data in choices:
                    combo.addItem(text, data)
                write_value(combo, current)

    def layer_id(self) -> str:
        """Return the id of the layer chosen, "" where there is none."""
        return str(self.layerCombo.currentData() or "")

    def model(self) -> str:
        """Return what stands for the model chosen, "" where there is none."""
        return str(self.modelCombo.currentData() or "")

    def folder(self) -> str:
        """Return the folder of the result."""
        return str(self.folderFile.filePath()).strip()

    def region(self) -> str:
        """Return the region in which the new model shall be proposed, "" for none."""
        return str(self.regionCombo.currentData())

    def propose_folder(self, folder: str) -> None:
        """Put a folder in, unless the user has chosen another than the one proposed before."""
        if self.folder() in ("", self._proposed):
            self._proposed = folder
            with QSignalBlocker(self.folderFile):
                self.folderFile.setFilePath(folder)

    def show_state(self, counts: str, problem: str, command: str) -> None:
        """Show what is counted, what stands in the way or is to be minded, and the command ("" where there is none)."""
        self.countsLabel.setText(counts)
        self.problemLabel.setText(problem)
        self.problemLabel.setVisible(bool(problem))
        if self.commandEdit.toPlainText() != command:
            self.commandEdit.setPlainText(command)
            self.copyButton.setText(tr("&Copy command"))
        self.copyButton.setEnabled(bool(command))

    def copy_command(self) -> None:
        """Put the command on the clipboard."""
        QApplication.clipboard().setText(self.commandEdit.toPlainText())
        self.copyButton.setText(tr("&Copied"))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Tell when the user comes back: layers and models may have changed meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()
