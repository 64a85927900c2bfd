"""The patches to learn from and to validate with, and the order in which they come.

Every patch follows from the seed and its number alone, whatever the number of workers, and however often a training was
interrupted: what is learnt does not depend on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from ...inference.arrays import DoubleArray
from ..data.tiles import Tile
from .augmentation import augment, hide_region
from .reading import PatchReader, pixels_of
from .sample import UNLABELLED, Sample, tensors_of
from .settings import TrainSettings
from .settings_parts import Data

TRIES = 8
"""How often a patch without any label is drawn again: corrected glaciers leave most of a scene unlabelled."""


class TrainingPatches(Dataset[Dict[str, Tensor]]):
    """Patch number `index` of an endless stream: a tile, all as likely or by the files' shares; a place in it, all as
    likely; augmented."""

    def __init__(self, tiles: Sequence[Tile], settings: TrainSettings) -> None:
        self._tiles = tuple(tiles)
        self._settings = settings
        self._reader = PatchReader(tiles, settings)
        self._chances = chances_of(tiles, settings.data) if settings.data.shares else None

    def __getitem__(self, index: int) -> Dict[str, Tensor]:
        return tensors_of(self.sample(index))

    def sample(self, index: int) -> Sample:
        """Return the patch of that number."""
        rng = np.random.default_rng((self._settings.run.seed, index))
        for _ in range(TRIES):
            place = self._place(rng)
            if (self._reader.label(*place) != UNLABELLED).any():
                break
        chances = self._settings.augmentation
        sample = augment(self._reader.sample(*place), rng, chances, self._settings.features)
        if self._settings.location == "region":
            sample = replace(sample, location=hide_region(sample.location, rng, chances.hide_region))
        return sample

    def _place(self, rng: np.random.Generator) -> Tuple[Tile, int, int]:
        count = len(self._tiles)
        tile = self._tiles[rng.integers(count) if self._chances is None else rng.choice(count, p=self._chances)]
        row, column = (int(rng.integers(max(side - self._reader.patch, 0) + 1)) for side in (tile.height, tile.width))
        return tile, row, column


def chances_of(tiles: Sequence[Tile], data: Data) -> DoubleArray:
    """Return how likely each tile is: its file's share, spread over the file's tiles."""
    names = [tile.path for tile in tiles]
    shares = dict(zip(data.train, data.shares))
    chances = np.array([shares[name] / names.count(name) for name in names])
    found: DoubleArray = chances / chances.sum()
    return found


@dataclass(frozen=True)
class GridPatch:
    """A patch of validation: its first pixel, and from where on (within it) it counts: no pixel counts twice."""

    tile: Tile
    row: int
    column: int
    top: int
    left: int


class ValidationPatches(Dataset[Dict[str, Tensor]]):
    """The tiles' own grid of patches, not augmented. `count` is a multiple of `parts`: patches without labels fill up,
    so that every process has as many."""

    def __init__(self, tiles: Sequence[Tile], settings: TrainSettings, parts: int = 1) -> None:
        self._reader = PatchReader(tiles, settings)
        self._patches = [patch for tile in tiles for patch in grid_of(tile, settings.patch)]
        self._count = math.ceil(len(self._patches) / parts) * parts

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Dict[str, Tensor]:
        if index >= self._count:
            raise IndexError(index)
        place = self._patches[min(index, len(self._patches) - 1)]
        sample = self._reader.sample(place.tile, place.row, place.column)
        label = np.full_like(sample.label, UNLABELLED)
        if index < len(self._patches):
            label[place.top :, place.left :] = sample.label[place.top :, place.left :]
        return tensors_of(replace(sample, label=label))


def grid_of(tile: Tile, patch: int) -> List[GridPatch]:
    """Return the patches that cover a tile; the last of a row or column is moved back to lie within the tile."""
    patches = []
    for row in range(0, tile.height, patch):
        for column in range(0, tile.width, patch):
            top, left = (max(min(place, side - patch), 0) for place, side in ((row, tile.height), (column, tile.width)))
            patches.append(GridPatch(tile, top, left, row - top, column - left))
    return patches


def steps_of(tiles: Sequence[Tile], settings: TrainSettings, processes: int = 1) -> int:
    """Return the steps of an epoch: `passes` times (pixels / patch pixels) patches, in batches over all processes."""
    if settings.run.steps_per_epoch:
        return settings.run.steps_per_epoch
    patches = settings.run.passes * pixels_of(tiles) / settings.patch**2
    return max(round(patches / (settings.run.batch * processes)), 1)


class Stream(Sampler[List[int]]):
    """The numbers of this process's patches, batch by batch, from step `start()` to `steps`.

    `start` is asked when the reading begins: a training that is resumed goes on where it was.
    """

    def __init__(
        self, batch: int, steps: int, rank: int = 0, processes: int = 1, start: Optional[Callable[[], int]] = None
    ) -> None:
        self._batch, self._steps, self._rank, self._processes = batch, steps, rank, processes
        self._start = start or (lambda: 0)

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[List[int]]:
        for step in range(self._start(), self._steps):
            first = (step * self._processes + self._rank) * self._batch
            yield list(range(first, first + self._batch))
