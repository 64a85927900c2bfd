"""What stands in a layer that is to be handed in: counted without any library, so QGIS's process can tell it before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Tuple

from ..inference.outline_fields import FIRST_STATUS
from .attributes_state import KEY, NOT_MEASURED, STALE, STATE, state_of
from .export_order import TOLD, value_told

REJECTED, EDITED = "rejected", "edited"


@dataclass
class Tally:
    """Numbers of outlines.

    Attributes:
        outlines: those that are handed in.
        rejected, empty: left out because of their status, or because they have no geometry.
        to_review: handed in, but nobody has looked at them.
        stale: changed since their attributes were measured.
        untold: by the fields of TOLD, how many do not tell it.
        values: by these fields, how often each value is there.
    """

    outlines: int = 0
    rejected: int = 0
    empty: int = 0
    to_review: int = 0
    stale: int = 0
    untold: Dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOLD, 0))
    values: Dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in TOLD})


def tally(fields: Sequence[str], features: Iterable[Tuple[Mapping[str, Any], Optional[bytes]]]) -> Tally:
    """Count a layer's features: their values by field, and their geometries (2-D WKB)."""
    column = {name.lower(): name for name in fields}
    found = Tally()
    for row, wkb in features:
        status = value_told(row, column.get("status", "")).lower()
        if status == REJECTED or wkb is None:
            found.rejected += status == REJECTED
            found.empty += status != REJECTED
            continue
        found.outlines += 1
        found.to_review += status == FIRST_STATUS
        found.stale += _is_stale(row, wkb, status)
        for name in TOLD:
            value = value_told(row, column.get(name, ""))
            found.untold[name] += not value
            found.values[name].update([value] if value else [])
    return found


def _is_stale(row: Mapping[str, Any], wkb: bytes, status: str) -> bool:
    """Return whether an outline has changed since it was measured; what was never measured is, once it is edited."""
    state = state_of(wkb, value_told(row, KEY), value_told(row, STATE))
    return state == STALE or (state == NOT_MEASURED and status == EDITED)
