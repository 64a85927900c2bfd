"""The row of the method box in which a model with region encoding is told its region."""

from __future__ import annotations

from typing import Sequence, Tuple

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QComboBox, QLabel

from ..inference.model import REGIONS
from ..scenes.regions import NAMES
from .forms import write_value
from .texts import tr

_FOUND = int(Qt.ItemDataRole.UserRole) + 1


class RegionRow:
    """A choice of regions; a vector found by entropy is one more entry, which any other choice removes.

    That entry's data is the region chosen before, so that a vector is never saved for another session.
    """

    def __init__(self, label: QLabel, combo: QComboBox) -> None:
        self._label = label
        self._combo = combo
        self._model = ""
        for region in REGIONS:
            combo.addItem(tr(NAMES.get(region, "Not told")), region)
        combo.currentIndexChanged.connect(lambda *_: self._remove_unchosen())

    def region(self) -> str:
        """Return the region that the model is told; "unknown" where it asks for none."""
        return str(self._combo.currentData()) if self._is_shown() else "unknown"

    def vector(self) -> Tuple[float, ...]:
        """Return the vector that was found and is chosen, () where there is none."""
        return tuple(self._combo.currentData(_FOUND) or ()) if self._is_shown() else ()

    def show(self, shown: bool) -> None:
        """Show or hide the row."""
        self._label.setVisible(shown)
        self._combo.setVisible(shown)

    def propose(self, region: str) -> None:
        """Choose the region in which the scene lies, and say so; the user may choose another."""
        self.forget_found()
        for index in range(self._combo.count()):
            data = self._combo.itemData(index)
            text = tr(NAMES.get(data, "Not told"))
            self._combo.setItemText(index, tr("{} (by position)").format(text) if data == region else text)
        write_value(self._combo, region)

    def use_found(self, vector: Sequence[float], text: str, model: str) -> None:
        """Choose a vector that was found for `model`; `text` is the vector for people."""
        self.forget_found()
        row = self._combo.count()
        self._combo.addItem(tr("Found by entropy: {}").format(text), self._combo.currentData())
        self._combo.setItemData(row, [float(value) for value in vector], _FOUND)
        self._combo.setToolTip(self._combo.itemText(row))
        self._model = model
        self._combo.setCurrentIndex(row)

    def forget_found(self) -> None:
        """Go back to the region that was chosen before a vector was found."""
        if self._combo.currentData(_FOUND):
            write_value(self._combo, self._combo.currentData())

    def forget_unless(self, model: str) -> None:
        """Forget a vector that was found for another model."""
        if model != self._model:
            self.forget_found()

    def _remove_unchosen(self) -> None:
        for row in range(self._combo.count() - 1, len(REGIONS) - 1, -1):
            if row != self._combo.currentIndex():
                self._combo.removeItem(row)
                self._combo.setToolTip("")

    def _is_shown(self) -> bool:
        return not self._combo.isHidden()
