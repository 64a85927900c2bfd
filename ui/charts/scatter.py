"""One value of each glacier against another."""

from __future__ import annotations

from typing import Optional, Sequence

from .chart import Chart


class ScatterChart(Chart):
    """Points; those selected are larger, on top, in the colour of selections."""

    def set_points(
        self,
        xs: Sequence[Optional[float]],
        ys: Sequence[Optional[float]],
        keys: Sequence[str],
        x_title: str,
        y_title: str,
        log_x: bool = False,
        log_y: bool = False,
        diagonal: bool = False,
    ) -> None:
        """Show points with a key each; left out is what is None, not finite, or not positive on a logarithmic axis.

        `diagonal` draws the line y = x and gives both axes the same range. Titles hold the unit, like "Reference (km²)".
        Raises ValueError if the lengths differ.
        """
