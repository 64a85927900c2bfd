"""What all charts share: marks that are selected by mouse and keyboard, tool tips, the text of an empty chart."""

from __future__ import annotations

from typing import List, Optional, Sequence

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget


class Chart(QWidget):
    """Marks with keys. `selected(keys)` when the user selects, never when set_selected() is called."""

    selected = pyqtSignal(list)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)

    def set_selected(self, keys: Sequence[str]) -> None:
        """Show what of these keys the chart has as selected; others are ignored, and nothing is emitted."""

    def selection(self) -> List[str]:
        """Return the keys selected, in the order of the data."""
        return []

    def set_empty_text(self, text: str) -> None:
        """Say what is shown in the place of a chart without values."""

    def clear(self) -> None:
        """Forget all values; the empty text is shown."""
