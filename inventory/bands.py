"""Boundary IoU (Cheng et al. 2021): the IoU of the bands along the inside of two boundaries.

With A- for A shrunk by the band's width, the bands are A \\ A- and B \\ B-, and because A- lies in A,
|band(A) and band(B)| = |A and B| - |A and B-| - |A- and B| + |A- and B-|: no band is ever built.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.progress import NoProgress, Progress
from .bulk import in_threads, summed
from .overlap import Dissolved

QUADRANT = 4
"""Segments of a quarter circle at a corner: its area is right to 0.6 %, that of a band far better."""


def shrunk(geometry: Any, width: float, progress: Progress = NoProgress()) -> Any:  # noqa: B008
    """Return the geometries without the band of `width` metres along their boundaries, holes' included."""
    return in_threads(lambda some: shapely.buffer(some, -width, quad_segs=QUADRANT), geometry, progress=progress)


def band_ious(
    first: Any, first_shrunk: Any, second: Any, second_shrunk: Any, common_m2: DoubleArray
) -> DoubleArray:
    """Return the boundary IoU of n pairs of geometries, given each one's shrunk form and `common_bands`.

    NaN where there are no bands.
    """
    either = _band(first, first_shrunk) + _band(second, second_shrunk) - common_m2
    return _share(common_m2, either)


def common_bands(
    first: Any, first_shrunk: Any, second: Any, second_shrunk: Any, shared_m2: DoubleArray, progress: Progress
) -> DoubleArray:
    """Return the area (m2) that the bands of n pairs share, given the area that the pairs themselves share."""
    common: DoubleArray = shared_m2 + in_threads(
        _beyond_bands, first, first_shrunk, second, second_shrunk, progress=progress
    )
    return common


def dissolved_band_iou(
    first: Dissolved, first_shrunk: Any, second: Dissolved, second_shrunk: Any, common_m2: DoubleArray
) -> float:
    """Return the boundary IoU of two sets of ice as wholes, given what bands of pairs of pieces share."""
    common = common_m2.sum()
    either = _band(first.geometry, first_shrunk).sum() + _band(second.geometry, second_shrunk).sum() - common
    return float(_share(np.atleast_1d(common), np.atleast_1d(either))[0])


def dissolved_shrunk(whole: Dissolved, parts: Any, parts_shrunk: Any, width: float, progress: Progress) -> Any:
    """Return a layer's pieces shrunk; those of a single outline are known already (`parts` and `parts_shrunk`)."""
    found = np.empty(len(whole.geometry), dtype=object)
    alone = summed(np.ones(len(parts)), whole.piece, len(found)) == 1
    found[whole.piece] = parts_shrunk
    found[~alone] = shrunk(whole.geometry[~alone], width, progress)
    return found


def _beyond_bands(first: Any, first_shrunk: Any, second: Any, second_shrunk: Any) -> DoubleArray:
    """Return what the shared area is short of that of the bands."""
    inner: DoubleArray = shapely.area(shapely.intersection(first_shrunk, second_shrunk))
    return inner - _common(first, second_shrunk) - _common(second, first_shrunk)


def _common(whole: Any, inner: Any) -> DoubleArray:
    """Return the area of n pairs' intersections; most of what is shrunk lies inside, which is told sooner."""
    areas: DoubleArray = shapely.area(inner)
    across = ~shapely.covers(whole, inner)
    areas[across] = shapely.area(shapely.intersection(whole[across], inner[across]))
    return areas


def _band(whole: Any, inner: Any) -> DoubleArray:
    areas: DoubleArray = shapely.area(whole) - shapely.area(inner)
    return areas


def _share(common: DoubleArray, either: DoubleArray) -> DoubleArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: DoubleArray = np.where(either > 0, np.clip(common / either, 0.0, 1.0), np.nan)
    return share
