"""The dialog *Hand in*: where an export goes and what it tells besides, what is missing, and what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsMapLayerProxyModel
from qgis.gui import QgsFileWidget, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QEvent, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QTabWidget,
    QWidget,
)

from ..inventory.export_order import LINE_TYPES, TOLD
from ..inventory.export_tally import Tally
from .export_findings import ERROR, INFO, WARNING, Finding, outlines_text
from .forms import on_change
from .layer_pick import LayerPick
from .progress_dialog import ProgressDialog
from .texts import tr

GEOPACKAGE, SHAPEFILE, GLIMS, GEOJSON = "gpkg", "shp", "glims", "geojson"
FORMATS = {GEOPACKAGE: ("rgi7", ".gpkg"), SHAPEFILE: ("rgi7", ".shp"), GLIMS: ("glims", ""),
           GEOJSON: ("geojson", ".geojson")}  # fmt: skip
"""What can be chosen: the format, and how its file ends."""
ICONS = {
    ERROR: QStyle.StandardPixmap.SP_MessageBoxCritical,
    WARNING: QStyle.StandardPixmap.SP_MessageBoxWarning,
    INFO: QStyle.StandardPixmap.SP_MessageBoxInformation,
}
Pair = Tuple[Optional[float], Optional[float]]


class ExportDialog(ProgressDialog):
    """Holds the choices and shows lists. `changed` tells of another choice, `activated` that it came to front."""

    changed = pyqtSignal()
    activated = pyqtSignal()
    export_pressed = pyqtSignal()
    setup_pressed = pyqtSignal()
    folder_pressed = pyqtSignal()
    add_pressed = pyqtSignal()
    fault_chosen = pyqtSignal(object)

    layerLabel: QLabel  # noqa: N815 - names of the .ui file
    formatCombo: QComboBox  # noqa: N815
    targetFile: QgsFileWidget  # noqa: N815
    pages: QTabWidget
    glimsPage: QWidget  # noqa: N815
    localXSpin: QDoubleSpinBox  # noqa: N815
    foundList: QListWidget  # noqa: N815
    setupButton: QPushButton  # noqa: N815
    folderButton: QPushButton  # noqa: N815
    addButton: QPushButton  # noqa: N815
    exportButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__("export_dialog", parent)
        self._proposed = ""
        self.edits: Dict[str, QLineEdit] = {name: getattr(self, f"{_camel(name)}Edit") for name in TOLD}
        self.counts: Dict[str, QLabel] = {name: getattr(self, f"{_camel(name)}Count") for name in TOLD}
        self.lines = {kind: _lines_pick(getattr(self, f"{_camel(kind)}Combo"), kind) for kind in LINE_TYPES}
        self.spins: Dict[str, QDoubleSpinBox] = {
            f"{place}_{axis}": getattr(self, f"{place}{axis.upper()}Spin")
            for place in ("local", "global")
            for axis in "xy"
        }
        self.layerLabel.setFont(self.headlineLabel.font())
        self.targetFile.setConfirmOverwrite(False)  # the presenter asks, also where the name was typed
        self._offer_formats()
        self._connect()
        self.set_running(False)
        self.set_done(False)
        self._format_changed()

    def _offer_formats(self) -> None:
        words = {GEOPACKAGE: tr("RGI 7, GeoPackage"), SHAPEFILE: tr("RGI 7, shapefile"),
                 GLIMS: tr("GLIMS hand-in (folder)"), GEOJSON: tr("GeoJSON")}  # fmt: skip
        for name, text in words.items():
            self.formatCombo.addItem(text, name)

    def _connect(self) -> None:
        self.formatCombo.currentIndexChanged.connect(self._format_changed)
        for widget in (self.formatCombo, self.targetFile, *self.edits.values(), *self.spins.values()):
            on_change(widget, self.changed.emit)
        for pick in self.lines.values():
            pick.changed.connect(self.changed)
        self.foundList.itemClicked.connect(self._chosen)
        self.foundList.itemActivated.connect(self._chosen)
        for button, signal in (
            (self.exportButton, self.export_pressed), (self.setupButton, self.setup_pressed),
            (self.folderButton, self.folder_pressed), (self.addButton, self.add_pressed),
        ):  # fmt: skip
            button.clicked.connect(lambda *_, signal=signal: signal.emit())
        self.closeButton.clicked.connect(self.close)

    # What is chosen.

    def form(self) -> str:
        """Return the format, as an ExportOrder names it."""
        return FORMATS[self.formatCombo.currentData()][0]

    def ending(self) -> str:
        """Return how the file's name ends, "" for a folder."""
        return FORMATS[self.formatCombo.currentData()][1]

    def target(self) -> str:
        """Return the file or folder, with the format's ending where none was typed."""
        path = str(self.targetFile.filePath()).strip()
        is_bare = path and "." not in path.replace("\\", "/").rsplit("/", 1)[-1]
        return path + self.ending() if is_bare else path

    def fill(self) -> Dict[str, str]:
        """Return what is to be filled in."""
        texts = {name: edit.text().strip() for name, edit in self.edits.items()}
        return {name: text for name, text in texts.items() if text}

    def uncertainty(self, place: str) -> Pair:
        """Return x and y of "local" or "global" in metres, None where it is not told."""
        x, y = (self.spins[f"{place}_{axis}"].value() or None for axis in "xy")
        return x, y

    def line_layers(self) -> Dict[str, Any]:
        """Return the layers of lines by their type; only a hand-in for GLIMS has any."""
        if self.form() != "glims":
            return {}
        found = {kind: pick.layer() for kind, pick in self.lines.items()}
        return {kind: layer for kind, layer in found.items() if layer is not None}

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is the same for the next layer."""
        return {"format": self.formatCombo, "method": self.edits["method"], **self.spins}

    # What is shown.

    def propose(self, target: str) -> None:
        """Put a target in, unless the user has chosen another than the one proposed before."""
        if str(self.targetFile.filePath()) in ("", self._proposed):
            self._proposed = target
            with QSignalBlocker(self.targetFile):
                self.targetFile.setFilePath(target)

    def show_layer(self, name: str, found: Tally) -> None:
        """Show the layer's name, and what it does not tell."""
        self.layerLabel.setText(tr("{}: {}").format(name, outlines_text(found.outlines)))
        for field, label in self.counts.items():
            untold, usual = found.untold[field], found.values[field].most_common(1)
            label.setText(tr("empty in {} of {}").format(untold, found.outlines) if untold else tr("told"))
            self.edits[field].setEnabled(bool(untold))
            self.edits[field].setPlaceholderText(usual[0][0] if usual else _EXAMPLES.get(field, ""))

    def show_findings(self, headline: str, listed: Sequence[Finding]) -> None:
        """Show a list under a headline."""
        self.headlineLabel.setText(headline)
        self.foundList.clear()
        for one in listed:
            item = QListWidgetItem(self.style().standardIcon(ICONS[one.level]), one.text, self.foundList)
            item.setData(Qt.ItemDataRole.UserRole, one)

    def set_possible(self, possible: bool, setup: bool) -> None:
        """Let the export start or not; offer to set the runtime up."""
        self.exportButton.setEnabled(possible)
        self.setupButton.setVisible(setup)

    def set_running(self, running: bool) -> None:
        """Show the progress, or put it away."""
        super().set_running(running)
        for widget in (self.exportButton, self.formatCombo, self.targetFile, self.pages):
            widget.setEnabled(not running)

    def set_done(self, done: bool) -> None:
        """Offer what can be done with what was written."""
        self.folderButton.setVisible(done)
        self.addButton.setVisible(done)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Tell when the user comes back: the layer may have been edited meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    def _format_changed(self, *_: Any) -> None:
        is_folder = not self.ending()
        own = Path(self.target())
        if str(own) != self._proposed and own.suffix.lower() in (ending for _, ending in FORMATS.values() if ending):
            with QSignalBlocker(self.targetFile):
                self.targetFile.setFilePath(str(own.with_suffix(self.ending())))
        modes = QgsFileWidget.StorageMode
        self.targetFile.setStorageMode(modes.GetDirectory if is_folder else modes.SaveFile)
        self.targetFile.setFilter(f"*{self.ending()}")
        self.pages.setTabEnabled(self.pages.indexOf(self.glimsPage), is_folder)

    def _chosen(self, item: QListWidgetItem) -> None:
        """Go to where a finding is mended, or tell which fault was chosen."""
        one: Finding = item.data(Qt.ItemDataRole.UserRole)
        if one.fault is not None:
            self.fault_chosen.emit(one.fault)
        elif one.field:
            widget = self.edits.get(one.field, self.localXSpin)
            self.pages.setCurrentWidget(widget.parentWidget())
            widget.setFocus()


_EXAMPLES = {"src_date": "2020-08-15"}


def _camel(name: str) -> str:
    """Return src_date as srcDate."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _lines_pick(combo: QgsMapLayerComboBox, kind: str) -> LayerPick:
    filters = QgsMapLayerProxyModel.Filter
    wanted = filters.PolygonLayer if LINE_TYPES[kind] == "MultiPolygon" else filters.LineLayer
    pick = LayerPick(combo, wanted, tr("none"))
    combo.setCurrentIndex(0)
    return pick
