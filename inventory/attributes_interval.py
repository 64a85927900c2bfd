"""Areas with an interval that follows from the calibrated confidence of each pixel, by block bootstrap.

A pixel of confidence c shows the right class with the probability c: inside an outline it is ice with the probability
c, outside with 1 - c. Errors are not independent (a frozen lake is wrong as a whole), so the ground is cut into blocks,
by default of 3.2 km. In each draw every block gets one random number u, uniform in 0..1, and its pixels are ice where
their probability is above u: each pixel is ice as often as its probability says, pixels of a block are right or wrong
together, and blocks are independent. A glacier's area is the sum over its blocks; the total shares the blocks' draws.
Pixels outside belong to the nearest outline, up to BAND pixels away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Set, Tuple

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from ..inference.arrays import DoubleArray, FloatArray
from ..inference.errors import SettingsError
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .attributes_grid import cells_inside
from .attributes_terrain import COVERED
from .bulk import IntArray, summed
from .fields import Field, Pixels
from .outlines import Outlines
from .projection import projected

BAND = 10
LEVELS = 200
WIDEST = 2048
"""Pixels across that are looked at together: larger blocks are put together from parts."""


@dataclass(frozen=True)
class IntervalSettings:
    """How intervals are drawn: blocks in metres, number of draws, level (0..1), seed. Raises SettingsError."""

    block_m: float = 3200.0
    draws: int = 1000
    level: float = 0.95
    seed: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.block_m) and self.block_m > 0 and self.draws > 0 and 0 < self.level < 1):
            raise SettingsError("Blocks have a size in metres, there is a draw or more, and the level is in 0..1.")


@dataclass(frozen=True, eq=False)
class AreaIntervals:
    """Lower and upper ends in km2 of n glaciers, and of all.

    `covered` is the share (0..1) of each glacier where confidence is known; where it is less than COVERED the glacier
    has no interval (NaN), and counts as sure in the total.
    """

    low_km2: DoubleArray
    high_km2: DoubleArray
    covered: DoubleArray
    total: Tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    """Columns and rows counted from the origin of the raster's CRS, so that blocks lie where they lie for any layer.

    `column` and `row` are those of the first pixel, `left` and `top` its corner.
    """

    crs: str
    left: float
    top: float
    resolution: float
    column: int
    row: int

    @classmethod
    def of(cls, raster: Pixels) -> _Frame:
        header = raster.header
        column, row = round(header.left / header.resolution), round(-header.top / header.resolution)
        return cls(header.crs, header.left, header.top, header.resolution, column, row)

    def pixels(self, xy: DoubleArray) -> DoubleArray:
        """Return columns and rows (n x 2) of points in the CRS."""
        moved: DoubleArray = (xy - (self.left, self.top)) / (self.resolution, -self.resolution)
        moved += (self.column, self.row)
        return moved


@dataclass(frozen=True, eq=False)
class _Tally:
    """What m meetings of a glacier and a block hold.

    Attributes:
        glacier: m places.
        block: m places in `blocks`, rows and columns of blocks.
        gain: m x LEVELS: pixels gained, or lost (below 0), if u is in each step.
        known: m numbers of the glacier's own pixels whose confidence is known.
        all: m numbers of its own pixels.
    """

    blocks: List[Tuple[int, int]]
    glacier: IntArray
    block: IntArray
    gain: IntArray
    known: IntArray
    all: IntArray


def area_intervals(
    outlines: Outlines,
    confidence: Pixels,
    settings: IntervalSettings = IntervalSettings(),
    progress: Progress = NoProgress(),  # noqa: B008
) -> AreaIntervals:
    """Return intervals of the outlines' areas.

    Args:
        outlines: n glaciers.
        confidence: calibrated, of the class shown: 0.5..1; a probability p of ice is taken for max(p, 1 - p).
    """
    count = len(outlines)
    area = outlines.area_km2
    if not count:
        return AreaIntervals(area, area, area, (0.0, 0.0))
    frame = _Frame.of(confidence)
    places = shapely.transform(outlines.geometry, lambda xy: frame.pixels(projected(xy, outlines.crs, frame.crs)))
    pixel_km2 = area / shapely.area(places)
    size = max(1, round(settings.block_m / Field(confidence, outlines.crs).pixel_m))
    tally = _tally(places, confidence, frame, size, progress)
    known, pixels = (summed(part, tally.glacier, count) for part in (tally.known, tally.all))
    share = known / np.maximum(pixels, 1)
    sure = share < COVERED
    changes, total = _drawn(tally, np.where(sure, 0.0, pixel_km2), settings)
    ends = ((1 - settings.level) / 2, (1 + settings.level) / 2)
    low, high = np.quantile(changes, ends, axis=0)
    whole = np.quantile(total, ends) + area.sum()
    return AreaIntervals(
        np.where(sure, np.nan, np.maximum(area + low, 0.0)), np.where(sure, np.nan, area + high), share,
        (max(float(whole[0]), 0.0), float(whole[1])),
    )  # fmt: skip


def _drawn(tally: _Tally, pixel_km2: DoubleArray, settings: IntervalSettings) -> Tuple[DoubleArray, DoubleArray]:
    """Return the change of each glacier's area in each draw (draws x n), and of the total (draws), in km2."""
    levels = np.array([_levels(block, settings) for block in tally.blocks]).reshape(-1, settings.draws)
    each = np.arange(len(tally.glacier))
    changes = np.empty((settings.draws, len(pixel_km2)))
    for draw in range(settings.draws):
        gained = tally.gain[each, levels[tally.block, draw]] * pixel_km2[tally.glacier]
        changes[draw] = summed(gained, tally.glacier, len(pixel_km2))
    return changes, changes.sum(axis=1)


