"""The reasons as buttons, those that the data suggest first in sight."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from ..inventory.review import REASONS
from .review_texts import tag_text
from .texts import tr

IN_A_ROW = 4


class ReviewTags(QWidget):
    """A button for each reason. `changed(tags)` when the user presses one; tags that have no button are kept."""

    changed = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.buttons: Dict[str, QToolButton] = {}
        self._others: List[str] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        for place, tag in enumerate(REASONS):
            button = QToolButton(self)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda *_: self.changed.emit(self.tags()))
            grid.addWidget(button, *divmod(place, IN_A_ROW))
            self.buttons[tag] = button
        self.show_tags((), ())

    def tags(self) -> List[str]:
        """Return what is pressed."""
        return [tag for tag, button in self.buttons.items() if button.isChecked()] + self._others

    def show_tags(self, given: Sequence[str], suggested: Sequence[str]) -> None:
        """Press what was given; what the data suggest is bold, with a question mark."""
        self._others = [tag for tag in given if tag not in self.buttons]
        for tag, button in self.buttons.items():
            hinted = tag in suggested
            button.setChecked(tag in given)
            button.setText(tr("{}?").format(tag_text(tag)) if hinted else tag_text(tag))
            font = button.font()
            font.setBold(hinted)
            button.setFont(font)
            button.setToolTip(tr("The data suggest it: press to agree") if hinted else tr("The reason of the doubt"))
