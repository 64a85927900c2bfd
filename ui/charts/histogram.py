"""How many glaciers have which value."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
from qgis.PyQt.QtCore import QPointF, QRectF
from qgis.PyQt.QtGui import QPainter

from ..texts import tr
from .axis import Axis, linear_axis, tick_texts
from .binning import Bins, bins_of
from .chart import Chart
from .colours import Colours
from .frame import Frame, Labels, Scale
from .given import as_array

_GAP = 1.0
_LEAST = 2.0
"""Pixels between bars, and of the lowest bar: one glacier beside a thousand must be seen."""
_TOLD = 5
"""A bar's tool tip names its keys if there are no more."""


class HistogramChart(Chart):
    """Bars; the selected share of each is filled in the colour of selections.

    Values that are far out are counted in the bars at the ends, which are labelled so ("> 100").
    """

    _bins: Optional[Bins] = None
    _unit = ""
    _title = ""
    _held: Sequence[List[str]] = ()
    """The keys of each bar; bins without a value have none."""
    _numbers: Sequence[int] = ()

    def set_values(self, values: Sequence[Optional[float]], keys: Sequence[str], title: str, unit: str = "") -> None:
        """Show values with a key each; None and what is not finite is left out.

        `title` and `unit` name the axis, like "Deviation of the area" and "%". Raises ValueError if the lengths differ.
        """
        numbers = as_array(values, keys)
        known = np.isfinite(numbers)
        self._title, self._unit = title, unit
        self._bins = bins_of(numbers[known]) if known.any() else None
        places = self._bins.place(numbers[known]) if self._bins is not None else np.zeros(0, dtype=int)
        held = {int(number): [] for number in np.unique(places)}  # type: dict[int, List[str]]
        for place, row in zip(places, np.flatnonzero(known)):
            held[int(place)].append(keys[row])
        self._numbers, self._held = tuple(held), tuple(held.values())
        self.setAccessibleName(title)
        self._has_new_data(len(numbers) - int(known.sum()))

    def clear(self) -> None:
        """Forget all values; the empty text is shown."""
        self.set_values((), (), "")

    def _scales(self) -> Sequence[Scale]:
        if self._bins is None:
            return ()
        tallest = max(len(keys) for keys in self._held)
        title = f"{self._title} ({self._unit})" if self._unit else self._title
        x = Scale(Axis(self._bins.edges[0], self._bins.edges[-1]), title, self._labels)
        return x, Scale(linear_axis(np.array([0.0, max(tallest, 2)])), tr("Glaciers"), None)

    def _drawn(self) -> Bins:
        """Return the bins. Raises ValueError where there are none: nothing is drawn then, nor asked."""
        if self._bins is None:
            raise ValueError("there are no bars")
        return self._bins

    def _labels(self, most: int) -> Labels:
        """Return the labels under the bars; open bars at the ends have theirs in their middle."""
        bins = self._drawn()
        edges, below, above = bins.edges, bins.below, bins.above
        half = (edges[1] - edges[0]) / 2
        labels = [(edges[0] + half, f"< {tick_texts(edges[1:2])[0]}")] if below else []
        labels += [(edges[-1] - half, f"> {tick_texts(edges[-2:-1])[0]}")] if above else []
        ends = Axis(edges[1] if below else edges[0], edges[-2] if above else edges[-1])
        ticks = ends.ticks(most)
        return labels + list(zip(ticks, tick_texts(ticks)))

    def _count(self) -> int:
        return len(self._held)

    def _keys(self, mark: int) -> Sequence[str]:
        return self._held[mark]

    def _tip(self, mark: int) -> Sequence[str]:
        keys = self._held[mark]
        chosen = len(self._chosen.intersection(keys))
        lines = [self._span(self._numbers[mark]), tr("{} glaciers").format(len(keys))]
        if len(keys) <= _TOLD:
            lines += keys
        return [*lines, tr("{} selected").format(chosen)] if chosen else lines

    def _span(self, number: int) -> str:
        """Return what values a bin holds: "−10 to −5 %"."""
        bins = self._drawn()
        low, high = tick_texts(bins.edges[number : number + 2])
        if bins.below and number == 0:
            text = tr("less than {}").format(high)
        elif bins.above and number == len(bins.edges) - 2:
            text = tr("more than {}").format(low)
        else:
            text = tr("{} to {}").format(low, high)
        return f"{text} {self._unit}".strip()

    def _places(self, frame: Frame) -> Any:
        return self._boxes(frame, [len(keys) for keys in self._held])

    def _boxes(self, frame: Frame, counts: Sequence[int]) -> Any:
        """Return the boxes of bars of these heights."""
        edges = frame.across(self._drawn().edges)
        numbers = np.array(self._numbers, dtype=int)
        bottom = np.full(len(numbers), frame.plot.bottom())
        top = np.minimum(frame.down(counts), bottom - _LEAST)
        return np.column_stack([edges[numbers] + _GAP / 2, top, edges[numbers + 1] - _GAP / 2, bottom])

    def _draw(self, painter: QPainter, frame: Frame, colours: Colours) -> None:
        chosen = [len(self._chosen.intersection(keys)) for keys in self._held]
        for box in self._places(frame):
            painter.fillRect(_rectangle(box), colours.mark)
        for box, count in zip(self._boxes(frame, chosen), chosen):
            if count:
                painter.fillRect(_rectangle(box), colours.selected)


def _rectangle(box: Any) -> QRectF:
    left, top, right, bottom = (float(side) for side in box)
    return QRectF(QPointF(left, top), QPointF(right, bottom))
