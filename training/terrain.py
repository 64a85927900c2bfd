"""Simulated terrain: noise, a river-carved mountain range, slope, and shadow. Rows run south, columns run east."""

from __future__ import annotations

import heapq
from typing import List, Tuple

import numpy as np
from numpy.typing import NDArray

from ..inference.arrays import BoolArray, DoubleArray

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
IntArray = NDArray[np.int64]


def spectral_noise(rng: np.random.Generator, shape: Tuple[int, ...], power: float) -> DoubleArray:
    """Return periodic noise (H x W, mean 0, deviation 1) whose amplitude falls with frequency to the `power`."""
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(spectrum * frequency**-power, s=shape)
    return np.asarray((noise - noise.mean()) / noise.std())


def blur(values: DoubleArray, radius: float) -> DoubleArray:
    """Blur H x W with a Gaussian of `radius` pixels; the edges continue by reflection."""
    if radius <= 0:
        return values
    reach = min(int(np.ceil(3 * radius)), min(values.shape) - 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius) ** 2)
    weights /= weights.sum()
    padded = np.pad(values, reach, mode="reflect")
    rows = sum(w * padded[i : i + values.shape[0]] for i, w in enumerate(weights))
    return np.asarray(sum(w * rows[:, i : i + values.shape[1]] for i, w in enumerate(weights)))


def resample(values: DoubleArray, shape: Tuple[int, ...]) -> DoubleArray:
    """Stretch H x W to `shape` (bilinear between cell centres)."""
    axes: List[Tuple[IntArray, IntArray, DoubleArray]] = []
    for old, new in zip(values.shape, shape):
        place = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.minimum(place.astype(np.int64), max(old - 2, 0))
        axes.append((low, np.minimum(low + 1, old - 1), place - low))
    (top, bottom, down), (left, right, across) = axes
    rows = values[top] * (1 - down)[:, None] + values[bottom] * down[:, None]
    return np.asarray(rows[:, left] * (1 - across) + rows[:, right] * across)


def enlarge(values: DoubleArray, shape: Tuple[int, ...]) -> DoubleArray:
    """Stretch H x W to `shape` without the kinks of bilinear cells."""
    return blur(resample(values, shape), 0.6 * shape[0] / values.shape[0])


def receivers(elevation: DoubleArray) -> IntArray:
    """Return for every cell the flat index of its steepest lower neighbour, itself in pits and on the north and
    south rims (which are the range's feet)."""
    height, width = elevation.shape
    index = np.arange(elevation.size).reshape(elevation.shape)
    padded = np.pad(elevation, 1, constant_values=np.inf)
    numbers = np.pad(index, 1)
    best, chosen = np.zeros_like(elevation), index.copy()
    for row, column in NEIGHBOURS:
        window = slice(1 + row, 1 + row + height), slice(1 + column, 1 + column + width)
        fall = (elevation - padded[window]) / np.hypot(row, column)
        steeper = fall > best
        best[steeper], chosen[steeper] = fall[steeper], numbers[window][steeper]
    chosen[[0, -1]] = index[[0, -1]]
    return np.asarray(chosen.ravel())


def accumulate(elevation: DoubleArray, amount: DoubleArray) -> DoubleArray:
    """Sum `amount` down the steepest path: H x W, every cell with all that drains through it."""
    target = receivers(elevation).tolist()
    total = amount.ravel().tolist()
    for cell in np.argsort(-elevation, axis=None, kind="stable").tolist():
        if target[cell] != cell:
            total[target[cell]] += total[cell]
    return np.array(total).reshape(elevation.shape)


def fill_basins(elevation: DoubleArray) -> DoubleArray:
    """Raise closed basins until they drain to the north or south rim (priority flood, Barnes and others 2014)."""
    height, width = elevation.shape
    filled = elevation.tolist()
    waiting = [(filled[row][column], row, column) for row in (0, height - 1) for column in range(width)]
    done = [[row in (0, height - 1)] * width for row in range(height)]
    heapq.heapify(waiting)
    while waiting:
        level, row, column = heapq.heappop(waiting)
        for down, right in NEIGHBOURS:
            r, c = row + down, column + right
            if 0 <= r < height and 0 <= c < width and not done[r][c]:
                done[r][c] = True
                filled[r][c] = max(filled[r][c], level + 0.01)
                heapq.heappush(waiting, (filled[r][c], r, c))
    return np.array(filled)


