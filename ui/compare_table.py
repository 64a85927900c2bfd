"""A table of glaciers: sorted by any column, filtered by text and class, its selection shared with charts and map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Sequence

from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    pyqtSignal,
)
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QAbstractItemView, QComboBox, QHBoxLayout, QLabel, QTableView, QVBoxLayout, QWidget

from .texts import tr

Row = Mapping[str, Any]
"""A glacier's values by name; `key` is its own, `class` is what the class filter goes by."""
SORT_ROLE = Qt.ItemDataRole.UserRole
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
    """Rows and columns as Qt's views want them."""

    def __init__(self, columns: Sequence[Column], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: Sequence[Row] = ()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, the value to sort by, or the alignment."""
        column = self.columns[index.column()]
        value = self.rows[index.row()].get(column.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return "\u2013" if value is None else column.form(value)
        if role == SORT_ROLE:
            return value
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


class FilteredRows(QSortFilterProxyModel):
    """The rows that are meant: of one class, with a text in the first column. What is not known is sorted last."""

    def __init__(self, source: RowsModel, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._class = ""
        self.setSourceModel(source)

    def set_filter(self, text: str, kind: str) -> None:
        """Show rows whose first column contains `text`, of the class `kind` ("": any)."""
        self._text, self._class = text.strip().lower(), kind
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:  # noqa: N802
        source = self.sourceModel()
        values = source.rows[row]
        name = str(values.get(source.columns[0].name, "")).lower()
        return self._text in name and self._class in ("", values.get("class"))

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:  # noqa: N802
        a, b = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if a is None or b is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (b is None and a is not None) if ascending else (a is None and b is not None)
        return bool(a < b)


class _Table(QTableView):
    """A table whose Enter key says that a row is meant."""

    enter_pressed = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)


class GlacierTable(QWidget):
    """Filter row and table. `selected(keys)`: the user selects; `zoom_wanted(key)`: a double click, or Enter."""

    selected = pyqtSignal(list)
    zoom_wanted = pyqtSignal(str)

    def __init__(self, columns: Sequence[Column], parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._model = RowsModel(columns, self)
        self._proxy = FilteredRows(self._model, self)
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
        self.table.setColumnWidth(0, min(self.table.columnWidth(0), WIDEST_NAME))

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
        return [self._key(row) for row in range(self._proxy.rowCount())]

    def selected_keys(self) -> List[str]:
        """Return the keys of the rows selected."""
        return [self._key(index.row()) for index in self.table.selectionModel().selectedRows()]

    def set_selected(self, keys: Collection[str]) -> None:
        """Select the rows of these keys without telling it; the first one comes into view."""
        wanted = set(keys)
        chosen = QItemSelection()
        places = [row for row in range(self._proxy.rowCount()) if self._key(row) in wanted]
        for row in places:
            index = self._proxy.index(row, 0)
            chosen.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self._quiet = True
        self.table.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        self._quiet = False
        if places:
            first = self._proxy.index(places[0], 0)
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
        return str(self._model.rows[self._proxy.mapToSource(self._proxy.index(row, 0)).row()]["key"])

    def _filter(self) -> None:
        if self._quiet:
            return
        self._proxy.set_filter(self.textEdit.text(), self.classCombo.currentData() or "")
        shown, total = self._proxy.rowCount(), len(self._model.rows)
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
        table.setModel(self._proxy)
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
