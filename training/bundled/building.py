"""The data sets of the bundled model: each Himalayan region to learn from and to test on, tiles without a DEM,
simulated ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterable

from ...inference.progress import Progress
from ..data.writing import DatasetWriter, NewTile
from .himalaya import REGIONS, himalayan_tiles, without_margin_of_debris
from .simulated import all_tiles, simulated_tiles
from .without_dem import ice_free_tiles

DEBRIS_MARGIN = 5
"""Pixels beside the edge of hand-mapped debris that are not learnt from."""
SCENES, VARIANTS = 40, 2
"""Simulated scenes on generated terrain, and of each real one."""
VAL_SEEDS = range(5001, 5004)
LAND = "land.hdf5"
SIMULATED, SIMULATED_VAL = "simulated.hdf5", "simulated_val.hdf5"


def judged_file(region: str) -> str:
    return f"{region}.hdf5"


def train_file(region: str) -> str:
    return f"{region}_train.hdf5"


def build(data: Path, out: Path, progress: Progress) -> None:
    """Write all data sets; takes some minutes. Raises SourceError where a file is missing, OutputError."""
    _build_real(data, out, progress)
    _write(out / SIMULATED, all_tiles(data, SCENES, VARIANTS))
    _write(out / SIMULATED_VAL, simulated_tiles(VAL_SEEDS))


def _build_real(data: Path, out: Path, progress: Progress) -> None:
    for number, region in enumerate(REGIONS):
        progress.report(number / len(REGIONS), f"Tiles of region {region}")
        tiles = list(himalayan_tiles(data, region))
        _write(out / judged_file(region), tiles)
        to_learn = (replace(tile, glacier=without_margin_of_debris(tile, DEBRIS_MARGIN)) for tile in tiles)
        _write(out / train_file(region), to_learn)
    _write(out / LAND, ice_free_tiles(data))


def _write(path: Path, tiles: Iterable[NewTile]) -> None:
    with DatasetWriter(str(path)) as writer:
        for tile in tiles:
            writer.add(tile)
