"""The candidate beside experts: repeat digitisations, or the published ranges where there are none."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional, Sequence

import shapely

from ..inference.progress import PartOfProgress, Progress
from .experts import expert_spread
from .outlines import Outlines
from .placement import place_among_experts
from .published_range import place_in_published_range
from .results import Comparison
from .strata import Zones

DEBRIS = "debris"


def among_experts(
    candidate: Outlines, reference: Outlines, repeats: Sequence[Outlines], names: Sequence[str], spacing_m: float,
    progress: Progress,
) -> Dict[str, Any]:  # fmt: skip
    """Return where the candidate lies among the experts, as values. Raises OutlinesError."""
    spread = expert_spread(repeats, names, spacing_m, PartOfProgress(progress, 0.0, 0.5))
    return place_among_experts(candidate, spread, reference, PartOfProgress(progress, 0.5, 1.0)).to_json()


def beside_published(found: Comparison, reference: Outlines, zones: Sequence[Zones]) -> Dict[str, Any]:
    """Return the comparison beside the published ranges; debris is known where there are zones of it."""
    rows = found.glaciers
    deviations = [math.nan if row.kind == "missed" else row.metrics.area_deviation_percent for row in rows]
    return place_in_published_range(
        [row.id for row in rows], deviations, [row.metrics.area_ref_km2 for row in rows],
        debris_shares(reference, zones), found.total.area_deviation_percent,
    ).to_json()  # fmt: skip


def debris_shares(reference: Outlines, zones: Sequence[Zones]) -> List[Optional[float]]:
    """Return how much of each glacier lies in zones of debris (0..1); nothing without such zones."""
    ground = [
        zone.geometry[place]
        for zone in zones
        if zone.kind.lower() == DEBRIS
        for place, name in enumerate(zone.classes)
        if name.lower() not in ("clean", zone.elsewhere.lower())
    ]
    if not any(zone.kind.lower() == DEBRIS for zone in zones):
        return []
    cover = shapely.union_all(ground)
    shapely.prepare(cover)
    covered = shapely.area(shapely.intersection(reference.geometry, cover))
    shares: List[Optional[float]] = (covered / shapely.area(reference.geometry)).tolist()
    return shares
