"""The chart of a change: area over time, of all ice or of the glaciers that are selected."""

from __future__ import annotations

from typing import Collection, Mapping, Optional

from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from .change_values import series_of
from .charts.time_series import TimeSeriesChart
from .texts import tr


class ChangeCharts(QWidget):
    """Holds the values; a selection changes whose series is drawn."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.nameLabel = QLabel(self)
        self.series = TimeSeriesChart(self)
        self._values: Optional[Mapping[str, object]] = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.nameLabel)
        column.addWidget(self.series, 1)
        self.series.set_empty_text(tr("Areas over time"))

    def set_values(self, values: Mapping[str, object]) -> None:
        """Draw the series of all ice."""
        self._values = values
        self.set_selected([])

    def set_selected(self, keys: Collection[str]) -> None:
        """Draw the series of these glaciers; of all ice where there are none."""
        if self._values is not None:
            series = series_of(self._values, keys)
            self.nameLabel.setText(", ".join(name for name, _ in series))
            self.series.set_series(series, "km\u00b2")
