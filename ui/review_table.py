"""The review's table: sorted and filtered here and not by a proxy, which asks Python for every pair of 10,000 rows."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ..inventory.review import ACCEPTED, EDITED, REJECTED, TO_REVIEW
from .review_rows import ReviewRow
from .review_texts import cause_text, percent, status_text
from .texts import tr

STATUS_ICONS = {
    TO_REVIEW: "", ACCEPTED: "/mIconSuccess.svg", EDITED: "/mActionToggleEditing.svg", REJECTED: "/mIconDelete.svg",
}  # fmt: skip
LAST = 1 << 30
ID, WHY, STATUS = 1, 4, 5
"""Places of columns."""


class _Column(NamedTuple):
    title: str
    tip: str
    text: Callable[[ReviewRow], str]
    order: Callable[[ReviewRow], Any]
    width: int
    right: bool = False


def _columns() -> Tuple[_Column, ...]:
    return (
        _Column("#", tr("Place in the queue"), lambda row: str(row.entry.rank or "\u2013"),
                lambda row: row.entry.rank or LAST, 34, True),
        _Column(tr("Glacier"), tr("Its id"), lambda row: row.glacier.name, lambda row: row.glacier.name, 96),
        _Column("km\u00b2", tr("Area"), lambda row: f"{row.glacier.area_km2:.2f}", lambda row: row.glacier.area_km2,
                50, True),
        _Column(tr("unsure"), tr("Share of the area with confidence below 0.95"), lambda row: percent(row.glacier),
                _share, 50, True),
        _Column(tr("Why"), tr("Why it is in the queue"), lambda row: ", ".join(map(cause_text, row.entry.causes)),
                lambda row: row.entry.causes, 84),
        _Column("", tr("What was decided, and by whom"), lambda row: status_text(row.glacier),
                lambda row: row.glacier.status, 26),
    )  # fmt: skip


class ReviewModel(QAbstractTableModel):
    """Those rows that a filter leaves, in the order of a column. A row stays when it changes, until the next filter."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.columns = _columns()
        self.rows: List[ReviewRow] = []
        self._places: Dict[int, int] = {}
        self._sorting = (0, Qt.SortOrder.AscendingOrder)

    def set_rows(self, rows: Sequence[ReviewRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self._arrange()
        self.endResetModel()

    def put(self, row: ReviewRow) -> None:
        """Show a row that has changed, where it is shown."""
        place = self._places.get(row.glacier.key)
        if place is not None:
            self.rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))

    def place_of(self, key: int) -> Optional[int]:
        """Return where a glacier is shown."""
        return self._places.get(key)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal rows stay in the order of need."""
        self._sorting = (column, order)
        self.set_rows(self.rows)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tool tip, alignment, or the status's icon."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.glacier.note or column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if index.column() == STATUS:
            return _status(row, role)
        return column.text(row) if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title and tool tip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        return {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: column.tip}.get(role)

    def _arrange(self) -> None:
        column, order = self._sorting
        self.rows.sort(key=lambda row: row.entry.rank or LAST)
        self.rows.sort(key=self.columns[column].order, reverse=order == Qt.SortOrder.DescendingOrder)
        self._places = {row.glacier.key: place for place, row in enumerate(self.rows)}


class ReviewTable(QTableView):
    """One glacier is chosen at a time: `chosen(key)`. `zoom_wanted`: a double click, or Enter."""

    chosen = pyqtSignal(int)
    zoom_wanted = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.rows = ReviewModel(self)
        self.setModel(self.rows)
        self._dress()
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.doubleClicked.connect(lambda *_: self.zoom_wanted.emit())
        self.activated.connect(lambda *_: self.zoom_wanted.emit())

    def key(self) -> Optional[int]:
        """Return the glacier that is chosen."""
        index = self.currentIndex()
        return self.rows.rows[index.row()].glacier.key if index.isValid() else None

    def shown_keys(self) -> List[int]:
        """Return the glaciers shown, in their order."""
        return [row.glacier.key for row in self.rows.rows]

    def choose(self, key: int) -> bool:
        """Choose a glacier; False where it is not shown."""
        place = self.rows.place_of(key)
        if place is None:
            return False
        index = self.rows.index(place, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True

    def step(self, by: int) -> bool:
        """Choose the row `by` further, the first where none is chosen; False at the end."""
        index = self.currentIndex()
        place = index.row() + by if index.isValid() else 0
        return 0 <= place < self.rows.rowCount() and self.choose(self.rows.rows[place].glacier.key)

    def next_left(self) -> bool:
        """Choose the next row with something left to decide, from the top again after the last; False where none is."""
        rows, here = self.rows.rows, self.currentIndex().row()
        ahead = next((row for row in [*rows[here + 1 :], *rows[: here + 1]] if not row.done), None)
        return ahead is not None and self.choose(ahead.glacier.key)

    def _current_changed(self, index: QModelIndex, _: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.rows.rows[index.row()].glacier.key)

    def _dress(self) -> None:
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setItemDelegateForColumn(ID, _ElidedInside(self))
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(20)
        for place, column in enumerate(self.rows.columns):
            self.setColumnWidth(place, column.width)
        header.setSectionResizeMode(WHY, QHeaderView.ResizeMode.Stretch)


def _share(row: ReviewRow) -> float:
    """What is not known comes before all others."""
    share = row.glacier.uncertain_km2 / row.glacier.area_km2 if row.glacier.area_km2 else math.nan
    return -1.0 if math.isnan(share) else share


def _status(row: ReviewRow, role: int) -> Any:
    """The status is an icon, and words for whoever does not see it."""
    if role == Qt.ItemDataRole.DecorationRole:
        icon = STATUS_ICONS[row.glacier.status]
        return QgsApplication.getThemeIcon(icon) if icon else None
    return status_text(row.glacier) if role == Qt.ItemDataRole.AccessibleTextRole else None


class _ElidedInside(QStyledItemDelegate):
    """Ids differ at their ends."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: N802 - Qt's name
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle
