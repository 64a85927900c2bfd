"""Small data sets of simulated scenes, for the tests of training."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Sequence

import numpy as np
from icemargin.inference.raster_io import horn_slope
from icemargin.inference.request import OPTICAL_BANDS
from icemargin.training.data.writing import DatasetWriter, NewTile
from icemargin.training.simulate import Scene, Surface, simulate_scene


@lru_cache(maxsize=16)
def scene_of(seed: int, size: int) -> Scene:
    return simulate_scene(seed, size, 30.0)


def simulated_tile(
    seed: int, size: int = 160, region: str = "ALP", subregion: str = "ALP-1", **more: object
) -> NewTile:
    """Return a simulated scene as a tile with optical and DEM, named after its region and seed."""
    scene = scene_of(seed, size)
    padded = np.pad(scene.elevation, 1, mode="edge")
    bands = dict(zip(OPTICAL_BANDS, scene.optical))
    bands.update(elevation=scene.elevation, slope=horn_slope(padded, scene.resolution))
    rng = np.random.default_rng(seed)
    debris = scene.truth == Surface.DEBRIS_COVERED_ICE
    if more.pop("sar", False):  # made up: coherence is lost on ice, backscatter and temperature are lower there
        ice = scene.glacier.astype(np.float32)
        noise = rng.normal(0, 0.05, (7, size, size)).astype(np.float32)
        for number, name in enumerate(("co_pol_ascending", "co_pol_descending")):
            bands[name] = np.clip(0.2 - 0.1 * ice + noise[number], 0.001, None)
        for number, name in enumerate(("cross_pol_ascending", "cross_pol_descending"), 2):
            bands[name] = np.clip(0.05 - 0.03 * ice + 0.2 * noise[number], 0.001, None)
        for number, name in enumerate(("coherence_ascending", "coherence_descending"), 4):
            bands[name] = np.clip(0.8 - 0.5 * ice + noise[number], 0, 1)
        bands["thermal"] = 285 - 12 * ice + 20 * noise[6]
    lon, lat = 7.0 + seed % 50 / 10, 46.0
    return NewTile(
        name=f"{region}-{seed}", region=region, subregion=subregion, bands=bands, glacier=scene.glacier.astype(np.int8),
        box=(lon, lat, lon + 0.1, lat + 0.1), epsg=32632, resolution=scene.resolution, debris=debris,
        attributes={key: str(value) for key, value in more.items()},
    )  # fmt: skip


def write_simulated(path: Path, seeds: Sequence[int], size: int = 160, **more: object) -> str:
    """Write one tile a seed and return the file's path."""
    with DatasetWriter(str(path)) as writer:
        for seed in seeds:
            writer.add(simulated_tile(seed, size, **more))
    return str(path)
