"""A row of large values, each with what it is below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

LARGE = 1.3
SMALL = 0.85
GAP = 6


@dataclass(frozen=True)
class Headline:
    """A value for people, what it is, and what more there is to say."""

    value: str
    caption: str
    tip: str = ""


class HeadlineNumbers(QWidget):
    """Shows up to `count` headlines side by side."""

    def __init__(self, count: int, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self._cells: List[Tuple[QLabel, QLabel]] = []
        for _ in range(count):
            cell = QVBoxLayout()
            cell.setSpacing(0)
            labels = self._label(LARGE, bold=True), self._label(SMALL)
            for label in labels:
                cell.addWidget(label)
            row.addLayout(cell, 1)
            self._cells.append(labels)

    def show_values(self, headlines: Sequence[Headline]) -> None:
        """Show the headlines; cells that are left stay empty."""
        padded = [*headlines, *[Headline("", "")] * (len(self._cells) - len(headlines))]
        for (value, caption), headline in zip(self._cells, padded):
            value.setText(headline.value)
            caption.setText(headline.caption)
            for label in (value, caption):
                label.setToolTip(headline.tip)

    def texts(self) -> List[Tuple[str, str]]:
        """Return value and caption of each cell."""
        return [(value.text(), caption.text()) for value, caption in self._cells]

    def _label(self, scale: float, bold: bool = False) -> QLabel:
        label = QLabel(self)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setWordWrap(not bold)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the dock may be narrow
        font = label.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setBold(bold)
        label.setFont(font)
        return label
