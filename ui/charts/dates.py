"""Labels of an axis of dates (whose values are days, as date.toordinal() counts them). No Qt."""

from __future__ import annotations

from datetime import date
from typing import List, Sequence, Tuple

from .axis import Axis

_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_ROOM = 0.06
"""Share of the span that is left free before the first and after the last date."""
_LEAST_DAYS = 60.0


def date_axis(days: Sequence[date]) -> Axis:
    """Return an axis for dates (at least one) with some room at both ends."""
    first, last = min(days).toordinal(), max(days).toordinal()
    room = max(_ROOM * (last - first), _LEAST_DAYS if last == first else 1.0)
    return Axis(first - room, last + room)


def date_labels(axis: Axis, most: int) -> List[Tuple[float, str]]:
    """Return about `most` firsts of months ("2021-07") or of years ("2021") on the axis."""
    first, last = _month(axis.low), _month(axis.high)
    step = next((months for months in _MONTHS if (last - first) / months <= most), _MONTHS[-1])
    starts = [date(month // 12, month % 12 + 1, 1) for month in range(-(-first // step) * step, last + 1, step)]
    form = "%Y" if step >= 12 else "%Y-%m"
    labels = [(float(day.toordinal()), day.strftime(form)) for day in starts]
    return [label for label in labels if axis.low <= label[0] <= axis.high]


def _month(ordinal: float) -> int:
    """Return months since the year 0."""
    day = date.fromordinal(int(ordinal))
    return 12 * day.year + day.month - 1
