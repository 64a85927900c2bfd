"""Learning from corrections: what an analyst accepted, edited or rejected in a map becomes a data set.

Only what somebody looked at is a label: accepted and edited outlines are glacier, rejected ones are not, and neither is
a ring around the corrected outlines, where no other outline lies. Outlines still "to review", and all other ground,
have no label. Whole glaciers are held back for validation, by a hash of their id, so that later builds hold the same
ones back.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt

from ...inference.arrays import BoolArray
from ...inference.errors import DatasetError, InputError, OutputError, SettingsError
from ...inference.grid import Grid
from ...inference.model import description_from_json
from ...inference.progress import Progress, stop_if_cancelled
from ...inference.provenance import lies_at
from ...inference.request import Extent, Source
from ...inference.vector_io import read_layer
from ...inference.vector_reading import OUTLINES_LAYER
from .blocks import SETS, by_hash, even_pieces, share_out
from .build import BuildSummary, Counts
from .labels import GLACIER, NO_LABEL, NOT_GLACIER, Outline, Polygons, read_outlines
from .outputs import SplitWriter
from .scene import SceneInput, TrainingScene

CORRECTED, REJECTED = ("accepted", "edited"), "rejected"
TRAIN, VAL = SETS[:2]
DEFAULT_RESOLUTION = 10.0
SPLIT = (
    "Split by glaciers: whole corrected glaciers are held back for validation. They may lie beside those that are "
    "trained on, so the score is of this scene, not of other places."
)


@dataclass(frozen=True)
class CorrectionRequest:
    """What to build from a corrected map. `ring` in pixels; `hold_back` is the share of glaciers for validation."""

    scene: SceneInput
    outlines: str
    out_dir: str
    ring: int = 10
    hold_back: float = 0.25
    seed: int = 0
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.ring < 0:
            raise SettingsError("The ring around corrected outlines is 0 pixels or more wide (10 is usual).")
        if not 0 < self.hold_back < 1:
            raise SettingsError("The share of glaciers that is held back lies between 0 and 1 (0.25 is usual).")


def outlines_of(path: str) -> str:
    """Return the outlines' file of a result: the file itself, or that in the result's folder."""
    return os.path.join(path, "outlines.gpkg") if os.path.isdir(path) else path


def mapped_scene(outlines: str, changes: Mapping[str, Any]) -> SceneInput:
    """Return the scene that a map was made from, by the provenance in its outlines' file.

    `changes` are fields of SceneInput that were given anew; with `sources` among them the map's are not looked for.
    Raises DatasetError where there is no provenance, or a raster is gone.
    """
    try:
        rows = {str(row["key"]): row["value"] for _, row in read_layer(outlines, "provenance")}
        request = json.loads(str(rows["request"]))
        facts = _scene_facts(request, str(rows["model"]))
    except (OutputError, InputError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{outlines} does not tell what it was mapped from; give the outlines.gpkg of a result of IceMargin."
        ) from error
    if "sources" not in changes:
        facts["sources"] = tuple(_source(values, outlines) for values in request["sources"])
    return SceneInput(**{**facts, **changes})


def _scene_facts(request: Mapping[str, Any], model: str) -> Dict[str, Any]:
    extent = request.get("extent")
    region = request.get("region", "")
    return {
        "resolution": request.get("resolution") or description_from_json(model).resolution or DEFAULT_RESOLUTION,
        "extent": Extent(**extent) if extent else None,
        "area": tuple(bytes.fromhex(polygon) for polygon in request.get("area", ())),
        "crs": request.get("crs"),
        # "unknown" is the default of a map, not a statement.
        "region": "" if region == "unknown" else region,
        "sensor": request["scene"]["sensor"],
        "date": request["scene"]["src_date"],
    }


def _source(values: Mapping[str, Any], outlines: str) -> Source:
    paths = tuple(_found(path, outlines) for path in values["paths"])
    return Source(**{**values, "paths": paths})


def _found(path: str, outlines: str) -> str:
    """Return where a raster lies now: as it was named, or seen from the outlines' folder."""
    place = lies_at(path, outlines)
    if place:
        return place
    raise DatasetError(f"{outlines} was mapped from {path}, which is gone; give the rasters by --optical and --dem.")


def build_from_corrections(request: CorrectionRequest, progress: Progress) -> BuildSummary:
    """Write train.hdf5 and val.hdf5 from the corrected outlines; what has a label in one has none in the other.

    Raises DatasetError for fewer than two corrected glaciers, InputError, OutputError, Cancelled.
    """
    notes: List[str] = []
    counts = Counts()
    with SplitWriter(request.out_dir, request.overwrite) as writer, TrainingScene(request.scene, notes.append) as scene:
        outlines = read_outlines(request.outlines, scene.grid, OUTLINES_LAYER, notes.append)
        labels = CorrectionLabels(outlines, scene.grid, request)
        pieces = even_pieces(scene.grid, request.scene.tile)
        for number, grid in enumerate(pieces):
            stop_if_cancelled(progress)
            progress.report(number / len(pieces), "Writing tiles")
            _write_tile(writer, scene, labels.of(grid), grid, counts)
        _check_sets(counts)
    return BuildSummary(counts.summaries(writer.paths), SPLIT, (*notes, labels.split_told))


