"""The dialog *Find region by entropy*: costs first, then the search, then what it found, to use or to discard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Tuple

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from ..scenes.regions import NAMES
from .progress_dialog import ProgressDialog
from .region_pictures import side_by_side
from .texts import tr

if TYPE_CHECKING:
    from ..inference.region_search import RegionSearch

_TITLE_BAR = 40
"""Pixels of the screen's height that are left for it."""


def region_words(name: str) -> str:
    """Return a region for people: "High-Mountain Asia (HMA)"."""
    return tr("{} ({})").format(tr(NAMES[name]), name) if name in NAMES else tr("Not told ({})").format(name)


class RegionDialog(ProgressDialog):
    """Shows a RegionSearch. Says what was pressed; knows nothing of searching."""

    search_pressed = pyqtSignal()
    use_pressed = pyqtSignal()

    costsLabel: QLabel  # noqa: N815 - names of the .ui file
    resultBox: QWidget  # noqa: N815
    regionsTree: QTreeWidget  # noqa: N815
    beforeTitle: QLabel  # noqa: N815
    beforePicture: QLabel  # noqa: N815
    afterTitle: QLabel  # noqa: N815
    afterPicture: QLabel  # noqa: N815
    warningLabel: QLabel  # noqa: N815
    searchButton: QPushButton  # noqa: N815
    useButton: QPushButton  # noqa: N815
    discardButton: QPushButton  # noqa: N815

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__("region_dialog", parent)
        self.warningLabel.setFont(self.headlineLabel.font())
        header = self.regionsTree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        self.searchButton.clicked.connect(self.search_pressed)
        self.useButton.clicked.connect(self.use_pressed)
        self.discardButton.clicked.connect(self.close)
        self.set_running(False)

    def show_costs(self, text: str) -> None:
        """Say what the search does and how long it takes, before it starts."""
        self.headlineLabel.setText(tr("What shall the model be told of a place outside its regions?"))
        self.costsLabel.setText(text)

    def set_running(self, running: bool) -> None:
        """Show the progress, or put it away; results of before go."""
        super().set_running(running)
        self.searchButton.setEnabled(not running)
        self.resultBox.setVisible(False)
        self.useButton.setEnabled(False)
        if running:
            self.headlineLabel.setText(tr("Starting ..."))

    def show_search(self, found: RegionSearch, vector_words: str, warning: str) -> None:
        """Show the table, both pictures and the warning; `vector_words` is the vector found, for people."""
        self.headlineLabel.setText(tr("Found: {}").format(vector_words))
        changed = tr("The class of {:.1f} % of the pixels looked at changes.").format(100 * found.changed)
        self.costsLabel.setText(" ".join([changed, *found.warnings]))
        self.regionsTree.clear()
        for text, entropy, bold in _rows(found, vector_words):
            self.regionsTree.addTopLevelItem(_row(text, entropy, bold))
        self.beforeTitle.setText(tr("As before: glaciers in orange"))
        self.afterTitle.setText(tr("With the vector found"))
        self.beforePicture.setPixmap(side_by_side(found.maps, after=False))
        self.afterPicture.setPixmap(side_by_side(found.maps, after=True))
        self.warningLabel.setText(warning)
        self.resultBox.setVisible(True)
        self.useButton.setEnabled(True)
        wanted = self.sizeHint()
        highest = self.screen().availableGeometry().height() - _TITLE_BAR
        self.resize(max(self.width(), wanted.width()), min(wanted.height(), highest))


def _rows(found: RegionSearch, vector_words: str) -> Tuple[Tuple[str, float, bool], ...]:
    """Return text, entropy and weight of each row: what was found and what was before first, then the regions."""
    regions = sorted(found.entropies.items(), key=lambda item: item[1])
    return (
        (tr("Found: {}").format(vector_words), found.found.entropy, True),
        (tr("As before"), found.before.entropy, True),
        *((region_words(name), entropy, False) for name, entropy in regions),
        (tr("An even mixture of all (the start)"), found.start.entropy, False),
    )


def _row(text: str, entropy: float, bold: bool) -> QTreeWidgetItem:
    row = QTreeWidgetItem([text, f"{entropy:.4f}"])
    row.setData(1, Qt.ItemDataRole.TextAlignmentRole, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
    for column in (0, 1):
        font = row.font(column)
        font.setBold(bold)
        row.setFont(column, font)
    return row
