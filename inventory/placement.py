"""Where a candidate lies among the experts who drew the same glaciers, or beside the spread that was published."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.errors import CrsError
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .consensus import overlapping
from .experts import NAN, ExpertGlacier, ExpertSpread, deviation_percent
from .outer_borders import outer_border, polis_between, sampled
from .outlines import Outlines, polygons_of
from .results import plain

WITHIN, ABOVE = "within the expert spread", "above the expert spread"
MISSED, NO_SPREAD = "missed", "one repeat only: no spread"
SAME = 1e-6
"""Percent or metres that are only rounding."""


@dataclass(frozen=True)
class PlacedGlacier:
    """A candidate's glacier among the experts'.

    Attributes:
        id, candidates, references: the experts' glacier, and the outlines of candidate and reference that are the same.
        repeats: how many layers have it.
        area_consensus_km2, area_km2: of the consensus and of the candidate.
        area_deviation_percent: of the candidate from the consensus; `experts_deviation_percent` of each layer from it.
        rank: the candidate's place among the `of` absolute deviations; 1 is nearest to the consensus.
        area_cv_percent, polis_pairwise_m: the experts' spread.
        polis_m: PoLiS of the candidate and the consensus; `polis_experts_m`: mean of those to each repeat.
        area_within, distance_within: None where it cannot be known.
    """

    id: str
    candidates: Tuple[str, ...]
    references: Tuple[str, ...]
    repeats: int
    area_consensus_km2: float
    area_km2: float
    area_deviation_percent: float
    experts_deviation_percent: Tuple[float, ...]
    rank: Optional[int]
    of: int
    area_cv_percent: float
    polis_m: float
    polis_experts_m: float
    polis_pairwise_m: float
    area_within: Optional[bool]
    distance_within: Optional[bool]
    verdict: str


@dataclass(frozen=True)
class Placement:
    """The candidate among the experts: glacier by glacier and in total. `of_total` as in `PlacedGlacier`."""

    layers: Tuple[str, ...]
    glaciers: Tuple[PlacedGlacier, ...]
    total: Mapping[str, Any]
    warnings: Tuple[str, ...] = ()

    def to_json(self) -> Dict[str, Any]:
        """Return plain values; NaN is None."""
        found: Dict[str, Any] = plain({
            "basis": "repeats", "layers": self.layers, "total": self.total,
            "glaciers": [asdict(glacier) for glacier in self.glaciers], "warnings": self.warnings,
        })  # fmt: skip
        return found


def place_among_experts(
    candidate: Outlines, spread: ExpertSpread, reference: Optional[Outlines] = None, progress: Optional[Progress] = None
) -> Placement:
    """Return where `candidate` lies within `spread`. Raises CrsError where they lie in different planes.

    `reference` only tells which of its outlines are which of the experts' glaciers.

    A candidate outline that covers several of the experts' glaciers (a complex without divides) is cut for each of
    them: what the others' consensus has is not its own.
    """
    if {candidate.crs, (reference or candidate).crs} != {spread.crs}:
        raise CrsError(
            "Candidate, reference and repeat digitisations lie in different planes; read all into the same one."
        )
    progress = progress or NoProgress()
    consensus = np.array([None, *(glacier.consensus for glacier in spread.glaciers)], dtype=object)[1:]
    own = _own_outlines(candidate, consensus)
    named = _references(reference, consensus)
    placed: List[PlacedGlacier] = []
    for number, (glacier, (numbers, outline)) in enumerate(zip(spread.glaciers, own)):
        stop_if_cancelled(progress)
        progress.report(number / len(own), "Candidate among the experts")
        names = tuple(candidate.ids[n] for n in numbers)
        placed.append(_placed(glacier, names, named[number], outline, spread.spacing_m))
    warnings = (*spread.warnings, *_cut_warning(placed))
    return Placement(spread.layers, tuple(placed), _total(placed, spread, own), warnings)


def _references(reference: Optional[Outlines], consensus: Any) -> List[Tuple[str, ...]]:
    """Return by expert glacier the ids of the reference's outlines that are the same glacier."""
    if reference is None:
        return [()] * len(consensus)
    unit, outline = overlapping(consensus, reference.geometry)
    return [tuple(reference.ids[n] for n in np.sort(outline[unit == number])) for number in range(len(consensus))]


def _own_outlines(candidate: Outlines, consensus: Any) -> List[Tuple[Any, Any]]:
    """Return by expert glacier the numbers of the candidate's outlines and what of them is this glacier's."""
    unit, outline = overlapping(consensus, candidate.geometry)
    found = []
    for number in range(len(consensus)):
        numbers = np.sort(outline[unit == number])
        others = np.unique(unit[np.isin(outline, numbers) & (unit != number)])
        ice = shapely.union_all(candidate.geometry[numbers])
        if len(others):
            ice = polygons_of(shapely.difference(ice, shapely.union_all(consensus[others])))
        found.append((numbers, ice))
    return found