def _write_tile(
    writer: SplitWriter, scene: TrainingScene, labels: Mapping[str, Any], grid: Grid, counts: Counts
) -> None:
    """Write a tile to each set that has a label there."""
    if all((of_set == NO_LABEL).all() for of_set in labels.values()):
        return
    bands, valid = scene.read(grid)
    for name, of_set in labels.items():
        of_set[~valid] = NO_LABEL
        if (of_set != NO_LABEL).any():
            writer.add(name, scene.new_tile(grid, bands, of_set, None, ending=name, split="glaciers"))
            counts.add(name, of_set)


def _check_sets(counts: Counts) -> None:
    for name in (TRAIN, VAL):
        if not counts.glacier.get(name):
            raise DatasetError(
                f"No corrected glacier for {name} lies on valid imagery; accept or edit more, or change --seed."
            )


class CorrectionLabels:
    """Labels of train and val, asked for piece by piece. Raises DatasetError for fewer than two corrected glaciers."""

    def __init__(self, outlines: Sequence[Outline], scene: Grid, request: CorrectionRequest) -> None:
        self._ring = request.ring
        corrected = [outline for outline in outlines if outline.status in CORRECTED]
        rejected = [outline for outline in outlines if outline.status == REJECTED]
        self._sets = hold_back([one.key for one in corrected], request.hold_back, request.seed, request.outlines)
        # Rejected outlines need no share of their own: each goes where its hash says.
        shares = (1 - request.hold_back, request.hold_back, 0.0)
        for one in rejected:
            self._sets.setdefault(one.key, by_hash(one.key, shares, request.seed))
        self._corrected = self._by_set(corrected, scene)
        self._rejected = self._by_set(rejected, scene)
        self._all = Polygons([outline.wkb for outline in outlines], scene.crs)
        open_ones = [outline.wkb for outline in outlines if outline.status not in (*CORRECTED, REJECTED)]
        self._open = Polygons(open_ones, scene.crs)
        self.split_told = self._told(corrected)

    def _by_set(self, outlines: Sequence[Outline], scene: Grid) -> Dict[str, Polygons]:
        return {
            name: Polygons([one.wkb for one in outlines if self._sets[one.key] == name], scene.crs)
            for name in (TRAIN, VAL)
        }

    def _told(self, corrected: Sequence[Outline]) -> str:
        held = sorted({one.key for one in corrected if self._sets[one.key] == VAL})
        shown = ", ".join(held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
        return f"Held back of {len({one.key for one in corrected})} corrected glaciers: {shown}."

    def of(self, grid: Grid) -> Dict[str, Any]:
        """Return H x W int8 by set: 1 glacier, 0 not glacier, -1 no label."""
        ring = self._ring
        wider = grid.part(grid.col - ring, grid.row - ring, grid.width + 2 * ring, grid.height + 2 * ring)
        inside = {name: polygons.mask(wider) for name, polygons in self._corrected.items()}
        near = {name: _near(mask, ring) for name, mask in inside.items()}
        untouched = ~self._all.mask(wider)
        open_ones = self._open.mask(wider)
        labels = {}
        for name, other in ((TRAIN, VAL), (VAL, TRAIN)):
            any_glacier = inside[name] | inside[other]
            refused = self._rejected[name].mask(wider) & ~self._rejected[other].mask(wider) & ~any_glacier & ~open_ones
            found = np.full(untouched.shape, NO_LABEL, np.int8)
            found[(untouched & near[name] & ~near[other]) | refused] = NOT_GLACIER
            found[inside[name] & ~inside[other]] = GLACIER
            labels[name] = found[ring : ring + grid.height, ring : ring + grid.width].copy()
        return labels


def _near(mask: BoolArray, distance: int) -> BoolArray:
    """Return the pixels whose centre is at most `distance` pixels from the centre of a pixel of the mask."""
    if not mask.any():
        return mask
    near: BoolArray = distance_transform_edt(~mask) <= distance
    return near


def hold_back(keys: Sequence[str], share: float, seed: int, whose: str = "The map") -> Dict[str, str]:
    """Return train or val for each glacier, at least one each. Raises DatasetError for fewer than two."""
    glaciers = sorted(set(keys))
    if len(glaciers) < 2:
        count = "1 corrected glacier" if glaciers else "no corrected glacier"
        raise DatasetError(
            f"{whose} has {count}, and two or more are needed: one to learn from, one to check with. Set the status of "
            "more outlines to accepted or edited."
        )
    return share_out(glaciers, (1 - share, share, 0.0), seed)


