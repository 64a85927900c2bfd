"""The list of installed models with the card of the chosen one. It says what was pressed, and does nothing itself."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ..models.store import BUILT_IN, CLASSIC, Model
from .forms import load_form
from .model_texts import card_html, kind_text, region_texts, state_text, weights_help_html
from .texts import tr

_NAME = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """Shows models and the defaults by region; names in signals are those of models."""

    import_pressed = pyqtSignal()
    check_pressed = pyqtSignal(str)
    remove_pressed = pyqtSignal(str)
    use_pressed = pyqtSignal(str)
    default_toggled = pyqtSignal(str, str, bool)
    cancel_pressed = pyqtSignal()

    splitter: QSplitter
    modelsTree: QTreeWidget  # noqa: N815 - names of the .ui file
    cardBrowser: QTextBrowser  # noqa: N815
    messageLabel: QLabel  # noqa: N815
    progressRow: QWidget  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    cancelButton: QPushButton  # noqa: N815
    importButton: QPushButton  # noqa: N815
    checkButton: QPushButton  # noqa: N815
    defaultButton: QPushButton  # noqa: N815
    removeButton: QPushButton  # noqa: N815
    helpButton: QPushButton  # noqa: N815
    useButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("models_dialog", self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._models: Dict[str, Model] = {}
        self._defaults: Dict[str, str] = {}
        self._running = False
        self._menu = QMenu(self)
        self.defaultButton.setMenu(self._menu)
        header = self.modelsTree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.splitter.setSizes([450, 530])
        self._connect()
        self.set_running(False)
        self.show_message("")

    def set_models(self, models: Sequence[Model], defaults: Mapping[str, str], chosen: str = "") -> None:
        """Show the models (defaults: names by region); `chosen` is selected, else what was selected before."""
        chosen = chosen or self.current()
        self._models = {model.name: model for model in models}
        self._defaults = dict(defaults)
        with QSignalBlocker(self.modelsTree):
            self.modelsTree.clear()
            self.modelsTree.addTopLevelItems([_row(model) for model in models])
            rows = [self.modelsTree.topLevelItem(number) for number in range(len(models))]
            self.modelsTree.setCurrentItem(next((row for row in rows if row.data(0, _NAME) == chosen), rows[0]))
        self._show_current()

    def current(self) -> str:
        """Return the name of the selected model, "" while there is none."""
        item = self.modelsTree.currentItem()
        return str(item.data(0, _NAME)) if item is not None else ""

    def set_running(self, running: bool) -> None:
        """Show the progress of a check or a removal, or put it away."""
        self._running = running
        self.progressRow.setVisible(running)
        self.progressBar.setValue(0)
        self._show_current()

    def show_progress(self, fraction: float, text: str) -> None:
        """Move the bar to `fraction` (0..1) and say what is going on."""
        self.progressBar.setValue(round(1000 * fraction))
        self.show_message(text)

    def show_message(self, text: str) -> None:
        """Say how something ended, or what is going on."""
        self.messageLabel.setText(text)
        self.messageLabel.setVisible(bool(text))

    def show_help(self) -> None:
        """Tell where the authors' weights are, in place of the card."""
        self.cardBrowser.setHtml(weights_help_html())

    def _connect(self) -> None:
        self.modelsTree.currentItemChanged.connect(lambda *_: self._show_current())
        self.modelsTree.itemDoubleClicked.connect(lambda *_: self.useButton.click())
        self._menu.aboutToShow.connect(self._fill_menu)
        self.importButton.clicked.connect(self.import_pressed)
        self.cancelButton.clicked.connect(self.cancel_pressed)
        self.helpButton.clicked.connect(self.show_help)
        self.closeButton.clicked.connect(self.close)
        self.checkButton.clicked.connect(lambda: self.check_pressed.emit(self.current()))
        self.removeButton.clicked.connect(lambda: self.remove_pressed.emit(self.current()))
        self.useButton.clicked.connect(lambda: self.use_pressed.emit(self.current()))

    def _show_current(self) -> None:
        model = self._models.get(self.current())
        if model is not None:
            self.cardBrowser.setHtml(card_html(model, self._regions_of(model.name)))
        free = model is not None and not self._running
        self.importButton.setEnabled(not self._running)
        self.checkButton.setEnabled(free and model is not None and model.path != CLASSIC)
        self.removeButton.setEnabled(free and model is not None and model.kind != BUILT_IN)
        for button in (self.defaultButton, self.useButton):
            button.setEnabled(free and model is not None and not model.problem)

    def _regions_of(self, name: str) -> List[str]:
        return [region for region in region_texts() if self._defaults.get(region) == name]

    def _fill_menu(self) -> None:
        """List the regions, those ticked in which the selected model is the default."""
        name, chosen = self.current(), self._regions_of(self.current())
        self._menu.clear()
        for region, text in region_texts().items():
            action = self._menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(region in chosen)
            action.triggered.connect(lambda ticked, region=region: self.default_toggled.emit(name, region, ticked))


def _row(model: Model) -> QTreeWidgetItem:
    row = QTreeWidgetItem([model.name, kind_text(model.kind), state_text(model)])
    row.setData(0, _NAME, model.name)
    icon = "mIconWarning.svg" if model.problem else "mIconSuccess.svg"
    if not model.problem and not model.checked and model.path != CLASSIC:
        icon = "mIconInfo.svg"
    row.setIcon(2, QgsApplication.getThemeIcon(f"/{icon}"))
    row.setToolTip(2, model.problem or tr("Its card says more."))
    return row
