"""The window loop: rows of windows in, finished strips of probability out. Memory is bounded by one row of windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from .arrays import BoolArray, FloatArray
from .grid import Grid, centre_lonlat, spatial_reference
from .model import REGIONS, ModelDescription
from .predictors import Predictor, has_spread, predict_all
from .preprocess import prepare
from .progress import Progress, stop_if_cancelled
from .raster_io import SceneReader
from .windows import Tiling, overlap_of, profile, weight_sum, windows_of_row

STEPS = 65536
"""Probabilities are rounded to multiples of 1/65536 (8e-6): exact in float32, and they compress."""

Place = Union[str, Sequence[float]]
"""What a model with region encoding is told: a name of REGIONS, or its 12 values."""


@dataclass(frozen=True)
class Strip:
    """Finished rows: `probability` H x W, NaN where nothing is valid; `n_windows` predicted since the last strip.

    `spread` is the standard deviation over a SpreadPredictor's members, None for any other predictor. Windows are
    blended as for the probability, so it is never below the spread of the blended members.
    """

    number: int
    probability: FloatArray
    n_windows: int
    spread: Optional[FloatArray] = None


class _Accumulator:
    """Weighted sums over the rows that the current row of windows covers; scrolls down stride by stride."""

    def __init__(self, tiles: Tiling) -> None:
        self._tiles = tiles
        shape = (tiles.size, tiles.grid.width)
        self._sum = np.zeros(shape, np.float32)
        self._valid = np.zeros(shape, bool)
        weights = profile(tiles.size)
        self._weights = weights[:, None] * weights[None, :]

    def add(self, window: Grid, values: FloatArray, valid: BoolArray) -> None:
        columns, there = overlap_of(window.col - self._tiles.grid.col, window.width, self._tiles.grid.width)
        # Zero where invalid: 0 * NaN would poison the sum.
        self._sum[:, columns] += (self._weights * np.where(valid, values, 0))[:, there]
        self._valid[:, columns] |= valid[:, there]

    def finish(self, row: int, strip: Grid) -> FloatArray:
        """Return the strip's weighted mean; the buffer's first row is lattice row `row`."""
        rows = slice(strip.row - row, strip.row - row + strip.height)
        down = weight_sum(strip.row, strip.height, self._tiles.size, self._tiles.stride)
        across = weight_sum(strip.col, strip.width, self._tiles.size, self._tiles.stride)
        mean = self._sum[rows] / (down[:, None] * across[None, :])
        rounded = np.round(np.clip(mean, 0, 1) * STEPS) / STEPS
        return np.where(self._valid[rows], rounded, np.nan).astype(np.float32)

    def scroll(self) -> None:
        stride = self._tiles.stride
        for buffer in (self._sum, self._valid):
            buffer[: self._tiles.size - stride] = buffer[stride:].copy()
            buffer[self._tiles.size - stride :] = 0


class _Sums:
    """What is summed up of the windows: the probability, and the spread of a predictor that has one."""

    def __init__(self, tiles: Tiling, has_spread: bool) -> None:
        self._parts = tuple(_Accumulator(tiles) for _ in range(2 if has_spread else 1))

    def add(self, window: Grid, values: Sequence[FloatArray], valid: BoolArray) -> None:
        for part, one in zip(self._parts, values):
            part.add(window, one, valid)

    def finish(self, row: int, strip: Grid, number: int, n_windows: int) -> Strip:
        probability, *spread = (part.finish(row, strip) for part in self._parts)
        return Strip(number, probability, n_windows, spread[0] if spread else None)

    def scroll(self) -> None:
        for part in self._parts:
            part.scroll()


def predict_strips(
    tiles: Tiling, reader: SceneReader, predictor: Predictor, region: Place, progress: Progress, first_strip: int
) -> Iterator[Strip]:
    """Yield the strips from `first_strip` on, from north to south. Raises Cancelled between two windows.

    Strips of a SpreadPredictor have a spread.
    """
    sums = _Sums(tiles, has_spread(predictor))
    rows = tiles.window_rows(first_strip)
    total = len(rows) * len(tiles.columns)
    seen = counted = 0
    for row in rows:
        for batch in _batches(_read_row(tiles, row, reader, predictor.description, progress), predictor.batch_size):
            stop_if_cancelled(progress)
            counted += _predict_batch(batch, predictor, region, sums)
            seen += len(batch)
            progress.report(seen / total, f"Window {seen} of {total}")
        if row >= first_strip:
            yield sums.finish(row * tiles.stride, tiles.strip(row), row, counted)
            counted = 0
        sums.scroll()


_Read = Tuple[Grid, Dict[str, FloatArray], BoolArray]


def _read_row(
    tiles: Tiling, row: int, reader: SceneReader, description: ModelDescription, progress: Progress
) -> Iterator[_Read]:
    for window in windows_of_row(tiles, row):
        stop_if_cancelled(progress)
        bands: Mapping[str, FloatArray] = reader.read(window)
        inputs, valid = prepare(bands, description.features)
        yield window, inputs, valid


def _batches(windows: Iterator[_Read], size: int) -> Iterator[List[_Read]]:
    batch: List[_Read] = []
    for window in windows:
        batch.append(window)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _predict_batch(batch: List[_Read], predictor: Predictor, region: Place, sums: _Sums) -> int:
    """Predict the windows that have a valid pixel; return how many."""
    batch = [item for item in batch if item[2].any()]
    if not batch:
        return 0
    description = predictor.description
    inputs = {f.name: np.stack([item[1][f.name] for item in batch]) for f in description.features}
    if description.location:
        inputs["location"] = np.stack([location_vector(description, item[0], region) for item in batch])
    answers = predict_all(predictor, inputs)
    for number, (window, _, valid) in enumerate(batch):
        sums.add(window, [answer[number] for answer in answers], valid)
    return len(batch)


def location_vector(description: ModelDescription, window: Grid, region: Place) -> FloatArray:
    """Return the window's location: region (12), or sin and cos of latitude and longitude in radians (4).

    `region` is a name, which becomes one-hot, or the 12 values themselves.
    """
    if description.location == "region":
        if not isinstance(region, str):
            return np.asarray(region, np.float32)
        return np.asarray([name == region for name in REGIONS], np.float32)
    lon, lat = np.radians(centre_lonlat(window.box, spatial_reference(window.crs, "The grid")))
    return np.asarray([np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)], np.float32)
