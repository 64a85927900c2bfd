"""Areas with an interval that follows from the calibrated confidence of each pixel, by block bootstrap.

A pixel of confidence c shows the right class with the probability c: inside an outline it is ice with the probability
c, outside with 1 - c. Errors are not independent (a frozen lake is wrong as a whole), so the ground is cut into blocks,
by default of 3.2 km. In each draw every block gets one random number u, uniform in 0..1, and its pixels are ice where
their probability is above u: each pixel is ice as often as its probability says, pixels of a block are right or wrong
together, and blocks are independent. A glacier's area is the sum over its blocks; the total shares the blocks' draws.
Pixels outside belong to the nearest outline, up to BAND away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Set, Tuple

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from ..inference.arrays import BoolArray, DoubleArray, FloatArray
from ..inference.errors import SettingsError
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .attributes_grid import cells_inside
from .attributes_terrain import COVERED
from .bulk import IntArray, summed
from .fields import Field, Pixels
from .outlines import Outlines
from .projection import projected
from .surroundings import CONFIDENCE_PIXELS as BAND

LEVELS = 200
TILE = 512
"""Pixels across that are looked at together."""


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
        blocks: rows and columns of blocks.
        glacier: m places.
        block: m places in `blocks`; the same two may meet several times.
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
    area = outlines.area_km2
    if not len(area):
        return AreaIntervals(area, area, area, (0.0, 0.0))
    frame = _Frame.of(confidence)
    places = shapely.transform(outlines.geometry, lambda xy: frame.pixels(projected(xy, outlines.crs, frame.crs)))
    pixel_km2 = area / shapely.area(places)
    size = max(1, round(settings.block_m / Field(confidence, outlines.crs).pixel_m))
    tally = _tally(places, confidence, frame, size, progress)
    return _ends(tally, area, pixel_km2, settings)


def _ends(tally: _Tally, area: DoubleArray, pixel_km2: DoubleArray, settings: IntervalSettings) -> AreaIntervals:
    known, pixels = (summed(part, tally.glacier, len(area)) for part in (tally.known, tally.all))
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
    levels = np.array([_levels(block, settings) for block in tally.blocks], np.uint8).reshape(-1, settings.draws)
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
    """Go through the ground near the glaciers; blocks are `size` pixels wide."""
    tree = shapely.STRtree(places)
    none = np.zeros(0, np.int64)
    parts: List[Tuple[IntArray, ...]] = [(np.zeros((0, 3), np.int64), np.zeros((0, LEVELS), np.int32), none, none)]
    tiles = _tiles(places)
    for number, (top, left) in enumerate(tiles):
        stop_if_cancelled(progress)
        progress.report(number / len(tiles), "Reading confidence")
        near = tree.query(shapely.box(left - BAND, top - BAND, left + TILE + BAND, top + TILE + BAND))
        owner, inside = _owners(places, near, top, left)
        if not (owner >= 0).any():
            continue
        row, column = np.nonzero(owner >= 0)
        inside, owner = inside[row, column], owner[row, column]
        row, column = row + top, column + left
        step = _steps(confidence.pixels(row - frame.row, column - frame.column), inside)
        parts.append(_counted(np.column_stack([owner, row // size, column // size]), step, inside))
    meetings, gain, known, pixels = (np.concatenate(part) for part in zip(*parts))
    blocks = [(row, column) for _, row, column in meetings.tolist()]
    numbers = {block: number for number, block in enumerate(dict.fromkeys(blocks))}
    block = np.array([numbers[block] for block in blocks], np.int64)
    return _Tally(list(numbers), meetings[:, 0], block, gain, known, pixels)


def _tiles(places: Any) -> List[Tuple[int, int]]:
    """Return the first rows and columns of the squares of TILE pixels that the glaciers' surroundings touch."""
    found: Set[Tuple[int, int]] = set()
    around = np.array([-BAND, -BAND, BAND, BAND])
    for west, north, east, south in (shapely.bounds(places) + around) // TILE * TILE:
        for top in range(int(north), int(south) + 1, TILE):
            found.update((top, left) for left in range(int(west), int(east) + 1, TILE))
    return sorted(found)


def _owners(places: Any, near: IntArray, top: int, left: int) -> Tuple[IntArray, BoolArray]:
    """Return to which glacier each pixel of a tile belongs (-1: to none), and whether it lies inside."""
    wide = (TILE + 2 * BAND, TILE + 2 * BAND)
    label = np.full(wide, -1)
    for place in near:
        moved = shapely.transform(places[place], lambda xy: xy - (left - BAND, top - BAND))
        label[cells_inside(moved, wide)] = place
    inside: BoolArray = label >= 0
    if inside.any():
        away, (row, column) = distance_transform_edt(~inside, return_indices=True)
        label = np.where(away <= BAND, label[row, column], -1)
    inner = (slice(BAND, -BAND), slice(BAND, -BAND))
    return label[inner], inside[inner]


def _counted(meetings: IntArray, step: IntArray, inside: BoolArray) -> Tuple[IntArray, ...]:
    """Return the meetings of a glacier and a block, and for each the pixels gained by level, those known, and all.

    Args:
        meetings: n x 3: each pixel's glacier, and its block's row and column.
        step: n probabilities of ice in steps.
    """
    spans = np.ptp(meetings, axis=0) + 1
    code = np.ravel_multi_index(tuple((meetings - meetings.min(axis=0)).T), tuple(spans))
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    each = meetings[first]
    known = step >= 0
    counts = np.bincount(number[known] * (LEVELS + 1) + step[known], minlength=len(each) * (LEVELS + 1))
    above = counts.reshape(len(each), LEVELS + 1)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    within = np.bincount(number[known & inside], minlength=len(each))
    gain = (above - within[:, None]).astype(np.int32)
    return each, gain, within, np.bincount(number[inside], minlength=len(each))


def _steps(confidence: FloatArray, inside: Any) -> IntArray:
    """Return the probability of ice in steps of 1 / LEVELS, 0..LEVELS; -1 where it is not known."""
    right = np.maximum(confidence, 1 - confidence)
    ice = np.where(inside, right, 1 - right)
    return np.where(np.isfinite(ice), np.rint(np.nan_to_num(ice) * LEVELS), -1).astype(np.int64)