def _placed(
    glacier: ExpertGlacier, names: Tuple[str, ...], references: Tuple[str, ...], outline: Any, spacing_m: float
) -> PlacedGlacier:
    area = float(shapely.area(outline)) / 1e6
    deviation = deviation_percent(area, glacier.consensus_km2) if area else NAN
    experts = glacier.deviations_percent
    border, *others = (
        sampled(outer_border(one, glacier.divides), spacing_m) for one in (outline, glacier.consensus, *glacier.drawn)
    )
    to_consensus, *to_experts = (polis_between(border, other) for other in others)
    rank, within = ranked(deviation, experts)
    near = _no_more(to_consensus, glacier.polis_pairwise_m)
    several = len(glacier.drawn) > 1
    area_within, distance_within = (within, near) if several and area else (None, None)
    return PlacedGlacier(
        glacier.id, names, references, len(glacier.drawn), glacier.consensus_km2, area, deviation, experts, rank,
        len(glacier.drawn) + 1, glacier.area_cv_percent, to_consensus, _mean(to_experts), glacier.polis_pairwise_m,
        area_within, distance_within, _verdict(bool(area), several, area_within, distance_within),
    )  # fmt: skip


def ranked(deviation: float, experts: Sequence[float]) -> Tuple[Optional[int], Optional[bool]]:
    """Return the place of a deviation among the experts' by size (1: the smallest), and whether it is not the largest.

    None for what is not known.
    """
    sizes = [abs(expert) for expert in experts if math.isfinite(expert)]
    if not (sizes and math.isfinite(deviation)):
        return None, None
    smaller = sum(size < abs(deviation) - SAME for size in sizes)
    return 1 + smaller, abs(deviation) <= max(sizes) + SAME


def _no_more(distance: float, spread: float) -> Optional[bool]:
    return distance <= spread + SAME if math.isfinite(distance) and math.isfinite(spread) else None


def _verdict(there: bool, several: bool, *within: Optional[bool]) -> str:
    if not several:
        return NO_SPREAD
    if not there:
        return MISSED
    return ABOVE if False in within or within[0] is None else WITHIN


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else NAN


def _cut_warning(placed: Sequence[PlacedGlacier]) -> Tuple[str, ...]:
    names = [name for glacier in placed for name in set(glacier.candidates)]
    shared = len({name for name in names if names.count(name) > 1})
    if not shared:
        return ()
    return (
        f"{shared} outlines of the candidate cover several of the experts' glaciers and were cut for each of them.",
    )


def _total(placed: Sequence[PlacedGlacier], spread: ExpertSpread, own: Sequence[Tuple[Any, Any]]) -> Dict[str, Any]:
    """Return the totals over the glaciers that every layer has, and how many of all are within the spread."""
    judged = [glacier for glacier in placed if glacier.verdict != NO_SPREAD]
    within = sum(glacier.verdict == WITHIN for glacier in judged)
    common = [n for n, glacier in enumerate(placed) if glacier.repeats == len(spread.layers)]
    ice = float(shapely.area(shapely.union_all([own[n][1] for n in common]))) / 1e6
    consensus = sum(placed[n].area_consensus_km2 for n in common)
    experts = np.sum([spread.glaciers[n].areas_km2 for n in common], axis=0) if common else [NAN] * len(spread.layers)
    deviations = [deviation_percent(float(area), consensus) for area in experts]
    deviation = deviation_percent(ice, consensus)
    polis, pairwise = _pooled(placed[n] for n in common)
    rank, area_within = ranked(deviation, deviations)
    distance_within = _no_more(polis, pairwise)
    return {
        "n": len(placed), "judged": len(judged), "within": within, "missed": sum(g.verdict == MISSED for g in judged),
        "share_within": within / len(judged), "common": len(common), "area_consensus_km2": consensus, "area_km2": ice,
        "area_deviation_percent": deviation, "experts_deviation_percent": deviations, "rank": rank,
        "of": len(spread.layers) + 1,
        "area_cv_percent": 100 * float(np.std(experts, ddof=1) / np.mean(experts)),
        "area_cv_median_percent": _median(glacier.area_cv_percent for glacier in judged),
        "polis_m": polis, "polis_pairwise_m": pairwise, "area_within": area_within,
        "distance_within": distance_within, "verdict": _verdict(ice > 0, True, area_within, distance_within),
    }  # fmt: skip


def _pooled(glaciers: Any) -> Tuple[float, float]:
    """Return the means of both PoLiS over the glaciers where both are known."""
    both = [(g.polis_m, g.polis_pairwise_m) for g in glaciers]
    known = [pair for pair in both if all(map(math.isfinite, pair))]
    return (_mean([a for a, _ in known]), _mean([b for _, b in known]))


def _median(values: Any) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else NAN
