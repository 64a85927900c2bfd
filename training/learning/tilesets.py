"""The tiles of a training: found by the settings, and looked at before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence, Set, Tuple

from ...inference.errors import DatasetError, SettingsError
from ..data.tiles import OUTLINES, Tile, TileReader, find_tiles, regions_of
from .settings import TrainSettings, with_facts

GLACIER = 1


@dataclass(frozen=True)
class TileSets:
    """The tiles to learn from and to validate with."""

    train: Tuple[Tile, ...]
    val: Tuple[Tile, ...]

    def told_to(self, settings: TrainSettings) -> TrainSettings:
        """Return the settings with resolution and origin, as the tiles tell them."""
        resolutions = {tile.resolution for tile in self.train}
        resolution: Optional[float] = resolutions.pop() if len(resolutions) == 1 else None
        files = ", ".join(sorted({Path(tile.path).name for tile in self.train}))
        regions = ", ".join(region or "no region named" for region in regions_of(self.train))
        tiles = f"{len(self.train)} tile{'s' if len(self.train) > 1 else ''}"
        return with_facts(settings, resolution, f"{tiles} ({regions}) of {files}")


def find_tile_sets(settings: TrainSettings) -> TileSets:
    """Return the tiles with all the features. Raises SettingsError, DatasetError."""
    data = settings.data
    if not data.train or not data.val:
        raise SettingsError("data.train, data.val (--train, --val): name files to learn from and to validate with.")
    if settings.strategy == "regional" and not data.regions:
        raise SettingsError("data.regions (--regions): the regional strategy learns one region or some; name it.")
    filters = {"regions": data.regions, "subregions": data.subregions, "features": tuple(settings.features)}
    sets = TileSets(find_tiles(data.train, **filters), find_tiles(data.val, **filters))
    twice = _places(sets.train) & _places(sets.val)
    if twice:
        raise SettingsError(f"data.val: tile {min(twice)[1]} is also learnt from; validate with other tiles.")
    for tiles, where in ((sets.train, "train"), (sets.val, "val")):
        if not _has_glacier(tiles):
            raise DatasetError(f"data.{where}: no tile has a glacier pixel; check the outlines, or take more tiles.")
    return sets


def learnt_from(settings: TrainSettings, tiles: Sequence[Tile]) -> Tuple[Tile, ...]:
    """Return those of the tiles that a training by these settings learns from, if its files are where they were."""
    data = settings.data
    files = {Path(path).resolve() for path in data.train}
    return tuple(
        tile
        for tile in tiles
        if Path(tile.path).resolve() in files
        and tile.region in (data.regions or (tile.region,))
        and tile.subregion in (data.subregions or (tile.subregion,))
    )


def _places(tiles: Sequence[Tile]) -> Set[Tuple[Path, str]]:
    """Return where the tiles are, however their files are named."""
    return {(Path(tile.path).resolve(), tile.name) for tile in tiles}


def _has_glacier(tiles: Sequence[Tile]) -> bool:
    """Look for one glacier pixel, tile by tile."""
    reader = TileReader()
    try:
        for tile in tiles:
            labels = reader.read(tile, OUTLINES, slice(0, tile.height), slice(0, tile.width))
            if (labels[..., GLACIER] > 0.5).any():
                return True
        return False
    finally:
        reader.close()
