"""From a scene and outlines to a data set: tiles in the benchmark's layout, split by spatial blocks (blocks.py).

Two passes over the scene, one tile in memory at a time: the first finds which blocks have labels, which the split has
to know where there are few; the second writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Tuple

from ...inference.errors import DatasetError, SettingsError
from ...inference.progress import PartOfProgress, Progress, stop_if_cancelled
from .blocks import (
    SETS,
    WHY_BLOCKS,
    Block,
    BlockTile,
    Shares,
    block_pixels,
    block_sets,
    check_shares,
    moved_blocks,
    near_other_set,
    tiles_of,
)
from .labels import GLACIER, NO_LABEL, LabelFiles, Labels
from .outputs import SplitWriter
from .scene import SMALLEST_SIDE, SceneInput, TrainingScene, too_thin

PATCH = 384
"""The published network's patch; a tile that is smaller has to be padded."""


@dataclass(frozen=True)
class BuildRequest:
    """What to build. `block_m` is a block's side and `gap_m` the distance between labels of two sets, in m."""

    scene: SceneInput
    labels: LabelFiles
    out_dir: str
    block_m: float = 5000.0
    gap_m: float = 500.0
    shares: Shares = (0.7, 0.15, 0.15)
    seed: int = 0
    overwrite: bool = False

    def __post_init__(self) -> None:
        check_shares(self.shares)
        if not self.block_m > 0:
            raise SettingsError("A block's side is in metres and above 0.")
        if not 0 <= self.gap_m < self.block_m:
            raise SettingsError(f"The gap between sets is from 0 m to below a block's side ({self.block_m:g} m).")


@dataclass(frozen=True)
class SetSummary:
    """What one file holds: tiles, labelled pixels, and of these the glacier's."""

    path: str
    tiles: int
    labelled: int
    glacier: int


@dataclass(frozen=True)
class BuildSummary:
    """What was built: by set (train, val, test), how it was split, and what somebody should look at."""

    sets: Mapping[str, SetSummary]
    split: str
    notes: Tuple[str, ...] = ()


@dataclass
class Counts:
    """Running sums of what is written, by set."""

    tiles: Dict[str, int] = field(default_factory=dict)
    labelled: Dict[str, int] = field(default_factory=dict)
    glacier: Dict[str, int] = field(default_factory=dict)

    def add(self, name: str, labels: Any) -> None:
        """Count a tile's labels."""
        labelled, glacier = int((labels != NO_LABEL).sum()), int((labels == GLACIER).sum())
        for sums, number in ((self.tiles, 1), (self.labelled, labelled), (self.glacier, glacier)):
            sums[name] = sums.get(name, 0) + number

    def summaries(self, paths: Mapping[str, str]) -> Dict[str, SetSummary]:
        """Return what each of the files holds."""
        return {
            name: SetSummary(path, self.tiles[name], self.labelled[name], self.glacier[name])
            for name, path in paths.items()
        }


def build_dataset(request: BuildRequest, progress: Progress) -> BuildSummary:
    """Write train.hdf5, val.hdf5 and test.hdf5 (those that have tiles) to the request's folder.

    Tiles without a valid labelled pixel are left out; a pixel whose optical bands are not all valid has no label.
    Raises InputError for what cannot be used, OutputError, Cancelled.
    """
    notes: List[str] = []
    with SplitWriter(request.out_dir, request.overwrite) as writer, TrainingScene(request.scene, notes.append) as scene:
        build = _Build(request, scene, Labels(request.labels, scene.grid, notes.append))
        sets = build.split(PartOfProgress(progress, 0.0, 0.4), notes)
        counts = build.write(writer, sets, PartOfProgress(progress, 0.4, 1.0))
        if not counts.tiles:
            raise DatasetError("The gap between the sets leaves no label; make the blocks larger or the gap smaller.")
    notes += _missing_sets(request, counts)
    return BuildSummary(counts.summaries(writer.paths), WHY_BLOCKS.format(km=request.block_m / 1000), tuple(notes))