def _levels(block: Tuple[int, int], settings: IntervalSettings) -> Any:
    """Return a block's u in steps of 1 / LEVELS for each draw: its own, whatever other blocks there are."""
    entropy = [settings.seed, *(part % 2**32 for part in block)]
    return np.random.default_rng(entropy).integers(0, LEVELS, settings.draws, np.uint8)


def _tally(places: Any, confidence: Pixels, frame: _Frame, size: int, progress: Progress) -> _Tally:
    """Go through the blocks (`size` pixels wide) that hold ice or its surroundings."""
    tree = shapely.STRtree(places)
    parts: List[Tuple[int, int, IntArray, int, int]] = []
    wanted = _blocks(places, size)
    for number, (row, column) in enumerate(wanted):
        stop_if_cancelled(progress)
        progress.report(number / len(wanted), "Reading confidence")
        for top in range(row * size, (row + 1) * size, WIDEST):
            for left in range(column * size, (column + 1) * size, WIDEST):
                shape = (min(WIDEST, (row + 1) * size - top), min(WIDEST, (column + 1) * size - left))
                near = tree.query(shapely.box(left - BAND, top - BAND, left + shape[1] + BAND, top + shape[0] + BAND))
                parts += [(n, number, *rest) for n, *rest in _part(places, near, confidence, frame, top, left, shape)]
    empty = np.zeros((0, LEVELS), np.int32)
    glacier, block, gain, known, pixels = zip(*parts) if parts else ((), (), empty, (), ())
    return _Tally(wanted, *(np.array(part, np.int32) for part in (glacier, block, gain, known, pixels)))


def _blocks(places: Any, size: int) -> List[Tuple[int, int]]:
    """Return rows and columns of the blocks that the glaciers' boxes and their surroundings touch."""
    found: Set[Tuple[int, int]] = set()
    around = np.array([-BAND, -BAND, BAND, BAND])
    for west, north, east, south in shapely.bounds(places) + around:
        for row in range(math.floor(north / size), math.floor(south / size) + 1):
            found.update((row, column) for column in range(math.floor(west / size), math.floor(east / size) + 1))
    return sorted(found)


def _part(
    places: Any, near: IntArray, confidence: Pixels, frame: _Frame, top: int, left: int, shape: Tuple[int, int]
) -> List[Any]:
    """Return for each glacier near a piece of ground: its place, pixels gained by level, pixels known, pixels."""
    wide = (shape[0] + 2 * BAND, shape[1] + 2 * BAND)
    label = np.full(wide, -1)
    for place in near:
        moved = shapely.transform(places[place], lambda xy: xy - (left - BAND, top - BAND))
        label[cells_inside(moved, wide)] = place
    inside = label >= 0
    if not inside.any():
        return []
    away, (row, column) = distance_transform_edt(~inside, return_indices=True)
    owner = np.where(away <= BAND, label[row, column], -1)[BAND:-BAND, BAND:-BAND].ravel()
    inside = inside[BAND:-BAND, BAND:-BAND].ravel()
    rows, columns = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    step = _steps(confidence.pixels(rows + top - frame.row, columns + left - frame.column), inside)
    found = []
    for place in np.unique(owner[owner >= 0]):
        own = owner == place
        own_known = own & (step >= 0)
        number = np.bincount(step[own_known], minlength=LEVELS + 1)
        above = number[::-1].cumsum()[::-1][1:]  # for each level: pixels with a probability above it
        within = int((own_known & inside).sum())
        found.append((int(place), above - within, within, int((own & inside).sum())))
    return found


def _steps(confidence: FloatArray, inside: Any) -> IntArray:
    """Return the probability of ice in steps of 1 / LEVELS, 0..LEVELS; -1 where it is not known."""
    right = np.maximum(confidence, 1 - confidence)
    ice = np.where(inside, right, 1 - right)
    return np.where(np.isfinite(ice), np.rint(np.nan_to_num(ice) * LEVELS), -1).astype(np.int64)
