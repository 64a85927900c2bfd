"""The same numbers by class: size of glacier, any class that glaciers carry, and zones of ground (debris ...)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.errors import OutlinesError
from .margin_distances import DISTANCES, Ways, compact, margin_lengths, total_distances
from .overlap import ratios
from .statistics import median

SIZE_BOUNDS_KM2 = (0.1, 1.0, 5.0, 10.0)
SIZE_CLASSES = ("< 0.1", "0.1-1", "1-5", "5-10", "> 10")
"""Classes of reference area in km2; a bound belongs to the class above it."""
UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Zones:
    """Ground of several classes, in the layers' CRS: debris, terminus, flank and headwall, steps of confidence ...

    Attributes:
        kind: what the zones tell apart ("debris").
        geometry: m polygons.
        classes: m names; zones of one name count as one.
        elsewhere: the name of all other ground ("clean"); "" leaves it out.
    """

    kind: str
    geometry: Any
    classes: Tuple[str, ...]
    elsewhere: str = ""

    def __post_init__(self) -> None:
        if len(self.geometry) != len(self.classes):
            counts = f"{len(self.geometry)} zones of {self.kind} have {len(self.classes)} classes"
            raise OutlinesError(f"{counts}; give each one.")
        if self.elsewhere in self.classes:
            raise OutlinesError(f"A zone of {self.kind} and all other ground are both called {self.elsewhere}.")

    def by_class(self) -> Dict[str, Any]:
        """Return the zones of each class as one geometry."""
        labels = np.array(self.classes, dtype=object)
        return {name: shapely.union_all(self.geometry[labels == name]) for name in dict.fromkeys(self.classes)}


def size_classes(area_km2: DoubleArray) -> Tuple[str, ...]:
    """Return the size class of each area."""
    return tuple(SIZE_CLASSES[place] for place in np.searchsorted(SIZE_BOUNDS_KM2, area_km2, side="right"))


def glacier_strata(
    labels: Sequence[str], order: Sequence[str], missed: BoolArray, table: Mapping[str, DoubleArray]
) -> Dict[str, Dict[str, float]]:
    """Return numbers by class.

    They are: how many glaciers (n) are in it, how many of them missed, areas and overlap taken together, and the
    medians of the glaciers' distances.

    Args:
        labels: the class of each glacier.
        order: the classes' order; classes that no glacier has are left out.
        missed: which glaciers have no candidate.
        table: metrics' names to n numbers, and "common_m2".
    """
    given = np.array(labels, dtype=object)
    found = {}
    for name in order:
        here = given == name
        if here.any():
            common, ours, theirs = (table[part][here].sum() for part in ("common_m2", "area_km2", "area_ref_km2"))
            areas = (common, ours * 1e6, theirs * 1e6)
            found[name] = {
                "n": float(here.sum()), "n_missed": float((here & missed).sum()),
                **{part: float(values[0]) for part, values in ratios(*areas).items()},
                **{part: median(table[part][here]) for part in DISTANCES},
            }  # fmt: skip
    return found


class ZoneTally:
    """Gathers what lies in each class of some zones."""

    def __init__(self, zones: Zones) -> None:
        self.kind = zones.kind
        self._classes = zones.by_class()
        self._elsewhere = zones.elsewhere
        self._ways: Dict[str, Tuple[List[Ways], List[Ways]]] = {name: ([], []) for name in self._names}
        for area in self._classes.values():
            shapely.prepare(area)

    @property
    def _names(self) -> List[str]:
        return [*self._classes, *([self._elsewhere] if self._elsewhere else [])]

    def add(self, ways: Tuple[Ways, Ways], starts: Tuple[DoubleArray, DoubleArray]) -> None:
        """Take in a batch's ways, the candidate's and the reference's, each by where it starts (n x 2)."""
        for side, (way, xy) in enumerate(zip(ways, starts)):
            rest: BoolArray = np.ones(len(xy), bool)
            for name, area in self._classes.items():
                inside = shapely.contains_xy(area, xy)
                self._ways[name][side].append(compact(way.where(inside)))
                rest &= ~inside
            if self._elsewhere:
                self._ways[self._elsewhere][side].append(compact(way.where(rest)))

    def result(self, candidate: Any, reference: Any, common: Any) -> Dict[str, Dict[str, float]]:
        """Return the numbers by class, given the two sets of ice and what they have in common (arrays of pieces)."""
        found = {name: self._of(area, candidate, reference, common) for name, area in self._classes.items()}
        if self._elsewhere:
            taken = shapely.union_all(list(self._classes.values()))
            areas = [shapely.area(ice).sum() - _within(ice, taken) for ice in (common, candidate, reference)]
            found[self._elsewhere] = self._numbers(areas)
        return {
            name: {**numbers, **margin_lengths(self._ways[name]), **total_distances(self._ways[name])}
            for name, numbers in found.items()
        }

    def _of(self, area: Any, candidate: Any, reference: Any, common: Any) -> Dict[str, float]:
        return self._numbers([_within(ice, area) for ice in (common, candidate, reference)])

    @staticmethod
    def _numbers(areas: Sequence[float]) -> Dict[str, float]:
        return {part: float(values[0]) for part, values in ratios(*areas).items()}


def _within(ice: Any, area: Any) -> float:
    places = shapely.STRtree(ice).query(area, predicate="intersects") if len(ice) else []
    return float(shapely.area(shapely.intersection(ice[places], area)).sum()) if len(places) else 0.0
