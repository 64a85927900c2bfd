"""What stands in for repeat digitisations where there are none: the ranges that were published."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Sequence, Tuple

from ..inference.errors import OutlinesError
from .results import plain

CLEAN_PERCENT, DEBRIS_PERCENT = 5.0, 30.0
SOURCE = (
    "Published range, not measured here: Paul et al. 2013 (On the accuracy of glacier outlines derived from "
    "remote-sensing data, Annals of Glaciology 54(63)): about 5 % of the area for clean ice, up to 30 % under debris."
)
WITHIN, ABOVE, MISSED = "within the published range", "above the published range", "missed"
UNKNOWN = "Where debris is not known, the limit of clean ice is taken."
LIMIT = "A glacier's limit is the mean of both, weighted by how much of it is under debris."


@dataclass(frozen=True)
class RangedGlacier:
    """A glacier's area deviation (percent of the reference) beside the limit for its ice.

    `debris` is the share (0..1) of the glacier under debris, None where it is not known: then the limit is that of
    clean ice. `within_if_debris` tells whether the deviation would be within the limit of a glacier all under debris.
    """

    id: str
    area_deviation_percent: float
    debris: Optional[float]
    limit_percent: float
    within_if_debris: bool
    verdict: str


@dataclass(frozen=True)
class RangePlacement:
    """All glaciers and the total beside the published ranges."""

    glaciers: Tuple[RangedGlacier, ...]
    total: Dict[str, Any]

    def to_json(self) -> Dict[str, Any]:
        """Return plain values; NaN is None."""
        unknown = self.total["debris_unknown"] > 0
        found: Dict[str, Any] = plain({
            "basis": "published", "source": f"{SOURCE} {LIMIT}",
            "limits": {"clean_percent": CLEAN_PERCENT, "debris_percent": DEBRIS_PERCENT}, "total": self.total,
            "glaciers": [asdict(glacier) for glacier in self.glaciers], "warnings": [UNKNOWN] if unknown else [],
        })  # fmt: skip
        return found


def place_in_published_range(
    ids: Sequence[str],
    deviations_percent: Sequence[float],
    areas_km2: Sequence[float],
    debris: Sequence[Optional[float]] = (),
    total_deviation_percent: float = math.nan,
) -> RangePlacement:
    """Return the glaciers beside the published ranges.

    Args:
        ids: n names.
        deviations_percent: n signed area deviations; NaN for a glacier that was missed.
        areas_km2: n areas of the reference, which weight the limit of the total.
        debris: n shares (0..1) of glaciers under debris, None where not known; empty: nowhere known.
        total_deviation_percent: of all ice.

    Raises:
        OutlinesError: not as many of one as of the others.
    """
    known = tuple(debris) or (None,) * len(ids)
    if not len(ids) == len(deviations_percent) == len(areas_km2) == len(known):
        raise OutlinesError("Ids, deviations, areas and debris belong to the same glaciers; give as many of each.")
    glaciers = tuple(_ranged(*row) for row in zip(ids, deviations_percent, known))
    area = sum(areas_km2)
    limit = sum(g.limit_percent * a for g, a in zip(glaciers, areas_km2)) / area if area > 0 else CLEAN_PERCENT
    within = sum(glacier.verdict == WITHIN for glacier in glaciers)
    total = {
        "n": len(glaciers), "judged": len(glaciers), "within": within,
        "missed": sum(glacier.verdict == MISSED for glacier in glaciers),
        "share_within": within / len(glaciers) if glaciers else math.nan,
        "debris_unknown": sum(glacier.debris is None for glacier in glaciers),
        "within_if_debris": sum(glacier.within_if_debris for glacier in glaciers),
        "area_deviation_percent": total_deviation_percent, "limit_percent": limit,
        "verdict": _verdict(total_deviation_percent, limit),
    }  # fmt: skip
    return RangePlacement(glaciers, total)


def _ranged(name: str, deviation: float, debris: Optional[float]) -> RangedGlacier:
    limit = CLEAN_PERCENT + (debris or 0.0) * (DEBRIS_PERCENT - CLEAN_PERCENT)
    within = math.isfinite(deviation) and abs(deviation) <= DEBRIS_PERCENT
    return RangedGlacier(name, deviation, debris, limit, within, _verdict(deviation, limit))


def _verdict(deviation: float, limit: float) -> str:
    if not math.isfinite(deviation) or deviation <= -100:
        return MISSED
    return WITHIN if abs(deviation) <= limit else ABOVE
