"""The dialog *Edit log*: what was done to which glacier, when, by whom and why."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from ..inference.edit_steps import DISCARDED, OPEN, SAVED, UNDONE
from ..inventory.edit_log import GlacierEdit, local_time
from .compare_table import Column, GlacierTable
from .forms import load_form
from .texts import tr

WIDEST_NAME = 220
"""Pixels: ids of the map and of inventories fit."""


class EditLogDialog(QDialog):
    """Holds the table. `pressed(name)`: "step", "all", "before" or "csv"; `chosen(key)`, `zoom_wanted(key)`: a row."""

    pressed = pyqtSignal(str)
    chosen = pyqtSignal(str)
    zoom_wanted = pyqtSignal(str)

    summaryLabel: QLabel  # noqa: N815 - names of the .ui file
    wordsLabel: QLabel  # noqa: N815
    tableColumn: QVBoxLayout  # noqa: N815
    stepButton: QPushButton  # noqa: N815
    allButton: QPushButton  # noqa: N815
    beforeButton: QPushButton  # noqa: N815
    csvButton: QPushButton  # noqa: N815
    closeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("edit_log_dialog", self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table = GlacierTable(_columns(), self, WIDEST_NAME)
        self.tableColumn.addWidget(self.table)
        self.table.sort_by("when", Qt.SortOrder.DescendingOrder)
        self.table.selected.connect(lambda *_: self._selected())
        self.table.zoom_wanted.connect(self.zoom_wanted)
        for name in ("step", "all", "before", "csv"):
            getattr(self, f"{name}Button").clicked.connect(lambda *_, name=name: self.pressed.emit(name))
        self.closeButton.clicked.connect(self.close)
        self.tell("")

    def key(self) -> str:
        """Return the row that is chosen, "" for none or several."""
        keys = self.table.selected_keys()
        return keys[0] if len(keys) == 1 else ""

    def show_edits(self, name: str, edits: Sequence[GlacierEdit]) -> None:
        """Show the rows of a layer; what is chosen and searched for stays."""
        chosen, text = self.table.selected_keys(), self.table.textEdit.text()
        self.table.set_rows([_row(edit) for edit in reversed(edits)])
        self.table.textEdit.setText(text)
        self.table.set_selected(chosen)
        minutes = sum(edit.change.seconds for edit in edits) / 60
        glaciers = len({edit.change.glacier or edit.change.fid for edit in edits})
        steps = len({edit.step.id for edit in edits})
        told = tr("{}: {} steps on {} glaciers, {:.1f} min of work.").format(name, steps, glaciers, minutes)
        self.summaryLabel.setText(told if edits else tr("Nothing of {} has been edited yet.").format(name))
        for button in (self.beforeButton, self.csvButton):
            button.setEnabled(bool(edits))
        self._show_buttons()

    def tell(self, words: str) -> None:
        """Say what came of what was pressed."""
        self.wordsLabel.setText(words)
        self.wordsLabel.setVisible(bool(words))

    def _selected(self) -> None:
        self._show_buttons()
        if self.key():
            self.chosen.emit(self.key())

    def _show_buttons(self) -> None:
        for button in (self.stepButton, self.allButton):
            button.setEnabled(bool(self.key()))


def row_key(edit: GlacierEdit) -> str:
    """Return what names a row: step and feature."""
    return f"{edit.step.id} {edit.change.fid}"


def _columns() -> Sequence[Column]:
    return (
        Column("glacier", tr("Glacier"), str, tr("Its id, else the feature's number")),
        Column("when", tr("When"), local_time, tr("When the step ended, by the clock here")),
        Column("who", tr("Who")), Column("what", tr("What")), Column("why", tr("Why")),
        Column("class", tr("State"), str, tr("Whether the step is in the file")),
        Column("before", tr("km\u00b2 before"), "{:.3f}".format, tr("Geodesic area before the step")),
        Column("after", tr("after"), "{:.3f}".format, tr("Geodesic area after the step")),
        Column("minutes", tr("min"), "{:.1f}".format, tr("Minutes of work, pauses of more than 5 minutes left out")),
    )  # fmt: skip


def _row(edit: GlacierEdit) -> Dict[str, Any]:
    step, change = edit.step, edit.change
    why = "; ".join(filter(None, (change.reason, change.note)))
    states = {OPEN: tr("not saved"), SAVED: tr("saved"), UNDONE: tr("undone"), DISCARDED: tr("discarded")}
    return {
        "key": row_key(edit), "glacier": change.glacier or str(change.fid), "when": step.ended, "who": step.analyst,
        "what": step.name, "why": why, "before": change.km2_before, "after": change.km2_after,
        "minutes": change.seconds / 60, "class": states.get(step.state, step.state),
    }  # fmt: skip
