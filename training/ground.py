"""The simulated ground: a mountain range with glaciers on it and a lake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..inference.arrays import BoolArray, DoubleArray
from . import ice, terrain

TERRAIN_CELL = 40.0
ICE_CELL = 80.0
RELIEF = 1500.0
VALLEY_FLOOR = 2050.0


@dataclass(frozen=True)
class Ground:
    """The ground before light falls on it: `bed` and `surface` in m, `line` the equilibrium line's height in m."""

    bed: DoubleArray
    surface: DoubleArray
    line: DoubleArray

    @property
    def thickness(self) -> DoubleArray:
        return self.surface - self.bed


@dataclass(frozen=True)
class Range:
    """A mountain range's `floor` (height of its feet), `relief` and width of its flat valley floors `flat`, all in m,
    and the share of the ground that lies above the equilibrium line."""

    floor: float = VALLEY_FLOOR
    relief: float = RELIEF
    flat: float = 0.0
    share: float = 0.15


def simulate_ground(rng: np.random.Generator, pixels: int, resolution: float, kind: Range = Range()) -> Ground:
    """Make a range with glaciers on `pixels` x `pixels` of `resolution` m."""
    width = pixels * resolution
    cells, ice_cells = (max(round(width / cell), 16) for cell in (TERRAIN_CELL, ICE_CELL))
    coarse = kind.floor + terrain.mountain_range(rng, (cells, cells), width / cells, kind.relief)
    coarse = fill_valleys(coarse, kind.flat / (width / cells))
    bed = terrain.resample(coarse, (ice_cells, ice_cells))
    line = ice.equilibrium_line(bed, width / ice_cells, share=kind.share)
    depth = ice.grow_glaciers(bed, line, width / ice_cells)
    shape = (pixels, pixels)
    fine = roughen(rng, terrain.enlarge(coarse, shape), resolution)
    thickness = refine_ice(depth, terrain.enlarge(bed, shape) - fine)
    return Ground(fine, fine + thickness, terrain.enlarge(line, shape))


def fill_valleys(bed: DoubleArray, width: float) -> DoubleArray:
    """Fill valleys with sediment until their floor is `width` cells wide and flat across; below 2 cells nothing."""
    reach = round(width / 2)
    if reach < 1:
        return bed
    rows, columns = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = rows**2 + columns**2 <= reach**2
    return np.asarray(terrain.blur(ndimage.grey_closing(bed, footprint=disc), 0.7))


def roughen(rng: np.random.Generator, bed: DoubleArray, resolution: float) -> DoubleArray:
    """Add ribs and gullies to steep ground (ridged noise), finer than the carved cells."""
    slope, _ = terrain.slope_and_aspect(bed, resolution)
    ribs = 1 - np.abs(terrain.spectral_noise(rng, bed.shape, 1.5))
    return np.asarray(bed + 9 * np.clip(slope / 0.7, 0.1, 1.3) ** 2 * (ribs - ribs.mean()))


def refine_ice(depth: DoubleArray, room: DoubleArray) -> DoubleArray:
    """Bring ice thickness to the fine grid: its surface stays smooth where `room` (m, coarse bed above fine bed)
    varies, and thin ice at the edge ends where the ground rises."""
    thick = terrain.enlarge(depth, room.shape)
    share = np.clip(thick / 30, 0, 1)
    edge = terrain.enlarge(np.minimum(depth, 25), room.shape) + 0.6 * room
    inside = np.clip((thick - 20) / 30, 0, 1)
    deep = thick + share * room
    # Blurred to the fine grid the ice has a thin skirt; less 9 m, the margin tapers instead of standing as a wall.
    refined = inside * deep + (1 - inside) * np.minimum(deep, edge) - 9
    return np.where(refined > 0.5, refined, 0.0)


def flood_lake(ground: Ground, resolution: float, dam: float = 22.0) -> BoolArray:
    """Find the ice-free place where a moraine dam `dam` m high holds the largest lake above it; tell its water."""
    step = max(round(TERRAIN_CELL / resolution), 1)
    bed = terrain.fill_basins(ground.surface[::step, ::step])
    target = terrain.receivers(bed)
    order = np.argsort(bed, axis=None, kind="stable")
    iced = ground.thickness[::step, ::step].ravel() > 0
    drained = terrain.accumulate(bed, np.ones_like(bed)).ravel()
    inner = np.zeros(bed.shape, bool)
    edge = max(int(0.2 * bed.shape[0]), 1)
    inner[edge:-edge, edge:-edge] = True
    sites = np.flatnonzero(inner.ravel() & ~iced)
    sites = sites[np.argsort(-drained[sites], kind="stable")][:60]
    lakes = [_held_back(bed.ravel(), target, order, int(site), dam) & ~iced for site in sites]
    if not lakes:
        return np.zeros(ground.surface.shape, bool)
    best = max(lakes, key=lambda lake: int(lake.sum())).reshape(bed.shape)
    shore = terrain.blur(terrain.resample(best.astype(float), ground.surface.shape), step / 2) > 0.5
    return np.asarray(shore & (ground.thickness <= 0))


def _held_back(bed: DoubleArray, target: terrain.IntArray, order: terrain.IntArray, site: int, dam: float) -> BoolArray:
    """Tell which cells (flat) drain through `site` and lie less than `dam` m above it."""
    wet = np.zeros(bed.size, bool)
    wet[site] = True
    low = order[(bed[order] > bed[site]) & (bed[order] < bed[site] + dam)]
    for cell in low.tolist():
        wet[cell] = wet[target[cell]]
    return wet


def level_lake(surface: DoubleArray, lake: BoolArray) -> DoubleArray:
    """Return the surface with flat water."""
    return np.where(lake, np.median(surface[lake]), surface) if lake.any() else surface
