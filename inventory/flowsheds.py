"""Flowsheds of a glacier complex from its DEM, after Kienholz, Hock and Arendt (2013), J. Glaciol. 59 (217), 925-937.

The smoothed DEM is filled. A gutter round the complex is lowered, so that whatever leaves the ice runs along the gutter
to one of its lowest points, the pour points; what runs to one pour point is a flowshed. Flowsheds that a circle round
another one's pour point reaches on the ice are parts of one glacier: the circle grows with the square root of the
area that drains there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List

import numpy as np
from scipy import ndimage

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray, components

EIGHT = np.ones((3, 3), bool)
NEIGHBOURS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)


@dataclass(frozen=True)
class FlowshedSettings:
    """The method's numbers; metres.

    Attributes:
        smooth: standard deviation of the Gaussian that smooths the DEM.
        gutter_at, gutter_depth: how far outside the ice the gutter lies, and by how much it is lowered.
        reach: radius of the circle round a pour point by the square root of the ice area (m2) that drains there.
        reach_most: the largest radius.
    """

    smooth: float = 90.0
    gutter_at: float = 60.0
    gutter_depth: float = 100.0
    reach: float = 0.45
    reach_most: float = 1400.0


def flowsheds(
    elevation: DoubleArray, ice: BoolArray, cell: float, settings: FlowshedSettings = FlowshedSettings()
) -> IntArray:
    """Return the number of the flowshed of each cell: 0, 1, 2 ... on the ice and as far as the gutter, else -1.

    Args:
        elevation: H x W, metres, without voids; with a margin round the ice that is wider than the gutter.
        ice: H x W, where the complex is.
        cell: size of a cell in metres.
        settings: the method's numbers.
    """
    smooth = ndimage.gaussian_filter(elevation, settings.smooth / cell, mode="nearest")
    whole = ndimage.binary_fill_holes(ice)  # no gutter round nunataks
    near = ndimage.distance_transform_edt(~whole) * cell <= settings.gutter_at
    gutter = ndimage.binary_dilation(near, EIGHT) & ~near
    surface = _filled(smooth, cell)
    surface[gutter] -= settings.gutter_depth
    basin, pits = _basins(surface, near | gutter, cell)
    group = _joined(basin, pits, ice, cell, settings)
    found: IntArray = np.where(basin >= 0, group[basin], -1)
    return found


def _filled(elevation: DoubleArray, cell: float) -> DoubleArray:
    """Return the DEM with its pits filled so that all of it drains over the edge (priority flood)."""
    import fastscapelib as fs

    # The graph does not keep its grid alive.
    grid = fs.RasterGrid(list(elevation.shape), [cell, cell], fs.NodeStatus.FIXED_VALUE)
    graph = fs.FlowGraph(grid, [fs.PFloodSinkResolver(), fs.SingleFlowRouter()])
    filled: DoubleArray = np.array(graph.update_routes(elevation.astype(np.float64)))
    return filled


def _basins(surface: DoubleArray, active: BoolArray, cell: float) -> tuple[IntArray, IntArray]:
    """Return the basin of each active cell (-1 elsewhere), and for each basin its lowest cell (flat index)."""
    import fastscapelib as fs

    lowest_beside = ndimage.minimum_filter(
        np.where(active, surface, np.inf), footprint=NEIGHBOURS, mode="constant", cval=np.inf
    )
    pits = np.flatnonzero((lowest_beside >= surface) & active)
    grid = fs.RasterGrid(list(surface.shape), [cell, cell], fs.NodeStatus.CORE)
    graph = fs.FlowGraph(grid, [fs.SingleFlowRouter()])
    graph.mask = ~active
    graph.base_levels = pits
    graph.update_routes(surface)
    numbers = np.where(active, graph.basins(), 0).astype(np.int64)
    place = np.zeros(int(numbers.max()) + 1, np.int64)
    place[numbers.flat[pits]] = pits
    return np.where(active, numbers, -1), place


def _joined(
    basin: IntArray, pits: IntArray, ice: BoolArray, cell: float, settings: FlowshedSettings
) -> IntArray:
    """Return for each basin the number of the glacier that it is part of."""
    area = np.bincount(basin[ice], minlength=len(pits)) * cell**2
    radius = np.minimum(settings.reach * np.sqrt(area), settings.reach_most)
    pairs: List[tuple[int, int]] = []
    for number in np.flatnonzero(area > 0):
        at = np.unravel_index(pits[number], ice.shape)
        pairs += [(number, other) for other in _reached(basin, ice, at, radius[number] / cell)]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return components(len(pits), first, second)


def _reached(basin: IntArray, ice: BoolArray, at: Any, radius: float) -> IntArray:
    """Return the basins on that stretch of ice within `radius` cells of a cell which is nearest to it."""
    reach = int(radius)
    rows, columns = (slice(max(k - reach, 0), min(k + reach + 1, size)) for k, size in zip(at, ice.shape))
    y, x = np.ogrid[rows, columns]
    distance = np.hypot(y - at[0], x - at[1])
    inside = ice[rows, columns] & (distance <= radius)
    if not inside.any():
        return np.zeros(0, np.int64)
    part, _ = ndimage.label(inside, EIGHT)
    nearest = np.argmin(np.where(inside, distance, np.inf))
    return np.unique(basin[rows, columns][part == part.flat[nearest]])
