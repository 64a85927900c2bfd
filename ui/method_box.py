"""The choice of the method, and what is seldom changed, under Advanced."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from qgis.core import QgsApplication
from qgis.gui import QgsCheckableComboBox, QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtCore import QEvent, QObject, QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAction,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGroupBox,
    QLabel,
    QMenu,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ..inference.averages import Averages
from ..inference.request import DEVICES, ClassicSettings, OutlineSettings
from .averages_rows import AveragesRows
from .forms import load_form, on_change, read_value, write_value
from .region_row import RegionRow
from .texts import tr

CLASSIC = "classic"
MODEL_FILE = "file"


class MethodBox(QGroupBox):
    """Classic, a model used before, or a model file."""

    changed = pyqtSignal()
    card_pressed = pyqtSignal()
    runtime_changed = pyqtSignal(str)
    setup_pressed = pyqtSignal()
    find_region_pressed = pyqtSignal()
    models_wanted = pyqtSignal()

    methodCombo: QComboBox  # noqa: N815 - names of the .ui file
    cardButton: QToolButton  # noqa: N815
    toolsButton: QToolButton  # noqa: N815
    setupButton: QPushButton  # noqa: N815
    modelFile: QgsFileWidget  # noqa: N815
    regionLabel: QLabel  # noqa: N815
    regionCombo: QComboBox  # noqa: N815
    advancedGroup: QgsCollapsibleGroupBox  # noqa: N815
    overlapSpin: QSpinBox  # noqa: N815
    resolutionSpin: QDoubleSpinBox  # noqa: N815
    threadsSpin: QSpinBox  # noqa: N815
    indexCombo: QComboBox  # noqa: N815
    deviceCombo: QComboBox  # noqa: N815
    ensembleLabel: QLabel  # noqa: N815
    ensembleCombo: QgsCheckableComboBox  # noqa: N815
    flipsCheck: QCheckBox  # noqa: N815
    passesLabel: QLabel  # noqa: N815
    passesSpin: QSpinBox  # noqa: N815
    outputFile: QgsFileWidget  # noqa: N815
    runtimeFile: QgsFileWidget  # noqa: N815

    def __init__(self, models: Sequence[Tuple[str, str]] = (), parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("method_box", self)
        self._fill_combos()
        self._region = RegionRow(self.regionLabel, self.regionCombo)
        self._find_region = QAction(tr("Find region by entropy ..."), self)
        self._models: Sequence[Tuple[str, str]] = ()
        ensemble, passes = (self.ensembleLabel, self.ensembleCombo), (self.passesLabel, self.passesSpin)
        self._averages = AveragesRows(ensemble, self.flipsCheck, passes)
        self.set_models(models)
        self.toolsButton.setIcon(QgsApplication.getThemeIcon("/mActionOptions.svg"))
        self.picked_by_user = False
        self.show_setup(False)
        self.cardButton.setIcon(QgsApplication.getThemeIcon("/mActionPropertiesWidget.svg"))
        self.modelFile.setFilter(tr("Models (*.onnx);;All files (*)"))
        self.outputFile.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.set_defaults()
        self.set_location("")
        self._connect()
        self._show_rows()

    def saved_widgets(self) -> Dict[str, QWidget]:
        """Return the widgets whose values are remembered per user, by name."""
        names = ["overlap", "threshold", "ratio", "blue", "ndsi", "area", "resolution", "threads"]
        spins = {name: getattr(self, f"{name}Spin") for name in names}
        return {
            **spins,
            "index": self.indexCombo,
            "smooth": self.smoothCheck,
            "device": self.deviceCombo,
            "region": self.regionCombo,
            "ensemble": self.ensembleCombo,
            "flips": self.flipsCheck,
            "passes": self.passesSpin,
            "output": self.outputFile,
            "method": self.methodCombo,
            "model": self.modelFile,
        }

    def set_defaults(self) -> None:
        """Put the core's defaults into the widgets."""
        classic, outlines = ClassicSettings(), OutlineSettings()
        values: Dict[str, Any] = {
            "overlap": -1,
            "threshold": outlines.threshold,
            "index": classic.index,
            "ratio": classic.ratio_threshold,
            "blue": classic.blue_threshold,
            "ndsi": classic.ndsi_threshold,
            "area": outlines.minimum_area_km2,
            "smooth": outlines.smooth,
            "resolution": 0,
            "threads": 0,
            "device": "auto",
            "region": "unknown",
            "ensemble": "",
            "flips": False,
            "passes": 0,
        }
        widgets = self.saved_widgets()
        for name, value in values.items():
            write_value(widgets[name], value)

    def model(self) -> str:
        """Return "classic" or the model file's path ("" while none is chosen)."""
        method = str(self.methodCombo.currentData())
        return str(self.modelFile.filePath()) if method == MODEL_FILE else method

    def classic(self) -> ClassicSettings:
        """Return the classic method's thresholds."""
        spins = (self.value("ratio"), self.value("blue"), self.value("ndsi"))
        return ClassicSettings(self.value("index"), *spins)

    def outlines(self) -> OutlineSettings:
        """Return how outlines are made."""
        return OutlineSettings(
            threshold=self.value("threshold"), minimum_area_km2=self.value("area"), smooth=self.value("smooth")
        )

    def overlap(self) -> Optional[float]:
        """Return the overlap as a share, None for the method's own."""
        percent = int(self.value("overlap"))
        return None if percent < 0 else percent / 100

    def resolution(self) -> Optional[float]:
        """Return metres per pixel, None for the method's own."""
        return float(self.value("resolution")) or None

    def averages(self) -> Averages:
        """Return what is averaged; nothing for the classic method. Raises InputError."""
        return self._averages.averages()

    def region(self) -> str:
        """Return the region that the model is told; "unknown" where it asks for none."""
        return self._region.region()

    def region_vector(self) -> Tuple[float, ...]:
        """Return the vector found by entropy that the model is told instead of a region, () where there is none."""
        return self._region.vector()

    def use_region_vector(self, vector: Sequence[float], text: str) -> None:
        """Choose a vector that was found for the model chosen; it goes with the model, and with any other choice."""
        self._region.use_found(vector, text, self.model())

    def forget_region_vector(self) -> None:
        """Go back to the region that was chosen before a vector was found."""
        self._region.forget_found()

    def value(self, name: str) -> Any:
        """Return what the widget of that name holds."""
        return read_value(self.saved_widgets()[name])

    def propose_region(self, region: str) -> None:
        """Choose the region in which the scene lies, and say so; the user may choose another."""
        self._region.propose(region)

    def set_location(self, location: str) -> None:
        """Show the region's row, and allow to search one, for a model with location encoding "region"."""
        before = self.region()
        self._region.show(location == "region")
        self._find_region.setEnabled(location == "region")
        if self.region() != before:  # what was checked, with the row hidden, was not told the region that it shows
            self.changed.emit()

    def show_setup(self, shown: bool) -> None:
        """Offer to set the runtime up, or not."""
        self.setupButton.setVisible(shown)

    def set_tools(self, entries: Sequence[Tuple[str, Callable[[], None]]]) -> None:
        """Put a menu behind the tools button: what it shows, and what it calls."""
        menu = QMenu(self)
        for text, opens in entries:
            action = QAction(text, menu)
            action.triggered.connect(lambda *_, opens=opens: opens())
            menu.addAction(action)
        menu.addAction(self._find_region)
        self.toolsButton.setMenu(menu)

    def choose(self, path: str) -> None:
        """Choose a model by its path: from the list, or as a file."""
        if self.methodCombo.findData(path) < 0:
            self.modelFile.setFilePath(path)
            path = MODEL_FILE
        write_value(self.methodCombo, path)

    def set_models(self, models: Sequence[Tuple[str, str]]) -> None:
        """Offer models as (name, path) beside the classic method; the choice stays where it can."""
        if self.methodCombo.count() and list(models) == list(self._models):
            return  # its list may be open just now
        current, self._models = self.methodCombo.currentData(), models
        with QSignalBlocker(self.methodCombo):
            self.methodCombo.clear()
            self.methodCombo.addItem(tr("Classic (band ratio)"), CLASSIC)
            for name, path in models:
                self.methodCombo.addItem(name, path)
            self.methodCombo.addItem(tr("Model file ..."), MODEL_FILE)
            write_value(self.methodCombo, current)
        self._averages.offer(models, self.model())
        if current not in (None, self.methodCombo.currentData()):  # the model chosen has gone
            self._changed()

    def _fill_combos(self) -> None:
        for data, text in (("ratio", tr("Red / SWIR1")), ("ndsi", tr("NDSI"))):
            self.indexCombo.addItem(text, data)
        texts = {"auto": tr("Automatic"), "cpu": tr("Processor"), "cuda": tr("Graphics card (CUDA)")}
        for device in DEVICES:
            self.deviceCombo.addItem(texts[device], device)

    def _connect(self) -> None:
        for widget in self.saved_widgets().values():
            on_change(widget, self._changed)
        # Unfolding shows every child, those too that the method does not use.
        self.advancedGroup.collapsedStateChanged.connect(lambda *_: self._show_rows())
        self.cardButton.clicked.connect(self.card_pressed)
        self.setupButton.clicked.connect(self.setup_pressed)
        self._find_region.triggered.connect(lambda *_: self.find_region_pressed.emit())
        self.methodCombo.activated.connect(self._picked)
        self.methodCombo.installEventFilter(self)
        self.runtimeFile.fileChanged.connect(self.runtime_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask for the models that there are now before their list opens, and when the user comes back to QGIS.

        The command line installs models too.
        """
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusIn, QEvent.Type.WindowActivate):
            self.models_wanted.emit()
        return bool(super().eventFilter(watched, event))

    def _picked(self) -> None:
        self.picked_by_user = True

    def _changed(self) -> None:
        self._region.forget_unless(self.model())
        self._averages.offer(self._models, self.model())
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        """Show only what the method uses: thresholds of the classic method, device of a model."""
        is_classic = self.model() == CLASSIC
        self.modelFile.setVisible(self.methodCombo.currentData() == MODEL_FILE)
        index = self.indexCombo.currentData()
        shown = {"index": is_classic, "ratio": is_classic and index == "ratio", "blue": is_classic and index == "ratio"}
        shown["ndsi"] = is_classic and index == "ndsi"
        shown["device"] = not is_classic
        self._averages.show(not is_classic)
        widgets = self.saved_widgets()
        for name, visible in shown.items():
            widgets[name].setVisible(visible)
            getattr(self, f"{name}Label").setVisible(visible)