class _Build:
    """One build: its tiles, labels and blocks."""

    def __init__(self, request: BuildRequest, scene: TrainingScene, labels: Labels) -> None:
        resolution = scene.grid.resolution
        self.request, self.scene, self.labels = request, scene, labels
        self.block = block_pixels(request.block_m, resolution)
        self.margin = round(request.gap_m / 2 / resolution)
        tiles = tiles_of(scene.grid, self.block, request.scene.tile)
        self.tiles = [tile for tile in tiles if not too_thin(tile.grid, scene.grid)]
        self.slivers = len(tiles) - len(self.tiles)

    def split(self, progress: Progress, notes: List[str]) -> Dict[Block, str]:
        """Return the set of each block that has labels, and drop the tiles that have none."""
        kept, icy = [], set()
        for number, tile in enumerate(self.tiles):
            _report(progress, number / len(self.tiles), "Looking for labels")
            labels = self._labels(tile)[1]
            if (labels != NO_LABEL).any():
                kept.append(tile)
            if (labels == GLACIER).any():
                icy.add(tile.block)
        if not kept:
            raise DatasetError("No pixel has both a label and valid imagery; check the labelled area and the imagery.")
        notes += self._left_out(len(kept))
        self.tiles = kept
        blocks = {tile.block for tile in kept}
        notes += _few_blocks(self.request, len(icy)) + self._small_tiles()
        shares, seed = self.request.shares, self.request.seed
        sets = block_sets(sorted(icy), sorted(blocks - icy), shares, seed)
        moved = moved_blocks(sets, shares, seed)
        if moved:
            where = " and ".join(sorted(set(moved.values())))
            notes.append(
                f"There are few blocks: {len(moved)} went to {where}, which would have had no glacier. Another extent "
                "of this place may be split otherwise; check the data sets together."
            )
        return sets

    def _left_out(self, kept: int) -> List[str]:
        told = []
        if kept < len(self.tiles):
            told.append(f"{len(self.tiles) - kept} of {len(self.tiles)} tiles have no label and are left out.")
        if self.slivers:
            told.append(f"{self.slivers} tiles at the edge, narrower than {SMALLEST_SIDE} pixels, are left out.")
        return told

    def _labels(self, tile: BlockTile) -> Tuple[Any, Any]:
        """Return the bands and the labels of a tile, unlabelled where the imagery is not valid."""
        bands, valid = self.scene.read(tile.grid)
        labels = self.labels.of(tile.grid)
        labels[~valid] = NO_LABEL
        return bands, labels

    def _small_tiles(self) -> List[str]:
        side = max(min(tile.grid.width, tile.grid.height) for tile in self.tiles)
        if side >= PATCH:
            return []
        needed = PATCH * self.scene.grid.resolution / 1000
        return [f"No tile holds {PATCH} x {PATCH} pixels, the published network's patch (the best {side}): patches "
                f"will be padded. Whole ones need blocks of {needed:g} km or more (--block-km) that the scene "
                "fills."]  # fmt: skip

    def write(self, writer: SplitWriter, sets: Mapping[Block, str], progress: Progress) -> Counts:
        """Write each tile to its block's set, without labels near other sets; return what was written."""
        counts = Counts()
        for number, tile in enumerate(self.tiles):
            _report(progress, number / len(self.tiles), "Writing tiles")
            bands, labels = self._labels(tile)
            labels[near_other_set(tile, sets, self.block, self.margin)] = NO_LABEL
            if (labels == NO_LABEL).all():
                continue
            debris = self.labels.debris(tile.grid)
            name = sets[tile.block]
            ice = None if debris is None else debris & (labels == GLACIER)
            writer.add(name, self.scene.new_tile(tile.grid, bands, labels, ice))
            counts.add(name, labels)
        return counts


def _report(progress: Progress, fraction: float, text: str) -> None:
    stop_if_cancelled(progress)
    progress.report(fraction, text)


def _few_blocks(request: BuildRequest, count: int) -> List[str]:
    wanted = [name for name, share in zip(SETS, request.shares) if share > 0]
    if count >= len(wanted):
        return []
    blocks = "One block has" if count == 1 else f"{count or 'No'} blocks have"
    lacking = " and ".join(wanted[count:])
    return [f"{blocks} glacier, fewer than the sets that are wanted ({', '.join(wanted)}): {lacking} will lack it. "
            "Make the blocks smaller (--block-km), or build other scenes for them."]  # fmt: skip


def _missing_sets(request: BuildRequest, counts: Counts) -> List[str]:
    without = [name for name, number in counts.glacier.items() if number == 0]
    return [f"{name}.hdf5 has no glacier pixel: scores on it say nothing of glaciers; try another --seed or --block-km."
            for name in without]  # fmt: skip
