"""Values of several dates, with their uncertainty."""

from __future__ import annotations

from datetime import date
from typing import Optional, Sequence, Tuple

from .chart import Chart

Moment = Tuple[date, Optional[float], Optional[float], Optional[float]]
"""Date, value, and the ends of its uncertainty (None where unknown)."""
Series = Tuple[str, Sequence[Moment]]


class TimeSeriesChart(Chart):
    """A line with error bars for each series; its keys are the series' names."""

    def set_series(self, series: Sequence[Series], unit: str = "") -> None:
        """Show [(name, [(date, value, low, high), ...]), ...]; values of None are gaps. The axis begins at zero."""
