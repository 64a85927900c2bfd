"""A table of glaciers: sorted by any column, filtered by text and class, its selection shared with charts and map."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Sequence

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    Qt,
    pyqtSignal,
)
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QHBoxLayout, QLabel, QTableView, QVBoxLayout, QWidget

from .texts import tr

Row = Mapping[str, Any]
"""A glacier's values by name; `key` is its own, `class` is what the class filter goes by."""
LOWEST = 100
WIDEST_NAME = 100
"""Pixels: of a longer id the end is shown, which tells glaciers apart."""


@dataclass(frozen=True)
class Column:
    """A value of the rows: its name, title and tool tip, and how people read it."""

    name: str
    title: str
    form: Callable[[Any], str] = str
    tip: str = ""


class RowsModel(QAbstractTableModel):
    """Those rows that a filter leaves, in the order of a column. What is not known comes last."""

    def __init__(self, columns: Sequence[Column], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: Sequence[Row] = ()
        self.shown: List[Row] = []
        self._wanted = ("", "")
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self._arrange()
        self.endResetModel()

    def set_filter(self, text: str, kind: str) -> None:
        """Show rows whose first column contains `text`, of the class `kind` ("": any)."""
        self._wanted = (text.strip().lower(), kind)
        self.set_rows(self.rows)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, -1: as the rows came. What is selected stays so."""
        self._sorting = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self.shown[index.row()]["key"] for index in before]
        self._arrange()
        places = {row["key"]: place for place, row in enumerate(self.shown)}
        after = [self.index(places[key], index.column()) for key, index in zip(keys, before)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tool tip, or the alignment."""
        column = self.columns[index.column()]
        value = self.shown[index.row()].get(column.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return "\u2013" if value is None else column.form(value)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(value, str):
            return value
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(value, str):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title and tool tip."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return self.columns[section].tip
        return None

    def _arrange(self) -> None:
        (text, kind), (column, order) = self._wanted, self._sorting
        first = self.columns[0].name
        rows = [row for row in self.rows if text in str(row.get(first, "")).lower() and kind in ("", row.get("class"))]
        if column >= 0:
            name = self.columns[column].name
            known = [row for row in rows if row.get(name) is not None]
            known.sort(key=itemgetter(name), reverse=order == Qt.SortOrder.DescendingOrder)
            rows = [*known, *(row for row in rows if row.get(name) is None)]
        self.shown = rows


class _Table(QTableView):
    """A table whose Enter key says that a row is meant."""

    enter_pressed = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)


class GlacierTable(QWidget):
    """Filter row and table. `selected(keys)`: the user selects; `zoom_wanted(key)`: a double click, or Enter.

    The first column is at most `widest_name` pixels wide.
    """

    selected = pyqtSignal(list)
    zoom_wanted = pyqtSignal(str)

    def __init__(
        self, columns: Sequence[Column], parent: Optional[QWidget] = None, widest_name: int = WIDEST_NAME
    ) -> None:
        super().__init__(parent)
        self._widest_name = widest_name
        self._model = RowsModel(columns, self)
        self.textEdit = QgsFilterLineEdit(self)
        self.classCombo = QComboBox(self)
        self.countLabel = QLabel(self)
        self.table = _Table(self)
        self._quiet = False
        self._lay_out()
        self._dress_table()
        self.textEdit.textChanged.connect(lambda *_: self._filter())
        self.classCombo.currentIndexChanged.connect(lambda *_: self._filter())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.table.doubleClicked.connect(lambda *_: self._zoom())
        self.table.enter_pressed.connect(self._zoom)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows, nothing filtered."""
        self.textEdit.clear()
        self._show(rows, "")
        self.table.resizeColumnsToContents()
        self.table.setColumnWidth(0, min(self.table.columnWidth(0), self._widest_name))

    def update_rows(self, rows: Sequence[Row]) -> None:
        """Show rows of which some are other ones; filter, order, selection and what is in view stay."""
        keys, kind = self.selected_keys(), self.classCombo.currentData() or ""
        place = self.table.verticalScrollBar().value()
        self._show(rows, kind)
        self.set_selected(keys)
        self.table.verticalScrollBar().setValue(place)

    def sort_by(self, name: str, order: Qt.SortOrder) -> None:
        """Sort by a column."""
        names = [column.name for column in self._model.columns]
        self.table.sortByColumn(names.index(name), order)

    def keys(self) -> List[str]:
        """Return the keys of the rows shown, in their order."""
        return [str(row["key"]) for row in self._model.shown]

    def selected_keys(self) -> List[str]:
        """Return the keys of the rows selected."""
        return [self._key(index.row()) for index in self.table.selectionModel().selectedRows()]

    def set_selected(self, keys: Collection[str]) -> None:
        """Select the rows of these keys without telling it; the first one comes into view."""
        wanted = set(keys)
        chosen = QItemSelection()
        places = [row for row, key in enumerate(self.keys()) if key in wanted]
        for row in places:
            index = self._model.index(row, 0)
            chosen.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self._quiet = True
        self.table.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        self._quiet = False
        if places:
            first = self._model.index(places[0], 0)
            self.table.selectionModel().setCurrentIndex(first, flags.NoUpdate)
            self.table.scrollTo(first)

    def _show(self, rows: Sequence[Row], wanted: str) -> None:
        """Show those rows that are of a class, where there still are any."""
        self._quiet = True
        self._model.set_rows(rows)
        counts = _counts(rows)
        self.classCombo.clear()
        self.classCombo.addItem(tr("all"), "")
        for kind, count in counts.items():
            self.classCombo.addItem(f"{kind} ({count})", kind)
        self.classCombo.setCurrentIndex(max(self.classCombo.findData(wanted), 0))
        self.classCombo.setVisible(len(counts) > 1)
        self._quiet = False
        self._filter()

    def _key(self, row: int) -> str:
        return str(self._model.shown[row]["key"])

    def _filter(self) -> None:
        if self._quiet:
            return
        keys = self.selected_keys()
        self._model.set_filter(self.textEdit.text(), self.classCombo.currentData() or "")
        self.set_selected(keys)
        if set(self.selected_keys()) != set(keys):
            self._tell()
        shown, total = self._model.rowCount(), len(self._model.rows)
        self.countLabel.setText(str(total) if shown == total else tr("{} of {}").format(shown, total))

    def _tell(self) -> None:
        if not self._quiet:
            self.selected.emit(self.selected_keys())

    def _zoom(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.zoom_wanted.emit(self._key(index.row()))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        bar.addWidget(self.textEdit, 1)
        bar.addWidget(self.classCombo)
        bar.addWidget(self.countLabel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addWidget(self.table)
        self.textEdit.setPlaceholderText(tr("Find a glacier"))
        self.textEdit.setShowClearButton(True)

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self._model)
        table.setSortingEnabled(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideLeft)
        table.setTabKeyNavigation(False)
        table.setMinimumHeight(LOWEST)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
        table.horizontalHeader().setHighlightSections(False)


def _counts(rows: Sequence[Row]) -> Dict[str, int]:
    """Return how many rows each class has, in the order in which they come."""
    found: Dict[str, int] = {}
    for row in rows:
        kind = str(row.get("class", ""))
        found[kind] = found.get(kind, 0) + 1
    return found
