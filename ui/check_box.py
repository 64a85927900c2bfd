"""What is in the group *Check*: is the layer sound, its faults in a table, repairs."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QDoubleSpinBox, QLabel, QPushButton, QVBoxLayout, QWidget

from ..inventory.topology_faults import KINDS, CheckSettings
from ..tasks.topology_session import KnownFault
from .check_texts import detail_text, glaciers_text, kind_text, size_text
from .compare_table import Column, GlacierTable
from .forms import load_form
from .health_line import HealthLine
from .run_box import RunBox
from .texts import tr

LOWEST_TABLE = 140
WIDTHS = (104, 100, 74, 52, 360)
"""Pixels of the columns; the last one is scrolled to."""


class CheckBox(QWidget):
    """Shows faults by their numbers. `selected(numbers)`, `zoom_wanted(number)`; `repair_pressed` means the selected
    ones, `repair_all_pressed` those that have a single meaning."""

    check_pressed = pyqtSignal()
    cancel_pressed = pyqtSignal()
    setup_pressed = pyqtSignal()
    repair_pressed = pyqtSignal()
    repair_all_pressed = pyqtSignal()
    selected = pyqtSignal(list)
    zoom_wanted = pyqtSignal(int)

    stateLayout: QVBoxLayout  # noqa: N815 - names of the .ui file
    faultsBox: QWidget  # noqa: N815
    tableLayout: QVBoxLayout  # noqa: N815
    detailLabel: QLabel  # noqa: N815
    repairButton: QPushButton  # noqa: N815
    repairAllButton: QPushButton  # noqa: N815
    setupButton: QPushButton  # noqa: N815
    minimumSpin: QDoubleSpinBox  # noqa: N815
    sliverSpin: QDoubleSpinBox  # noqa: N815
    followCheck: QCheckBox  # noqa: N815
    splitCheck: QCheckBox  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("check_box", self)
        self.health = HealthLine(self)
        self.run = RunBox(self)
        self.run.set_button_text(tr("Check inventory"))
        self.run.set_estimate("")
        self.stateLayout.insertWidget(0, self.health)
        self.stateLayout.addWidget(self.run)
        self.table = GlacierTable(_columns(), self)
        self._dress_table()
        self.tableLayout.addWidget(self.table)
        for button in (self.repairButton, self.repairAllButton):
            button.setIcon(QgsApplication.getThemeIcon("/mIconSuccess.svg"))
        self._faults: Dict[int, KnownFault] = {}
        self._connect()
        self.show_state("none", "")
        self.show_faults({})

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {
            "minimum_area_km2": self.minimumSpin, "sliver_m": self.sliverSpin, "follow": self.followCheck,
            "split": self.splitCheck,
        }  # fmt: skip

    def settings(self) -> CheckSettings:
        """Return what counts as a fault."""
        return CheckSettings(self.minimumSpin.value(), self.sliverSpin.value())

    def show_state(self, level: str, text: str, why: str = "", possible: bool = False, setup: bool = False) -> None:
        """Say how things are; `possible` allows the main button, `setup` offers to set the runtime up."""
        self.health.show_health(level, text, why)
        self.health.setVisible(bool(text))
        self.setupButton.setVisible(setup)
        self.run.set_possible(possible)

    def show_faults(self, faults: Mapping[int, KnownFault]) -> None:
        """Show other faults; filter, order and selection stay."""
        self._faults = dict(faults)
        rank = {kind: place for place, kind in enumerate(KINDS)}
        ordered = sorted(faults.values(), key=lambda fault: (rank[fault.kind], -fault.size, fault.number))
        self.table.update_rows([_row(fault) for fault in ordered])
        self.faultsBox.setVisible(bool(faults))
        count = len(self.repairable())
        self.repairAllButton.setText(tr("Repair all ({})").format(count))
        self.repairAllButton.setEnabled(count > 0)
        self._show_selected()

    def selected_faults(self) -> List[KnownFault]:
        """Return the faults selected."""
        return [self._faults[int(key)] for key in self.table.selected_keys()]

    def repairable(self) -> List[KnownFault]:
        """Return the faults that have a repair with a single meaning; parts are split only where that is wanted."""
        split = self.splitCheck.isChecked()
        return [fault for fault in self._faults.values() if fault.repair and (split or fault.kind != "multipart")]

    def _dress_table(self) -> None:
        table = self.table.table
        table.setMinimumHeight(LOWEST_TABLE)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        for place, width in enumerate(WIDTHS):
            table.setColumnWidth(place, width)

    def _show_selected(self) -> None:
        chosen = self.selected_faults()
        self.repairButton.setEnabled(any(fault.repair for fault in chosen))
        if len(chosen) == 1:
            self.detailLabel.setText(detail_text(chosen[0]))
        else:
            words = tr("{} faults are selected.").format(len(chosen))
            self.detailLabel.setText(words if chosen else tr("Select a fault to see it on the map."))

    def _tell_selected(self, keys: Sequence[str]) -> None:
        self._show_selected()
        self.selected.emit([int(key) for key in keys])

    def _connect(self) -> None:
        self.run.run_pressed.connect(self.check_pressed)
        self.run.cancel_pressed.connect(self.cancel_pressed)
        self.setupButton.clicked.connect(lambda *_: self.setup_pressed.emit())
        self.repairButton.clicked.connect(lambda *_: self.repair_pressed.emit())
        self.repairAllButton.clicked.connect(lambda *_: self.repair_all_pressed.emit())
        self.splitCheck.toggled.connect(lambda *_: self.show_faults(self._faults))
        self.table.selected.connect(self._tell_selected)
        self.table.zoom_wanted.connect(lambda key: self.zoom_wanted.emit(int(key)))


def _columns() -> Sequence[Column]:
    return (
        Column("glaciers", tr("Glaciers"), tip=tr("Which outlines it concerns")),
        Column("kind", tr("Fault"), tip=tr("What is wrong")),
        Column("size", tr("Size"), size_text, tr("How large it is")),
        Column("repair", tr("Repair"), tip=tr("Whether it can be repaired: it has a single meaning then")),
        Column("what", tr("What"), tip=tr("The fault in words")),
    )


def _row(fault: KnownFault) -> Mapping[str, Any]:
    kind = kind_text(fault.kind)
    return {
        "key": str(fault.number), "class": kind, "glaciers": glaciers_text(fault), "kind": kind,
        "size": fault.size or None, "repair": tr("yes") if fault.repair else "", "what": fault.what,
    }  # fmt: skip
