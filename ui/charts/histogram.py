"""How many glaciers have which value."""

from __future__ import annotations

from typing import Optional, Sequence

from .chart import Chart


class HistogramChart(Chart):
    """Bars; the selected share of each is filled in the colour of selections."""

    def set_values(self, values: Sequence[Optional[float]], keys: Sequence[str], title: str, unit: str = "") -> None:
        """Show values with a key each; None and what is not finite is left out.

        `title` and `unit` name the axis, like "Deviation of the area" and "%". Raises ValueError if the lengths differ.
        """
