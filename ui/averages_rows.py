"""What is averaged, as rows under Advanced: further models, flips, passes with dropout. For network models only."""

from __future__ import annotations

from typing import Sequence, Tuple

from qgis.gui import QgsCheckableComboBox
from qgis.PyQt.QtWidgets import QCheckBox, QLabel, QSpinBox

from ..inference.averages import MOST_PASSES, NOTHING_AVERAGED, Averages
from .checked_items import offer_items
from .forms import read_value
from .texts import tr


class AveragesRows:
    """Holds the rows' widgets, which live in the method box."""

    def __init__(
        self,
        ensemble: Tuple[QLabel, QgsCheckableComboBox],
        flips: QCheckBox,
        passes: Tuple[QLabel, QSpinBox],
    ) -> None:
        self._label, self._ensemble = ensemble
        self._flips = flips
        self._passes_label, self._passes = passes
        self._shown = False
        self._passes.setMaximum(MOST_PASSES)
        self._ensemble.setDefaultText(tr("no other"))

    def offer(self, models: Sequence[Tuple[str, str]], chosen: str) -> None:
        """Offer models (name, path) but the chosen one; what is ticked stays so where it can."""
        offer_items(self._ensemble, [(name, path) for name, path in models if path != chosen])

    def show(self, shown: bool) -> None:
        """Show the rows or not; without other models there is nothing to choose an ensemble from."""
        for widget in (self._flips, self._passes_label, self._passes):
            widget.setVisible(shown)
        for widget in (self._label, self._ensemble):
            widget.setVisible(shown and self._ensemble.count() > 0)
        self._shown = shown

    def averages(self) -> Averages:
        """Return what the rows say, nothing while they are hidden. Raises InputError for what cannot be meant."""
        if not self._shown:
            return NOTHING_AVERAGED
        paths = tuple(path for path in str(read_value(self._ensemble)).split("\n") if path)
        return Averages(paths, self._flips.isChecked(), self._passes.value())
