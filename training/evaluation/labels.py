"""What is known of a tile's pixels, without its padding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import h5py

from ...inference.arrays import BoolArray
from ..data.tiles import DEBRIS, OUTLINES, Tile, TileReader, open_dataset
from .tile_scene import whole


@dataclass(frozen=True)
class Labels:
    """H x W each: `known` where there is a label, `glacier`, and `debris` (None: the tile does not say)."""

    known: BoolArray
    glacier: BoolArray
    debris: Optional[BoolArray]


def read_labels(reader: TileReader, tile: Tile) -> Labels:
    """Read a tile's labels. Debris is ice: it counts where the label is glacier, and where it is known at all."""
    outlines = reader.read(tile, OUTLINES, *whole(tile)) > 0
    glacier: BoolArray = outlines[..., 1]
    known: BoolArray = outlines.any(axis=-1)
    debris: Optional[BoolArray] = None
    if has_debris(tile):
        debris = (reader.read(tile, DEBRIS, *whole(tile))[..., 0] > 0) & glacier
    return Labels(known, glacier, debris)


def has_debris(tile: Tile) -> bool:
    """Tell whether the tile says which ice is under debris."""
    with open_dataset(tile.path) as file:
        group = file[tile.name]
        return isinstance(group, h5py.Group) and DEBRIS in group
