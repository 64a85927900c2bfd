"""What a run will take: told before it starts, so that nobody is surprised."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .averages import NOTHING_AVERAGED, Averages
from .model import ModelDescription
from .plan import location_text, plan_tiling
from .request import DelineationRequest
from .windows import Tiling

BASE_MIB = 150.0
"""Python, numpy and GDAL, with a small scene: 140 MiB were measured on 0.25 million pixels."""
CACHE_MIB = 128
"""GDAL's block cache during a run."""
MIB_PER_MEGAPIXEL = 6.0
"""Outlines and overviews; with the rest it stays above the 428 and 740 MiB measured on 16 and 100 million pixels."""
MIB_PER_MODEL = 60.0
"""A further model of an ensemble: 55 MiB were measured for GlaViTU, whose file has 38."""
MIB_OF_PASSES = 280.0
"""Monte-Carlo dropout, however many passes: 270 MiB were measured for GlaViTU."""
DISK_BYTES_PER_PIXEL = 24.0
"""Upper end: two bands, uncompressed, as strips, and as COGs with overviews; compression usually saves most of it."""


@dataclass(frozen=True)
class Estimate:
    """Windows to predict, time in s, peak memory and disk in MiB, size on the ground in km.

    `location` is what the model will be told of the place (plan.location_text).
    """

    windows: int
    seconds: float
    memory_mib: float
    disk_mib: float
    width_km: float
    height_km: float
    location: str = ""


def estimate(request: DelineationRequest, description: ModelDescription, seconds_per_window: float) -> Estimate:
    """Estimate a run from the files' headers; `seconds_per_window` are those of one run of the network.

    Raises InputError where there is nothing to run.
    """
    tiles = plan_tiling(request, description)
    told = location_text(request, description, tiles.grid)
    return replace(estimate_tiling(tiles, description, seconds_per_window, request.averages), location=told)


def estimate_tiling(
    tiles: Tiling, description: ModelDescription, seconds_per_window: float, averages: Averages = NOTHING_AVERAGED
) -> Estimate:
    """Estimate a run whose windows are known. Averages take time; memory only for a further model's weights."""
    pixels = tiles.grid.width * tiles.grid.height
    strip = tiles.size * tiles.grid.width * (36 if averages.has_spread else 24)
    window = tiles.size**2 * 4 * (len(description.bands) + 4) * 3
    # Measured: GlaViTU holds 14 feature maps of 64 channels at full size at a time (docs/glavitu-model.md).
    network = 0 if description.pixelwise else tiles.size**2 * 64 * 4 * 14
    return Estimate(
        windows=tiles.n_windows,
        seconds=tiles.n_windows * averages.runs * seconds_per_window,
        memory_mib=BASE_MIB + CACHE_MIB + pixels / 1e6 * MIB_PER_MEGAPIXEL + (strip + window + network) / 2**20
        + MIB_PER_MODEL * len(averages.ensemble)
        + (MIB_OF_PASSES if averages.passes else 0),
        disk_mib=pixels * DISK_BYTES_PER_PIXEL * (1.5 if averages.has_spread else 1) / 2**20,
        width_km=tiles.grid.width * tiles.grid.resolution / 1000,
        height_km=tiles.grid.height * tiles.grid.resolution / 1000,
    )
