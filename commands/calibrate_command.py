"""`icemargin calibrate`: fit a model's confidence to labelled tiles that it was not trained on, and store the table."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from ..inference.errors import DatasetError, ModelError, RuntimeMissingError
from ..inference.model import METADATA_KEY, Calibration
from ..inference.onnx_metadata import read_description
from ..inference.progress import Progress
from ..inference.whole_file import whole_file
from ..models.store import CLASSIC, is_path, resolve_model
from .choosing_predictor import is_run_folder, open_predictor
from .evaluate_command import add_mapping, check_overlap
from .needs_training import require_training
from .running import in_background

if TYPE_CHECKING:
    from ..training.calibration import CalibrationFit
    from ..training.data.tiles import Tile

KINDS = ("entropy", "probability")
MINIMUM_PIXELS = 200


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("calibrate", help="fit a model's confidence to labelled tiles", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("model", metavar="MODEL", help="an ONNX file, an installed model, or a training's folder (its "
                        "table is stored there, and `icemargin model export` puts it into the file)")  # fmt: skip
    parser.add_argument("--data", nargs="+", required=True, metavar="VAL.hdf5", help="tiles not used for training")
    parser.add_argument("--regions", nargs="+", metavar="NAME", help="only tiles of these regions")
    parser.add_argument("--of", choices=KINDS, default=KINDS[0], help="entropy: one table for both classes (default); "
                        "probability: for models that are surer of one class than of the other")  # fmt: skip
    parser.add_argument("--minimum-pixels", type=int, default=MINIMUM_PIXELS, metavar="N", help="pixels of similar "
                        "confidence that a point of the table stands on; default %(default)s")  # fmt: skip
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", metavar="NEW.onnx", help="a new file with the table; the model stays as it is")
    where.add_argument("--in-place", action="store_true", help="put the table into the model's own file")
    add_mapping(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fit, store the table, and print the expected calibration error before and after, on held-out tiles."""
    require_training()
    check_overlap(arguments.overlap)
    if arguments.minimum_pixels < 1:
        raise ModelError("--minimum-pixels must be at least 1.")
    target = _target(arguments)
    if target:
        from ..reports.writing import check_place

        check_place(target)
    fit = in_background(lambda progress: _fit(arguments, progress))
    print(as_text(fit))
    if target:
        store_in_onnx(resolve_model(arguments.model), target, fit.table)
    else:
        from ..training.calibration import store_calibration

        target = store_calibration(arguments.model, fit)
    print(target)
    return 0


def _target(arguments: argparse.Namespace) -> str:
    """Return the ONNX file to write, "" for a training's folder; refuse early what cannot be stored."""
    if arguments.model == CLASSIC:
        raise ModelError("The classic method has no file to store a table in; its tables come with IceMargin.")
    if is_run_folder(arguments.model):
        if arguments.out or arguments.in_place:
            raise ModelError("--out and --in-place are for ONNX files; a training's table is stored in its folder.")
        return ""
    path = resolve_model(arguments.model)
    read_description(path)
    if find_spec("onnx") is None:
        raise RuntimeMissingError("A table is written into an ONNX file by the package onnx: pip install onnx")
    if arguments.in_place and not is_path(arguments.model):
        raise ModelError(
            "An installed model is not changed in place (its checksum would no longer hold); write --out NEW.onnx and "
            "`icemargin model import` that."
        )
    if not (arguments.out or arguments.in_place):
        raise ModelError("Where should the table go? Give --out NEW.onnx, or --in-place.")
    target = path if arguments.in_place else str(arguments.out)
    if not arguments.in_place and os.path.exists(target) and os.path.samefile(target, path):
        raise ModelError("--out is the model itself; write --in-place if that is meant.")
    return target


def _fit(arguments: argparse.Namespace, progress: Progress) -> CalibrationFit:
    from ..training.calibration import calibrate
    from ..training.data.tiles import find_tiles

    tiles = find_tiles(arguments.data, arguments.regions or ())
    if is_run_folder(arguments.model):
        _refuse_learnt(arguments.model, tiles)
    predictor = open_predictor(arguments.model, arguments.device, is_cancelled=progress.is_cancelled)
    try:
        return calibrate(
            predictor, tiles, arguments.of, arguments.region, arguments.minimum_pixels, progress, arguments.overlap
        )
    finally:
        predictor.close()


def _refuse_learnt(folder: str, tiles: Sequence[Tile]) -> None:
    """Raise DatasetError where the training has learnt from a tile: it is surer there than it is right elsewhere."""
    from ..training.learning.run_folder import RunFolder
    from ..training.learning.settings import TrainSettings
    from ..training.learning.tilesets import learnt_from

    learnt = learnt_from(TrainSettings.from_yaml(RunFolder(Path(folder)).settings), tiles)
    if learnt:
        raise DatasetError(f"{folder} has learnt from {learnt[0].path}, tile {learnt[0].name}; calibrate on others.")


def as_text(fit: CalibrationFit) -> str:
    """Return the fit for people."""
    lines = [
        f"{fit.pixels:,} labelled pixels of {fit.tiles} tiles; expected calibration error (100 bins):",
        f"  raw confidence (entropy)     {fit.raw:.4f}",
        f"  plain probability            {fit.plain:.4f}",
        f"  calibrated, on held-out half {fit.after:.4f}",
        f"The table has {len(fit.table.raw)} knots and follows {fit.table.of} from {fit.support[0]:.3f} to "
        f"{fit.support[1]:.3f}; beyond it is constant.",
    ]
    return "\n".join([*lines, *(f"Mind: {doubt}" for doubt in fit.doubts)])


def store_in_onnx(path: str, target: str, table: Calibration) -> None:
    """Write the model with another calibration table; the network and its golden patch stay as they are.

    Raises ModelError where `path` is no model of ours, OutputError where `target` cannot be written.
    """
    import onnx
    from onnx import helper

    described = replace(read_description(path), calibration=table)
    model = onnx.load(path)
    others = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, {**others, METADATA_KEY: described.to_json()})
    with whole_file(target) as part:
        part.write_bytes(model.SerializeToString())
