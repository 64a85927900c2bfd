"""Filling combo boxes whose entries are ticked."""

from __future__ import annotations

from typing import Sequence, Tuple

from qgis.gui import QgsCheckableComboBox
from qgis.PyQt.QtCore import QSignalBlocker

from .forms import read_value, write_value


def offer_items(combo: QgsCheckableComboBox, items: Sequence[Tuple[str, str]]) -> None:
    """Offer entries (text, data) in the place of those there are; what is ticked stays so where it can."""
    if list(items) == [(combo.itemText(row), combo.itemData(row)) for row in range(combo.count())]:
        return  # its list may be open just now
    ticked = read_value(combo)
    with QSignalBlocker(combo):
        combo.clear()
        for text, data in items:
            combo.addItem(text, data)
        write_value(combo, ticked)
