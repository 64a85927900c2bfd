"""What a change between dates says, as values and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Dict, Mapping, Tuple

from .change_doubts import years_between
from .change_uncertainty import significance
from .results import LayerFault, plain

KEPT, SPLIT, GONE, REGAINED = "kept", "split", "gone", "gone in between"


@dataclass(frozen=True)
class Period:
    """From the date `first` to the date `last`, both places in the series."""

    first: int
    last: int
    first_date: date
    last_date: date

    @property
    def years(self) -> float:
        return years_between(self.first_date, self.last_date)

    def to_json(self) -> Dict[str, Any]:
        """Return plain values."""
        return {"first": self.first, "last": self.last, "from": self.first_date.isoformat(),
                "to": self.last_date.isoformat(), "years": self.years}  # fmt: skip


@dataclass(frozen=True)
class AreaChange:
    """The change of one glacier, or of all, in one period.

    Areas in km2; percent of the period's first area; `uncertainty_km2` is sqrt(s1^2 + s2^2); `verdict` tells whether
    the change is at least that large. `retreat_m` is positive where the terminus went up the centreline, NaN where
    that is not known.
    """

    change_km2: float
    change_percent: float
    change_percent_per_year: float
    uncertainty_km2: float
    verdict: str
    retreat_m: float = math.nan

    @classmethod
    def between(cls, period: Period, areas: Any, sigmas: Any, termini: Any = None) -> AreaChange:
        """Return the change in a period of a series of areas and uncertainties in km2 and termini in metres."""
        before, after = float(areas[period.first]), float(areas[period.last])
        uncertainty = math.hypot(sigmas[period.first], sigmas[period.last])
        percent = 100 * (after - before) / before if before > 0 else math.nan
        retreat = math.nan if termini is None else float(termini[period.first] - termini[period.last])
        verdict = significance(after - before, uncertainty)
        return cls(after - before, percent, percent / period.years, uncertainty, verdict, retreat)


@dataclass(frozen=True)
class Series:
    """Areas and uncertainties in km2 at each date, and the change in each period."""

    area_km2: Tuple[float, ...]
    area_uncertainty_km2: Tuple[float, ...]
    changes: Tuple[AreaChange, ...]


@dataclass(frozen=True)
class GlacierChange:
    """One glacier of the first date. `parts` is the number of its pieces at each date.

    `status`: gone (no ice at the last date), gone in between (at another), split (more pieces than at first), kept.
    """

    id: str
    parts: Tuple[int, ...]
    series: Series

    @property
    def status(self) -> str:
        if not self.parts[-1]:
            return GONE
        return REGAINED if 0 in self.parts[1:] else SPLIT if self.parts[-1] > self.parts[0] else KEPT

    def to_json(self) -> Dict[str, Any]:
        """Return plain values."""
        return {"id": self.id, "status": self.status, "parts": self.parts, **asdict(self.series)}


@dataclass(frozen=True)
class NewIce:
    """A piece of ice of a later `date` that touches no glacier of the first; `ids` are its outlines."""

    date: date
    ids: Tuple[str, ...]
    area_km2: float

    def to_json(self) -> Dict[str, Any]:
        """Return plain values."""
        return {"date": self.date.isoformat(), "ids": self.ids, "area_km2": self.area_km2}


@dataclass(frozen=True)
class Change:
    """Everything that is known of a series of layers, in order of date.

    Attributes:
        dates: n dates.
        pixels_m: n sizes of pixels.
        periods: from each date to the next, and from the first to the last where there are more than two.
        total: all ice of the first date's glaciers.
        glaciers: one for each outline of the first date.
        new: ice that belongs to none of them.
        sources: what is known of the n files, filled in by who read them.
    """

    dates: Tuple[date, ...]
    pixels_m: Tuple[float, ...]
    periods: Tuple[Period, ...]
    total: Series
    glaciers: Tuple[GlacierChange, ...]
    new: Tuple[NewIce, ...]
    faults: Tuple[LayerFault, ...] = ()
    warnings: Tuple[str, ...] = ()
    sources: Tuple[Mapping[str, Any], ...] = field(default_factory=tuple)

    def to_json(self) -> Dict[str, Any]:
        """Return the change as plain values that json.dumps(allow_nan=False) takes; NaN is None."""
        states = [glacier.status for glacier in self.glaciers]
        found: Dict[str, Any] = plain({
            "dates": [day.isoformat() for day in self.dates],
            "pixels_m": self.pixels_m,
            "periods": [period.to_json() for period in self.periods],
            "total": asdict(self.total),
            "states": {name: states.count(name) for name in (KEPT, SPLIT, GONE, REGAINED)},
            "glaciers": [glacier.to_json() for glacier in self.glaciers],
            "new": [piece.to_json() for piece in self.new],
            "faults": [asdict(fault) for fault in self.faults],
            "warnings": self.warnings,
            "sources": self.sources,
        })  # fmt: skip
        return found