def _erode(elevation: DoubleArray, cell: float, strength: float, steepest: float) -> DoubleArray:
    """One implicit step of stream-power erosion, dz/dt = -K A^0.45 S (Braun and Willett 2013), with slopes held
    below `steepest` by landslides."""
    target = receivers(elevation)
    area = accumulate(elevation, np.full(elevation.shape, float(cell) ** 2)).ravel()
    rows, columns = np.divmod(np.arange(elevation.size), elevation.shape[1])
    distance = cell * np.hypot(rows - rows[target], columns - columns[target])
    factor = np.divide(strength * area**0.45, distance, out=np.zeros_like(area), where=distance > 0)
    factors, targets, limits = factor.tolist(), target.tolist(), (distance * steepest).tolist()
    heights = elevation.ravel().tolist()
    for place in np.argsort(elevation, axis=None, kind="stable").tolist():
        below = heights[targets[place]]
        lowered = (heights[place] + factors[place] * below) / (1 + factors[place])
        heights[place] = min(lowered, below + limits[place]) if targets[place] != place else lowered
    return np.array(heights).reshape(elevation.shape)


def mountain_range(rng: np.random.Generator, shape: Tuple[int, ...], cell: float, relief: float) -> DoubleArray:
    """Return a river-carved range (H x W, m above its feet at the north and south rim), `relief` m high.

    Uplift and erosion run until ridges and valleys stand; uplift varies over the range so that massifs form.
    """
    # At the far end rounding makes the sine a hair negative for some sizes.
    profile = np.maximum(np.sin(np.pi * np.arange(shape[0]) / (shape[0] - 1)), 0)[:, None] ** 0.7
    uplift = np.exp(0.55 * spectral_noise(rng, shape, 1.8)) * profile
    elevation = cell * profile * (3 + 1.0 * spectral_noise(rng, shape, 1.2))
    for step in range(70):
        elevation = elevation + 40 * uplift * rng.uniform(0.4, 1.6, shape)
        if step % 5 == 0:
            elevation = fill_basins(elevation)
        elevation = _erode(elevation, cell, 0.5, 1.0)
    return np.asarray((elevation - elevation.min()) * relief / np.ptp(elevation))


def slope_and_aspect(elevation: DoubleArray, cell: float) -> Tuple[DoubleArray, DoubleArray]:
    """Return slope and aspect (downslope direction, clockwise from north), both in radians."""
    down, across = np.gradient(elevation, cell)
    return np.arctan(np.hypot(down, across)), np.arctan2(-across, down) % (2 * np.pi)


def illumination(elevation: DoubleArray, cell: float, sun_elevation: float, sun_azimuth: float) -> DoubleArray:
    """Return the cosine of the angle between sun and surface normal (below 0: turned away). Angles in degrees."""
    slope, aspect = slope_and_aspect(elevation, cell)
    height, azimuth = np.radians(sun_elevation), np.radians(sun_azimuth)
    return np.asarray(np.cos(slope) * np.sin(height) + np.sin(slope) * np.cos(height) * np.cos(azimuth - aspect))


def _moved(values: DoubleArray, row: float, column: float) -> DoubleArray:
    """Return values at (r + row, c + column); one of the two is whole, outside counts as bottomless."""
    moved = np.full(values.shape, -np.inf)
    low_row, low_column = int(np.floor(row)), int(np.floor(column))
    share = max(row - low_row, column - low_column)
    step = (1, 0) if row != low_row else (0, 1)
    first = np.pad(values, 1, mode="edge")
    second = first[1 + step[0] :, 1 + step[1] :][: values.shape[0], : values.shape[1]]
    mixed = (1 - share) * values + share * second
    height, width = values.shape
    rows = slice(max(0, -low_row), min(height, height - low_row))
    columns = slice(max(0, -low_column), min(width, width - low_column))
    if rows.start < rows.stop and columns.start < columns.stop:
        moved[rows, columns] = mixed[
            rows.start + low_row : rows.stop + low_row, columns.start + low_column : columns.stop + low_column
        ]
    return moved


def cast_shadow(elevation: DoubleArray, cell: float, sun_elevation: float, sun_azimuth: float) -> BoolArray:
    """March from every pixel towards the sun and tell which ones meet higher ground. Angles in degrees."""
    azimuth = np.radians(sun_azimuth)
    direction = np.array([-np.cos(azimuth), np.sin(azimuth)])
    direction /= np.abs(direction).max()
    direction = np.where(np.abs(np.abs(direction) - 1) < 1e-9, np.sign(direction), direction)
    rise = cell * np.hypot(*direction) * np.tan(np.radians(sun_elevation))
    steps = min(int(np.ptp(elevation) / rise) + 1, max(elevation.shape))
    shadow = np.zeros(elevation.shape, bool)
    for step in range(1, steps + 1):
        shadow |= _moved(elevation, *(step * direction)) > elevation + step * rise
    return shadow
