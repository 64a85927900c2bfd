"""Simulated glaciers: mass balance, ice flow, debris, snow. Elevations in m, balance in m of ice a year."""

from __future__ import annotations

import numpy as np

from ..inference.arrays import BoolArray, DoubleArray
from .terrain import blur, illumination, slope_and_aspect, spectral_noise

FLOW_FACTOR = 2 / 5 * 7.57e-17 * (917 * 9.81) ** 3
"""2 A (rho g)^n / (n + 2) per year and metre, with Glen's n = 3 and A = 2.4e-24 (Cuffey and Paterson 2010, 3.4)."""
HIGHEST_DIFFUSIVITY = 1.5e4
"""m2 a-1. Deep steep ice would need steps of hours; the cap makes it slightly too thick instead."""


def equilibrium_line(bed: DoubleArray, cell: float, share: float) -> DoubleArray:
    """Return the height of the equilibrium line (H x W): `share` of the ground lies above it, and it is lower where
    the sun is weak."""
    noon = blur(illumination(bed, cell, 50, 180), 1.5)
    return np.asarray(np.quantile(bed, 1 - share) + 450 * (noon - noon.mean()))


def mass_balance(surface: DoubleArray, bed: DoubleArray, line: DoubleArray, cell: float) -> DoubleArray:
    """Return the yearly balance: a gradient with a ceiling, and no gain on walls, whose snow slides off."""
    balance = np.minimum(0.008 * (surface - line), 1.6)
    slope, _ = slope_and_aspect(bed, cell)
    return np.where((slope > np.radians(37)) & (balance > 0), 0.0, balance)


def _flow(surface: DoubleArray, thickness: DoubleArray, cell: float, axis: int) -> DoubleArray:
    """Return the ice flux across the faces between neighbours along `axis`, m2 a-1 (shallow-ice approximation)."""
    across = np.gradient(surface, cell, axis=1 - axis)
    if axis == 0:
        drop, depth, side = surface[:-1] - surface[1:], thickness[:-1] + thickness[1:], across[:-1] + across[1:]
        upper = np.where(drop > 0, thickness[:-1], thickness[1:])
    else:
        drop, depth = surface[:, :-1] - surface[:, 1:], thickness[:, :-1] + thickness[:, 1:]
        side = across[:, :-1] + across[:, 1:]
        upper = np.where(drop > 0, thickness[:, :-1], thickness[:, 1:])
    gradient = drop / cell
    steepness = np.minimum(gradient**2 + (side / 2) ** 2, 0.5)
    diffusivity = np.minimum(FLOW_FACTOR * (depth / 2) ** 5 * steepness, HIGHEST_DIFFUSIVITY)
    # Only ice that is there can leave: without this the bare side of a margin would feed the flow.
    return np.asarray(np.where(upper > 0, diffusivity * gradient, 0.0))


def grow_glaciers(bed: DoubleArray, line: DoubleArray, cell: float, years: float = 220) -> DoubleArray:
    """Let ice build up and flow on `bed` for some years; return its thickness (H x W, m)."""
    thickness = np.zeros_like(bed)
    step = 0.2 * cell**2 / HIGHEST_DIFFUSIVITY
    for _ in range(int(years / step)):
        surface = bed + thickness
        change = step * mass_balance(surface, bed, line, cell)
        for axis in (0, 1):
            flux = _flow(surface, thickness, cell, axis)
            widths = ((1, 1), (0, 0)) if axis == 0 else ((0, 0), (1, 1))
            change -= step / cell * np.diff(np.pad(flux, widths), axis=axis)
        thickness = np.maximum(thickness + change, 0)
    return thickness


def smear_downslope(values: DoubleArray, surface: DoubleArray, cell: float, steps: int) -> DoubleArray:
    """Carry H x W values down the surface: flow stripes, as moraines draw them. One step is one pixel."""
    down, across = np.gradient(surface, cell)
    length = np.maximum(np.hypot(down, across), 1e-6)
    rows, columns = np.indices(values.shape)
    from_row = np.clip(rows + np.rint(1.4 * down / length).astype(int), 0, values.shape[0] - 1)
    from_column = np.clip(columns + np.rint(1.4 * across / length).astype(int), 0, values.shape[1] - 1)
    total, current = values.copy(), values
    for _ in range(steps):
        current = current[from_row, from_column]
        total = total + current
    return np.asarray(total / np.sqrt(steps + 1))


def debris_cover(
    rng: np.random.Generator,
    surface: DoubleArray,
    thickness: DoubleArray,
    line: DoubleArray,
    cell: float,
    amount: float = 0.0,
) -> BoolArray:
    """Tell where rock covers the ice: stripes and margins below the equilibrium line, more towards the terminus.

    `amount` runs from about -3 (hardly any) to 2 (the whole tongue).
    """
    shape = surface.shape
    stripes = smear_downslope(spectral_noise(rng, shape, 0.9), blur(surface, 6), cell, 60)
    depth_below = np.clip((line - surface) / 250, -1, 1.5)
    rim = np.exp(-thickness / 18)
    dirty = 0.9 * spectral_noise(rng, shape, 2.2)
    score = 2.2 * depth_below + 1.2 * rim + 0.8 * stripes / stripes.std() + dirty - 1.7 + amount
    return np.asarray((thickness > 0) & (blur(score, 1.0) > 0) & (surface < line - 20))


def snow_cover(rng: np.random.Generator, surface: DoubleArray, line: DoubleArray, cell: float) -> BoolArray:
    """Tell where last winter's snow still lies: above the line, in hollows and gullies, not on walls."""
    slope, _ = slope_and_aspect(surface, cell)
    hollow = np.clip((blur(surface, 4) - surface) / 6, -1.5, 1.5)
    patchy = 0.5 * spectral_noise(rng, surface.shape, 1.4)
    score = (surface - line) / 110 + hollow + patchy - np.clip((np.degrees(slope) - 38) / 7, -0.3, 4)
    return np.asarray(blur(score, 0.7) > 0)
