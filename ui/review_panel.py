"""The Review tab: the queue, the glacier in question, and what is decided on it."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence, Tuple

from qgis.core import QgsApplication, QgsMapLayerProxyModel
from qgis.gui import QgsCollapsibleGroupBox, QgsFilterLineEdit, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QPixmap, QShowEvent
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..inventory.review import ReviewProgress
from .forms import load_form
from .health_line import HealthLine
from .layer_pick import LayerPick
from .review_rows import LEFT, Filter, ReviewRow, passes
from .review_table import ReviewTable
from .review_tags import ReviewTags
from .review_texts import filter_text, glacier_text, progress_text
from .texts import tr

ICONS = {
    "previousButton": "/mActionArrowUp.svg",
    "nextButton": "/mActionArrowDown.svg",
    "undoButton": "/mActionUndo.svg",
}
BUTTONS = ("previous", "next", "accept", "edit", "reject", "open", "undo", "fields", "merge")
TABLE_SHARE, PICTURE_SHARE = 3, 2
LOWEST_TABLE, LOWEST_PICTURE = 90, 60


class ReviewPanel(QWidget):
    """`shown` when the tab comes to the front; `filter_changed` when other rows are wanted; `pressed` a button."""

    shown = pyqtSignal()
    pressed = pyqtSignal(str)
    filter_changed = pyqtSignal()

    scrollArea: QScrollArea  # noqa: N815 - names of the .ui file
    contents: QWidget
    layerCombo: QgsMapLayerComboBox  # noqa: N815
    againstCombo: QgsMapLayerComboBox  # noqa: N815
    healthLayout: QVBoxLayout  # noqa: N815
    tagsLayout: QVBoxLayout  # noqa: N815
    fieldsButton: QPushButton  # noqa: N815
    progressBar: QProgressBar  # noqa: N815
    filterCombo: QComboBox  # noqa: N815
    findEdit: QgsFilterLineEdit  # noqa: N815
    splitter: QSplitter
    pictureLabel: QLabel  # noqa: N815
    whyLabel: QLabel  # noqa: N815
    decideBox: QWidget  # noqa: N815
    previousButton: QToolButton  # noqa: N815
    nextButton: QToolButton  # noqa: N815
    acceptButton: QToolButton  # noqa: N815
    editButton: QToolButton  # noqa: N815
    rejectButton: QToolButton  # noqa: N815
    openButton: QToolButton  # noqa: N815
    undoButton: QToolButton  # noqa: N815
    noteEdit: QLineEdit  # noqa: N815
    moreGroup: QgsCollapsibleGroupBox  # noqa: N815
    analystEdit: QLineEdit  # noqa: N815
    secondCheck: QCheckBox  # noqa: N815
    mergeButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        load_form("review_panel", self)
        self.health = HealthLine(self)
        self.healthLayout.addWidget(self.health)
        self.table = ReviewTable(self)
        self.splitter.insertWidget(0, self.table)
        self.tags = ReviewTags(self)
        self.tagsLayout.addWidget(self.tags)
        polygons = QgsMapLayerProxyModel.PolygonLayer
        self.outlines = LayerPick(self.layerCombo, polygons)
        self.against = LayerPick(self.againstCombo, polygons, tr("nothing else"))
        self._dress()
        self.show_glacier(None, ())
        self.filterCombo.currentIndexChanged.connect(lambda *_: self.filter_changed.emit())
        self.findEdit.textChanged.connect(lambda *_: self.filter_changed.emit())

    def saved_widgets(self) -> Mapping[str, QWidget]:
        """Return what is remembered for the user."""
        return {"analyst": self.analystEdit, "second_look": self.secondCheck}

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.shown.emit()

    def offer(self, filters: Sequence[Tuple[Filter, int]]) -> None:
        """Offer filters with the rows that they leave; the one that is chosen stays where it is offered again."""
        wanted = self.filter()
        self.filterCombo.blockSignals(True)
        self.filterCombo.clear()
        for one, count in filters:
            self.filterCombo.addItem(f"{filter_text(one)} ({count})", one)
        self.filterCombo.setCurrentIndex(max(self._place_of(wanted), 0))
        self.filterCombo.blockSignals(False)

    def show_rows(self, rows: Sequence[ReviewRow]) -> None:
        """Show those of the rows that the filter leaves; the glacier chosen stays so where it is among them."""
        wanted, text = self.filter(), self.findEdit.text()
        key = self.table.key()
        self.table.rows.set_rows([row for row in rows if passes(row, wanted, text)])
        if key is None or not self.table.choose(key):
            self.table.step(1)

    def filter(self) -> Filter:
        """Return which rows are shown."""
        data = self.filterCombo.currentData()
        return (LEFT, "") if data is None else (data[0], data[1])

    def filter_for(self, wanted: Filter) -> None:
        """Choose a filter that is offered, whatever the ids."""
        self.findEdit.clear()
        self.filterCombo.setCurrentIndex(max(self._place_of(wanted), 0))

    def show_progress(self, done: ReviewProgress) -> None:
        """Show how far the queue is."""
        self.progressBar.setMaximum(max(done.total, 1))
        self.progressBar.setValue(done.done)
        self.progressBar.setFormat(progress_text(done))

    def show_glacier(self, row: Optional[ReviewRow], suggested: Sequence[str]) -> None:
        """Show what is known of the glacier in question, or that there is none."""
        for widget in (self.decideBox, self.tags, self.noteEdit):
            widget.setEnabled(row is not None)
        self.tags.show_tags(row.glacier.tags if row else (), suggested)
        self.noteEdit.setText(row.glacier.note if row else "")
        self.noteEdit.setToolTip(self.noteEdit.text())
        self.whyLabel.setText("" if row is None else glacier_text(row))

    def show_picture(self, picture: QPixmap) -> None:
        """Show the small picture; a null one takes it away."""
        self.pictureLabel.setPixmap(picture)

    def picture_size(self) -> QSize:
        """Return how large the small picture may be."""
        return self.pictureLabel.size()

    def focus_table(self) -> None:
        """Give the keys to the table: typing is over."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_of(self, wanted: Filter) -> int:
        offered = [self.filterCombo.itemData(place) for place in range(self.filterCombo.count())]
        return next((place for place, one in enumerate(offered) if tuple(one) == wanted), -1)

    def _dress(self) -> None:
        self.table.setMinimumHeight(LOWEST_TABLE)
        self.pictureLabel.setMinimumHeight(LOWEST_PICTURE)
        self.splitter.setMinimumHeight(LOWEST_TABLE + LOWEST_PICTURE + self.splitter.handleWidth())
        for place, share in enumerate((TABLE_SHARE, PICTURE_SHARE)):
            self.splitter.setStretchFactor(place, share)
        self.splitter.setSizes([1000 * TABLE_SHARE, 1000 * PICTURE_SHARE])
        for name, icon in ICONS.items():
            getattr(self, name).setIcon(QgsApplication.getThemeIcon(icon))
        for name in BUTTONS:
            getattr(self, f"{name}Button").clicked.connect(lambda *_, name=name: self.pressed.emit(name))
        self.findEdit.setShowClearButton(True)
