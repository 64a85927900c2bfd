"""Simulated tiles for the bundled model: every seed other mountains, other light, other ice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterable, Iterator, Tuple

import numpy as np

from ...inference.grid import spatial_reference, transform_box
from ..data.writing import NewTile
from ..ground import flood_lake, simulate_ground
from ..simulate import geotransform
from .conditions import draw_conditions
from .real_terrain import real_terrain_tiles
from .rendering import View, view

REGION = "SIM"
FIRST_SEED = 1000
WIDE = 4
"""Every so many scenes one is twice as wide, with longer glaciers, and gives four tiles."""
EPSG = 32632
TINY_SEEDS = (7015, 7019)
"""One with debris, one of clean ice; chosen by their truth, before any network had mapped them."""


def simulated_tiles(seeds: Iterable[int], size: int = 416, resolution: float = 10.0) -> Iterator[NewTile]:
    """Simulate one scene a seed: tiles of `size` x `size` pixels of `resolution` m. Some seconds each."""
    for seed in seeds:
        rng = np.random.default_rng([seed, 5])
        wide = seed % WIDE == 0
        side = 2 * size if wide else size
        conditions = draw_conditions(rng)
        if wide:
            # Twice as wide is not twice as high: slopes stay below landslides.
            kind = conditions.range
            taller = replace(kind, relief=1.5 * kind.relief, flat=1.6 * kind.flat)
            conditions = replace(conditions, range=taller)
        margin = size // 8
        ground = simulate_ground(rng, side + 2 * margin, resolution, conditions.range)
        lake = flood_lake(ground, resolution, float(rng.uniform(8, 30)))
        seen = view(rng, ground, lake, conditions, resolution, margin)
        yield from cut(seen, f"SIM-{seed}", resolution, size)


def cut(seen: View, name: str, resolution: float, size: int) -> Iterator[NewTile]:
    """Cut a view into tiles of `size` pixels."""
    labels, debris = seen.labels(resolution), seen.debris
    for row in range(0, labels.shape[0] - size + 1, size):
        for column in range(0, labels.shape[1] - size + 1, size):
            window = slice(row, row + size), slice(column, column + size)
            yield NewTile(
                f"{name}-{row // size}{column // size}", REGION, "generated",
                {band: values[window] for band, values in seen.bands.items()}, labels[window],
                _box(size, resolution), EPSG, resolution, debris[window],
            )  # fmt: skip


def _box(size: int, resolution: float) -> Tuple[float, float, float, float]:
    """Return where simulated tiles are said to lie, in degrees."""
    left, _, _, top, _, _ = geotransform(resolution)
    box = (left, top - size * resolution, left + size * resolution, top)
    return transform_box(box, spatial_reference(f"EPSG:{EPSG}", "simulated"), spatial_reference("EPSG:4326", "degrees"))


def tiny_scene(number: int) -> NewTile:
    """Return one of the scenes that ship with the model: 96 x 96 pixels of 20 m."""
    return next(simulated_tiles([TINY_SEEDS[number]], size=96, resolution=20.0))


def all_tiles(data: Path, scenes: int, variants: int) -> Iterator[NewTile]:
    """Yield the tiles of `scenes` generated terrains, then those over real terrain."""
    yield from simulated_tiles(range(FIRST_SEED, FIRST_SEED + scenes))
    yield from real_terrain_tiles(data, variants)

