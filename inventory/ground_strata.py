"""Numbers by classes of ground that rasters tell.

A class's areas are its shares of the samples of common, gained and lost ice, times what the polygons have of each: over
all classes together they are the polygons' own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from .bulk import IntArray, summed
from .ground import AT_ONCE, Ground
from .margin_distances import Batch, Ways, margin_lengths, total_distances
from .overlap import ratios, total_area
from .scanning import IceSamples, line_spacing, sampled_ice
from .strata import UNKNOWN, Zones, ZoneTally

if TYPE_CHECKING:
    from .measuring import Layers

MOST_MISSING = 0.01
"""The RGI's own rule: terrain is told where more than 99 % of the ice is known."""
ROUNDING_M2 = 1e-3
"""Less is no ice: differences of large areas are not exact."""
STATES = 3
"""Ice is common, gained (the candidate's only) or lost."""
Rows = Dict[str, Dict[str, float]]
Start = Tuple[DoubleArray, IntArray]
"""Where ways begin (n x 2), and the reference glacier of each (n places; -1: none)."""
WholeWays = Tuple[List[Ways], List[Ways]]


class GroundStrata:
    """All strata of ground: of zones and of rasters."""

    def __init__(self, zones: Sequence[Zones], grounds: Sequence[Ground], spacing: float) -> None:
        """Prepare for margins that are sampled every `spacing` metres."""
        self._zones = [ZoneTally(zone) for zone in zones]
        self._grounds = [GroundTally(ground, spacing) for ground in grounds]
        self._spacing = spacing

    def add(self, batch: Batch) -> None:
        """Take in a batch's ways."""
        for zone in self._zones:
            zone.add(batch.whole, batch.starts)
        known = [np.isfinite(ways.signed) for ways in batch.whole]
        starts = [(xy[keep], glacier[keep]) for xy, glacier, keep in zip(batch.starts, batch.glacier, known)]
        for ground in self._grounds:
            ground.add((starts[0], starts[1]))

    def result(self, layers: Layers, whole: WholeWays) -> Tuple[Dict[str, Rows], Tuple[str, ...]]:
        """Return rows by kind and class, and warnings, given the finite ways of all batches."""
        ours, theirs, shared = layers.ice.geometry, layers.ice_ref.geometry, layers.shared.geometry
        strata = {zone.kind: zone.result(ours, theirs, shared) for zone in self._zones}
        doubts: List[str] = []
        if self._grounds:
            common = float(shapely.area(shared).sum())
            areas_m2 = np.array([common, total_area(layers.ice) - common, total_area(layers.ice_ref) - common])
            ice = sampled_ice(ours, theirs, line_spacing(areas_m2.sum(), self._spacing))
            for ground in self._grounds:
                rows, told = ground.result(whole, ice, np.where(areas_m2 > ROUNDING_M2, areas_m2, 0.0))
                strata.update(rows)
                doubts += told
        return strata, tuple(doubts)


class GroundTally:
    """Gathers the classes of the margins' points, batch by batch."""

    def __init__(self, ground: Ground, spacing: float) -> None:
        """Prepare for margins that are sampled every `spacing` metres: two points a pixel are asked for."""
        self._ground = ground
        self._every = max(1, int(ground.field.pixel_m / (2 * spacing)))
        self._codes: Dict[str, Tuple[List[Any], List[Any]]] = {kind: ([], []) for kind in ground.kinds}

    def add(self, starts: Tuple[Start, Start]) -> None:
        """Take in a batch's points, the candidate's and the reference's, in their order along the margins."""
        for side, (xy, glacier) in enumerate(starts):
            codes = self._ground.codes(xy[:: self._every], glacier[:: self._every])
            for kind, batches in self._codes.items():
                batches[side].append(codes[kind])

    def result(self, ways: WholeWays, ice: IceSamples, areas_m2: DoubleArray) -> Tuple[Dict[str, Rows], List[str]]:
        """Return rows by kind and class, and a warning where the raster does not tell of all the ice.

        Args:
            ways: of the points that `add` was told of, an entry for each batch.
            ice: samples of both sets of ice.
            areas_m2: what is common, gained and lost, by the polygons.
        """
        sums = self._sums(ice)
        found = {kind: self._rows(kind, ways, sums.get(kind), areas_m2) for kind in self._ground.kinds}
        known = next(iter(sums.values()))
        missing = known[:, -1].sum() / max(known.sum(), 1e-12)
        return found, [self._doubt(float(missing))] if missing > MOST_MISSING else []

    def _doubt(self, missing: float) -> str:
        told = f"The {self._ground.name} tells nothing of {missing:.0%} of the ice"
        return f"{told}: by its classes that is {UNKNOWN}, and the others are of the rest."

    def _sums(self, ice: IceSamples) -> Dict[str, DoubleArray]:
        """Return for each kind that areas have the weights by state and class; the last class is the unknown one."""
        state = np.where(ice.ours, np.where(ice.theirs, 0, 1), 2)
        sums: Dict[str, DoubleArray] = {}
        for start in range(0, max(len(ice.xy), 1), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            for kind, codes in self._ground.codes(ice.xy[some]).items():
                width = len(self._ground.kinds[kind]) + 1
                place = state[some] * width + np.minimum(codes, width - 1)
                weights = summed(ice.weight[some], place, STATES * width).reshape(STATES, width)
                sums[kind] = sums.get(kind, 0.0) + weights
        return sums

    def _rows(self, kind: str, ways: WholeWays, sums: Any, areas_m2: DoubleArray) -> Rows:
        names = (*self._ground.kinds[kind], UNKNOWN)
        parts = None
        if sums is not None:
            whole = sums.sum(axis=1, keepdims=True)
            parts = sums / np.where(whole > 0, whole, 1.0) * areas_m2[:, None]
            parts[:, -1] += np.where(whole[:, 0] > 0, 0.0, areas_m2)  # too little of it for a sample
        found: Rows = {}
        for code, name in enumerate(names):
            some = self._ways_of(kind, code, ways)
            row = {**margin_lengths(some), **total_distances(some)}
            if parts is not None:
                common, gained, lost = parts[:, code]
                of_areas = ratios(common, common + gained, common + lost)
                row = {**{part: float(values[0]) for part, values in of_areas.items()}, **row}
            if any(row.get(part) for part in ("area_km2", "area_ref_km2", "margin_km", "margin_ref_km")):
                found[name] = row
        return found

    def _ways_of(self, kind: str, code: int, ways: WholeWays) -> WholeWays:
        last = len(self._ground.kinds[kind])
        sides: WholeWays = ([], [])
        for side, batches in enumerate(self._codes[kind]):
            for way, codes in zip(ways[side], batches):
                wanted = np.repeat(np.minimum(codes, last) == code, self._every)[: len(way.signed)]
                if wanted.any():
                    sides[side].append(Ways(way.signed[wanted], way.weight[wanted], way.owner))
        return sides
