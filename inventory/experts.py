"""How far experts differ on the same glaciers, and where a candidate lies among them.

Several layers of repeat digitisations give, for each glacier, the coefficient of variation of its area, the mean
pairwise PoLiS and a consensus outline (the ground that more than half of the repeats cover). A candidate is within the
expert spread of a glacier where its area deviates from the consensus by no more than that of the expert who is furthest
from it, and its PoLiS to the consensus is no more than the mean pairwise one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.errors import CrsError, OutlinesError
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .consensus import majority, same_glaciers
from .outer_borders import outer_border, polis_between, sampled
from .outlines import Outlines

NAN = float("nan")
TWO_REPEATS = "With two repeats the consensus is the ground that both cover: smaller than either. Three are better."
DIVIDE_M = 0.5


@dataclass(frozen=True, eq=False)
class ExpertGlacier:
    """A glacier as several experts drew it.

    Attributes:
        id: its name in the first layer that has it.
        repeats: its outline by layer; None where the layer has none.
        consensus: the ground that more than half of the outlines cover.
        divides: what any layer gives to other glaciers beside it, half a metre wider; a border in it is a divide.
        area_cv_percent: standard deviation (n - 1) of the areas in percent of their mean; NaN for one repeat.
        polis_pairwise_m: mean PoLiS of all pairs of repeats, divides left out; NaN for one repeat.
    """

    id: str
    repeats: Tuple[Optional[Any], ...]
    consensus: Any
    divides: Any
    area_cv_percent: float
    polis_pairwise_m: float

    @property
    def drawn(self) -> Tuple[Any, ...]:
        """The outlines that there are."""
        return tuple(outline for outline in self.repeats if outline is not None)

    @property
    def consensus_km2(self) -> float:
        """Area of the consensus."""
        return float(shapely.area(self.consensus)) / 1e6

    @property
    def areas_km2(self) -> Tuple[float, ...]:
        """Area by layer; NaN where the layer has no outline."""
        return tuple(NAN if outline is None else float(shapely.area(outline)) / 1e6 for outline in self.repeats)

    @property
    def deviations_percent(self) -> Tuple[float, ...]:
        """Deviation of each repeat's area from the consensus, by layer."""
        return tuple(deviation_percent(area, self.consensus_km2) for area in self.areas_km2)


@dataclass(frozen=True, eq=False)
class ExpertSpread:
    """The experts' glaciers, the layers' names, their plane and the spacing that boundaries were sampled with."""

    glaciers: Tuple[ExpertGlacier, ...]
    layers: Tuple[str, ...]
    crs: str
    spacing_m: float

    @property
    def warnings(self) -> Tuple[str, ...]:
        """What makes the spread doubtful."""
        told = [TWO_REPEATS] if len(self.layers) == 2 else []
        missing = sum(len(glacier.drawn) < len(self.layers) for glacier in self.glaciers)
        if missing:
            told.append(
                f"{missing} of {len(self.glaciers)} glaciers are missing in at least one of the {len(self.layers)} "
                "layers; their spread is that of the others."
            )
        return tuple(told)


def deviation_percent(area: float, reference: float) -> float:
    """Return 100 (area - reference) / reference; NaN for a reference without area."""
    return 100 * (area - reference) / reference if reference > 0 else NAN


def expert_spread(
    repeats: Sequence[Outlines],
    names: Sequence[str] = (),
    spacing_m: float = 5.0,
    progress: Optional[Progress] = None,
) -> ExpertSpread:
    """Return how far the layers of `repeats` differ, glacier by glacier.

    Args:
        repeats: two or more layers in one equal-area plane, each by one expert or of one round.
        names: what the layers are called; default: repeat 1, repeat 2 ...
        spacing_m: boundaries are sampled at this distance (half a pixel).

    Raises:
        OutlinesError: fewer than two layers, or no glacier that two of them have.
        CrsError: the layers lie in different planes.
    """
    if len(repeats) < 2:
        raise OutlinesError(
            f"{len(repeats)} layer of repeat digitisations has no spread; give two or more of the same glaciers."
        )
    if len({layer.crs for layer in repeats}) > 1:
        raise CrsError("The repeat digitisations lie in different planes; read all into the same one.")
    progress = progress or NoProgress()
    layers = [layer.geometry for layer in repeats]
    units = same_glaciers(layers)
    if not any(sum(map(bool, unit)) > 1 for unit in units):
        raise OutlinesError("No glacier is in two of the repeat layers; do they show the same place?")
    drawn = [_drawn(unit, layers) for unit in units]
    near = _divides(drawn)
    glaciers: List[ExpertGlacier] = []
    for number, unit in enumerate(units):
        stop_if_cancelled(progress)
        progress.report(number / len(units), "Experts' spread")
        glaciers.append(_glacier(_name(unit, repeats), drawn[number], near[number], spacing_m))
    told = tuple(names) or tuple(f"repeat {number + 1}" for number in range(len(repeats)))
    return ExpertSpread(tuple(glaciers), told, repeats[0].crs, spacing_m)


def _name(unit: Sequence[Tuple[int, ...]], repeats: Sequence[Outlines]) -> str:
    return next(layer.ids[outlines[0]] for layer, outlines in zip(repeats, unit) if outlines)


def _drawn(unit: Sequence[Tuple[int, ...]], layers: Sequence[Any]) -> Tuple[Optional[Any], ...]:
    return tuple(
        shapely.union_all(layer[list(outlines)]) if outlines else None for layer, outlines in zip(layers, unit)
    )


def _divides(drawn: Sequence[Tuple[Optional[Any], ...]]) -> List[Any]:
    """Return for each glacier what the layers give to the other glaciers beside it, made wider by DIVIDE_M."""
    whole = np.array([shapely.union_all([o for o in outlines if o is not None]) for outlines in drawn], dtype=object)
    left, right = shapely.STRtree(whole).query(whole, predicate="dwithin", distance=DIVIDE_M)
    beside = (right[(left == number) & (right != number)] for number in range(len(whole)))
    return [shapely.buffer(shapely.union_all(whole[numbers]), DIVIDE_M, quad_segs=2) for numbers in beside]


def _glacier(name: str, drawn: Tuple[Optional[Any], ...], divides: Any, spacing_m: float) -> ExpertGlacier:
    outlines = [outline for outline in drawn if outline is not None]
    areas = shapely.area(outlines)
    cv = 100 * float(np.std(areas, ddof=1) / np.mean(areas)) if len(outlines) > 1 else NAN
    borders = [sampled(outer_border(outline, divides), spacing_m) for outline in outlines]
    pairs = [polis_between(a, b) for a, b in combinations(borders, 2)]
    known = [distance for distance in pairs if np.isfinite(distance)]
    return ExpertGlacier(name, drawn, majority(outlines), divides, cv, float(np.mean(known)) if known else NAN)
