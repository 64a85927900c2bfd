"""What a data set holds, in numbers, for people: a line a tile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Sequence

from .tiles import DEBRIS, OUTLINES, Tile, TileReader, open_dataset

ROWS = 256


@dataclass(frozen=True)
class TileNumbers:
    """A tile and its pixels: all of them (without padding), labelled, glacier, and glacier under debris.

    `debris` is -1 where nobody mapped debris.
    """

    tile: Tile
    pixels: int
    labelled: int
    glacier: int
    debris: int


def overview(tiles: Sequence[Tile]) -> Iterator[TileNumbers]:
    """Yield each tile's numbers, in order. Raises DatasetError for a damaged file."""
    reader = TileReader()
    try:
        for tile in tiles:
            yield _numbers(tile, reader)
    finally:
        reader.close()


def _numbers(tile: Tile, reader: TileReader) -> TileNumbers:
    with open_dataset(tile.path) as file:
        mapped = DEBRIS in file[tile.name]
    labelled = glacier = debris = 0
    for first in range(0, tile.height, ROWS):
        rows, columns = slice(first, min(first + ROWS, tile.height)), slice(0, tile.width)
        labels = reader.read(tile, OUTLINES, rows, columns)
        labelled += int((labels.sum(axis=2) > 0).sum())
        glacier += int((labels[..., 1] > 0).sum())
        if mapped:
            debris += int(((reader.read(tile, DEBRIS, rows, columns)[..., 0] > 0) & (labels[..., 1] > 0)).sum())
    return TileNumbers(tile, tile.height * tile.width, labelled, glacier, debris if mapped else -1)
