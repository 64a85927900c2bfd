"""A few windows that stand for a scene: spread over the extent, always the same ones, read exactly as mapping does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from .area import AreaOfInterest
from .arrays import BoolArray, FloatArray
from .errors import ExtentError
from .grid import Grid
from .model import ModelDescription
from .preprocess import prepare
from .progress import Progress, stop_if_cancelled
from .raster_io import SceneReader
from .request import OPTICAL_BANDS, DelineationRequest
from .windows import Tiling

ENOUGH = 0.1
"""Share of a window that should count; windows with less are taken only where there are no others."""
TRIES = 32
"""Places looked at for each window that is wanted."""
COLOURS = (("swir1", "nir", "green"), ("red", "green", "blue"))
"""Bands of the picture, the first that the model has: ice is blue in the first."""
BRIGHT = 0.8
"""Reflectance that is white in the picture."""
_R2 = (0.7548776662466927, 0.5698402909980532)


@dataclass(frozen=True, eq=False)
class SampleWindow:
    """One window: `inputs` by feature (C x P x P, normalised), `counted` (P x P) the valid pixels in the extent.

    `picture` is P x P x 3, 0..255: the imagery, brightened.
    """

    grid: Grid
    inputs: Mapping[str, FloatArray]
    counted: BoolArray
    picture: Any


def sample_windows(
    request: DelineationRequest, description: ModelDescription, tiles: Tiling, count: int, progress: Progress
) -> Tuple[SampleWindow, ...]:
    """Return up to `count` windows with valid pixels, the first near the extent's centre.

    Raises ExtentError where no window has a valid pixel, SourceError, Cancelled.
    """
    crs = request.extent.crs if request.extent else ""
    area = AreaOfInterest(request.area, crs, tiles.grid.crs) if request.area else None
    good: List[SampleWindow] = []
    poor: List[SampleWindow] = []
    with SceneReader(request.sources, description.bands_of(request.given), tiles.around) as reader:
        for grid in itertools.islice(_places(tiles), TRIES * count):
            stop_if_cancelled(progress)
            window = _read(grid, reader, description, tiles.grid, area)
            share = window.counted.mean()
            if share > 0:
                (good if share >= ENOUGH else poor).append(window)
            if len(good) == count:
                break
    poor.sort(key=lambda window: -int(window.counted.sum()))
    found = (good + poor)[:count]
    if not found:
        raise ExtentError("No pixel in the extent is valid; choose another extent, or check the nodata value.")
    return tuple(found)


def _places(tiles: Tiling) -> Iterator[Grid]:
    """Yield different windows of the tiling, evenly spread however many are taken.

    They are those nearest to the points of the R2 sequence (M. Roberts, "The unreasonable effectiveness of quasirandom
    sequences", 2018), which starts in the middle; the rest follow in rows.
    """
    numbers = tiles.window_rows(tiles.strips[0])
    rows = range(numbers[0] * tiles.stride, numbers[-1] * tiles.stride + 1, tiles.stride)
    seen = set()
    for row, col in itertools.chain(_spread(tiles, rows), itertools.product(rows, tiles.columns)):
        if (row, col) not in seen:
            seen.add((row, col))
            yield tiles.grid.part(col, row, tiles.size, tiles.size)


def _spread(tiles: Tiling, rows: range) -> Iterator[Tuple[int, int]]:
    """Yield rows and columns where windows start, within the extent as far as it is large enough."""
    for number in range(20 * tiles.n_windows):
        across, down = ((0.5 + number * step) % 1 for step in _R2)
        col = _nearest(tiles.columns, tiles.grid.col + across * (tiles.grid.width - tiles.size))
        row = _nearest(rows, tiles.grid.row + down * (tiles.grid.height - tiles.size))
        yield row, col


def _nearest(starts: range, wanted: float) -> int:
    index = round((wanted - starts[0]) / starts.step)
    return starts[min(max(index, 0), len(starts) - 1)]


def _read(
    grid: Grid, reader: SceneReader, description: ModelDescription, extent: Grid, area: Optional[AreaOfInterest]
) -> SampleWindow:
    bands = reader.read(grid)
    inputs, valid = prepare(bands, description.features)
    inside_rows = _inside(grid.row, grid.height, extent.row, extent.height)
    inside_columns = _inside(grid.col, grid.width, extent.col, extent.width)
    counted = valid & inside_rows[:, None] & inside_columns[None, :]
    if area is not None and counted.any():
        counted = counted & area.mask(grid)
    return SampleWindow(grid, inputs, counted, _picture(bands, valid))


def _inside(first: int, length: int, extent_first: int, extent_length: int) -> BoolArray:
    places = np.arange(first, first + length)
    inside: BoolArray = (places >= extent_first) & (places < extent_first + extent_length)
    return inside


def _picture(bands: Mapping[str, FloatArray], valid: BoolArray) -> Any:
    """Return the imagery as P x P x 3 bytes, all windows in the same colours; black where invalid."""
    optical = [name for name in OPTICAL_BANDS if name in bands]
    names = next((names for names in COLOURS if all(name in bands for name in names)), (optical[0],) * 3)
    channels: Dict[str, FloatArray] = {}
    for name in set(names):
        values = bands[name]
        channels[name] = np.where(valid, np.sqrt(np.clip(values / BRIGHT, 0, 1)) * 255, 0)
    return np.stack([channels[name] for name in names], axis=-1).astype(np.uint8)
