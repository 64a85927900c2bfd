"""Everything that is measured on two linked layers, as tables by reference glacier and as totals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.progress import PartOfProgress, Progress
from .bands import band_ious, common_bands, dissolved_band_iou, dissolved_shrunk, shrunk
from .boundaries import Margins
from .bulk import IntArray, in_threads, summed
from .clipping import Extent
from .ground import Ground
from .ground_strata import GroundStrata, Rows, WholeWays
from .margin_distances import DISTANCES, Side, Ways, batches, compact, distance_table, total_distances
from .matching import Links
from .outlines import Outlines
from .overlap import Dissolved, Shared, ratios
from .results import ComparisonSettings
from .strata import Zones

BANDS = (1, 2)
Table = Dict[str, DoubleArray]


@dataclass(frozen=True, eq=False)
class Layers:
    """Both layers, how they are linked, both as sets of ice, and each reference glacier's counterpart."""

    candidate: Outlines
    reference: Outlines
    links: Links
    ice: Dissolved
    ice_ref: Dissolved
    shared: Shared
    counterparts: Any

    @property
    def missed(self) -> BoolArray:
        """Which reference glaciers have no counterpart."""
        none: BoolArray = self.links.candidates_of_reference == 0
        return none

    @property
    def whole(self) -> IntArray:
        """The candidate that, as it stands, is each reference glacier's counterpart; -1 where it is not one alone."""
        links = self.links
        known = np.full(len(self.reference), -1)
        known[links.reference[links.strong]] = links.candidate[links.strong]
        only = np.append(links.references_of_candidate == 1, False)  # the -1 of a missed glacier finds the False
        return np.where((links.candidates_of_reference == 1) & only[known], known, -1)


@dataclass(frozen=True, eq=False)
class Measured:
    """Distances: by glacier, in total, sums by strong group (for intervals), and strata of ground by kind."""

    glaciers: Table
    total: Dict[str, float]
    sums: Table
    strata: Dict[str, Rows]
    doubts: Tuple[str, ...]


def distances(
    layers: Layers, settings: ComparisonSettings, extent: Optional[Extent], zones: Sequence[Zones],
    grounds: Sequence[Ground], progress: Progress,
) -> Measured:  # fmt: skip
    spacing = settings.pixel_m / 2
    cut = None if extent is None else extent.edge(settings.divide_m)
    sides = [
        Side.of(layer, Margins(layer, ice, spacing, settings.divide_m, cut), group)
        for layer, ice, group in ((layers.candidate, layers.ice, layers.links.candidate_group),
                                  (layers.reference, layers.ice_ref, layers.links.reference_group))
    ]  # fmt: skip
    count = len(layers.reference)
    glaciers = {name: np.full(count, np.nan) for name in DISTANCES}
    groups = 1 + int(max(side.group.max() if len(side.group) else 0 for side in sides))
    sums = {name: np.zeros(groups) for name in ("way", "length", "way_ref", "length_ref")}
    strata = GroundStrata(zones, grounds, spacing)
    whole: WholeWays = ([], [])
    for batch in batches(sides[0], sides[1], spacing, progress):
        _put(glaciers, batch.glaciers, batch.owned)
        for number, (side, ending) in enumerate(zip(sides, ("", "_ref"))):
            ways = batch.whole[number].where(np.isfinite(batch.whole[number].signed))
            whole[number].append(compact(ways))
            owner = side.group[ways.owner]
            sums[f"way{ending}"] += summed(np.abs(ways.signed) * ways.weight, owner, groups)
            sums[f"length{ending}"] += summed(ways.weight, owner, groups)
        strata.add(batch)
    return Measured(glaciers, total_distances(whole), sums, *strata.result(layers, whole))


def _put(table: Table, places: Any, owned: Tuple[Ways, Ways]) -> None:
    """Write a batch's distances into the rows of its glaciers (`places`, sorted)."""
    local = tuple(replace(way, owner=np.searchsorted(places, way.owner)) for way in owned)
    for name, values in distance_table((local[0], local[1]), len(places)).items():
        table[name][places] = values


def areas(layers: Layers) -> Table:
    """Return the areas and scores of each glacier, and "common_m2"."""
    def overlap(ours: Any, theirs: Any) -> DoubleArray:
        areas: DoubleArray = shapely.area(shapely.intersection(ours, theirs))
        return areas

    # Links know the overlaps of whole candidates.
    links, whole = layers.links, layers.whole
    common = np.zeros(len(whole))
    alone = links.strong & (whole[links.reference] == links.candidate)
    common[links.reference[alone]] = links.overlap_m2[alone]
    cut = (whole < 0) & ~layers.missed
    common[cut] = in_threads(overlap, layers.counterparts[cut], layers.reference.geometry[cut])
    found = ratios(common, shapely.area(layers.counterparts), shapely.area(layers.reference.geometry))
    return {**found, "common_m2": common}


def bands(
    layers: Layers, settings: ComparisonSettings, common_m2: DoubleArray, progress: Progress
) -> Tuple[Table, Dict[str, float]]:
    table, total = {}, {}
    for number, pixels in enumerate(BANDS):
        part = PartOfProgress(progress, number / len(BANDS), (number + 1) / len(BANDS))
        width = pixels * settings.pixel_m
        ours, theirs = layers.candidate.geometry, layers.reference.geometry
        ours_in, theirs_in = shrunk(ours, width, part), shrunk(theirs, width, part)
        cut_in = _counterparts_shrunk(layers, ours_in, width, part)
        name = f"boundary_iou_{pixels}px"
        common = common_bands(layers.counterparts, cut_in, theirs, theirs_in, common_m2, part)
        found = band_ious(layers.counterparts, cut_in, theirs, theirs_in, common)
        table[name] = np.where(layers.missed, np.nan, found)
        ice_in = dissolved_shrunk(layers.ice, ours, ours_in, width, part)
        ref_in = dissolved_shrunk(layers.ice_ref, theirs, theirs_in, width, part)
        common = _common_of_pieces(layers, ice_in, ref_in, common, part)
        total[name] = dissolved_band_iou(layers.ice, ice_in, layers.ice_ref, ref_in, common)
    return table, total


def _common_of_pieces(
    layers: Layers, ice_in: Any, ref_in: Any, of_glaciers: DoubleArray, progress: Progress
) -> DoubleArray:
    """Return what the bands of each shared pair of pieces share; of a glacier alone and its outline it is known."""
    shared = layers.shared
    known = np.full(len(shared.first), np.nan)
    outline, glacier = layers.ice.alone[shared.first], layers.ice_ref.alone[shared.second]
    same = (outline >= 0) & (glacier >= 0) & (layers.whole[glacier] == outline)
    known[same] = of_glaciers[glacier[same]]
    a, b = shared.first[~same], shared.second[~same]
    pieces = (layers.ice.geometry[a], ice_in[a], layers.ice_ref.geometry[b], ref_in[b])
    known[~same] = common_bands(*pieces, shapely.area(shared.geometry[~same]), progress)
    return known


def _counterparts_shrunk(layers: Layers, candidates_shrunk: Any, width: float, progress: Progress) -> Any:
    """Return the counterparts shrunk; for those that are a candidate outline as it stands this is known."""
    place = layers.whole
    found = np.empty(len(place), dtype=object)
    found[place >= 0] = candidates_shrunk[place[place >= 0]]
    found[place < 0] = shrunk(layers.counterparts[place < 0], width, progress)
    return found
