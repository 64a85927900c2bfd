"""Which candidate outline is which reference glacier: links like those of the RGI's own link tables.

A link is an overlap of more than 200 m2. Neighbours whose divide was drawn a little aside are linked too, so the
classes go by the *strong* links alone: those where one of the two lies mostly (half or more) in the other, or where
each is the other's largest overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.progress import NoProgress, Progress
from .bulk import IntArray, in_threads, two_layers
from .outlines import Outlines
from .results import MATCHED, MERGED, MISSED, SPLIT

MOSTLY = 0.5


@dataclass(frozen=True, eq=False)
class Links:
    """The overlaps of two layers, L of them, by reference glacier and falling overlap.

    Attributes:
        reference, candidate: L places in the layers.
        overlap_m2: L areas.
        of_reference, of_candidate: L shares of the two areas, 0..1.
        strong: L flags, see above.
        reference_cluster, candidate_cluster: number of the cluster of linked outlines, for each outline of the layers.
        reference_group, candidate_group: the same by strong links alone.
    """

    reference: IntArray
    candidate: IntArray
    overlap_m2: DoubleArray
    of_reference: DoubleArray
    of_candidate: DoubleArray
    strong: BoolArray
    reference_cluster: IntArray
    candidate_cluster: IntArray
    reference_group: IntArray
    candidate_group: IntArray

    @property
    def candidates_of_reference(self) -> IntArray:
        """How many strong links each reference glacier has."""
        return np.bincount(self.reference[self.strong], minlength=len(self.reference_group))

    @property
    def references_of_candidate(self) -> IntArray:
        """How many strong links each candidate outline has."""
        return np.bincount(self.candidate[self.strong], minlength=len(self.candidate_group))

    def kinds(self) -> Tuple[str, ...]:
        """Return the class of each reference glacier.

        split: several candidates; merged: one candidate, which other glaciers share; a glacier that is both is split.
        """
        number = self.candidates_of_reference
        shared = np.zeros(len(number), bool)
        shared[self.reference[self.strong & (self.references_of_candidate[self.candidate] > 1)]] = True
        found = np.select([number == 0, number > 1, shared], [MISSED, SPLIT, MERGED], MATCHED)
        return tuple(str(kind) for kind in found)

    def new(self) -> IntArray:
        """Return the places of candidates that have no strong link."""
        return np.flatnonzero(self.references_of_candidate == 0)


def find_links(
    candidate: Outlines, reference: Outlines, least_m2: float, progress: Progress = NoProgress()  # noqa: B008
) -> Links:  # fmt: skip
    """Return all links of more than `least_m2`. Both layers must be in one CRS."""
    found, other = shapely.STRtree(candidate.geometry).query(reference.geometry, predicate="intersects")

    def overlap(first: IntArray, second: IntArray) -> DoubleArray:
        areas: DoubleArray = shapely.area(shapely.intersection(reference.geometry[first], candidate.geometry[second]))
        return areas

    area = in_threads(overlap, found, other, progress=progress)
    keep = area > least_m2
    order = np.lexsort((other[keep], -area[keep], found[keep]))
    return _described(candidate, reference, found[keep][order], other[keep][order], area[keep][order])


def _described(candidate: Outlines, reference: Outlines, r: IntArray, c: IntArray, area: DoubleArray) -> Links:
    of_reference = area / shapely.area(reference.geometry)[r]
    of_candidate = area / shapely.area(candidate.geometry)[c]
    best_of_reference = area == _largest(area, r, len(reference))[r]
    best_of_candidate = area == _largest(area, c, len(candidate))[c]
    strong = (np.maximum(of_reference, of_candidate) >= MOSTLY) | (best_of_reference & best_of_candidate)
    clusters = two_layers(len(reference), (r, c), len(candidate))
    groups = two_layers(len(reference), (r[strong], c[strong]), len(candidate))
    return Links(r, c, area, of_reference, of_candidate, strong, *clusters, *groups)


def _largest(area: DoubleArray, labels: IntArray, count: int) -> DoubleArray:
    largest: DoubleArray = np.zeros(count)
    np.maximum.at(largest, labels, area)
    return largest
