"""`icemargin evaluate`: scores of a model on labelled tiles, printed, as JSON, and as a page with pictures."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from .. import __version__
from ..inference.classic import ClassicPredictor
from ..inference.errors import DatasetError, InputError
from ..inference.predictors import Predictor
from ..inference.progress import PartOfProgress, Progress
from ..inference.request import DEVICES, ClassicSettings
from .choosing_predictor import open_predictor
from .needs_training import require_training
from .running import in_background

if TYPE_CHECKING:
    from ..training.data.tiles import Tile
    from ..training.evaluation.report import Comparison
    from ..training.evaluation.sets import NamedSet

CONSTANT = "constant"
UNNAMED = "test"


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("evaluate", help="score a model on labelled tiles", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("model", metavar="MODEL", help="an installed model, an ONNX file, a training's folder, classic")
    parser.add_argument("--data", nargs="+", metavar="FILE", help="data sets, as one set called 'test'")
    parser.add_argument("--test", nargs="+", action="append", default=[], metavar="NAME=FILE",
                        help="a named set, more files behind it; spatial, temporal and cross-sensor are checked to be "
                        "what they are called")  # fmt: skip
    parser.add_argument("--trained-on", nargs="+", metavar="FILE", help="what the model was trained on, to find leaks")
    parser.add_argument("--regions", nargs="+", metavar="NAME", help="score only tiles of these regions")
    parser.add_argument("--beside", nargs="+", default=[], metavar="classic|constant|MODEL", help="score these too")
    parser.add_argument("--tune-on", nargs="+", metavar="FILE", help="choose the thresholds of classic on these tiles "
                        "(never on the test's)")  # fmt: skip
    parser.add_argument("--report", metavar="FILE.html", help="write one page with tables and pictures")
    parser.add_argument("--json", metavar="FILE", help="write the same numbers; - prints them")
    add_mapping(parser)


def add_mapping(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how the tiles are mapped."""
    parser.add_argument("--region", default="auto", metavar="auto|NAME|unknown", help="what a model with region "
                        "encoding is told; default: each tile's own")  # fmt: skip
    parser.add_argument("--overlap", type=float, help="of the windows, 0 to below 1; default: the model's")
    parser.add_argument("--device", choices=DEVICES, default="auto")


def check_overlap(overlap: Optional[float]) -> None:
    """Raise InputError for what is no overlap."""
    if overlap is not None and not 0 <= overlap < 1:
        raise InputError("The overlap is a share of the window, from 0 to below 1 (0.5 is the reference's).")


def run(arguments: argparse.Namespace) -> int:
    """Score; print the headline of each set and method, and the doubts about them."""
    require_training()
    from ..reports.values import as_json
    from ..reports.writing import check_place, write_text
    from ..training.data.tiles import find_tiles
    from ..training.evaluation.report import as_lines, page, values_of

    check_overlap(arguments.overlap)
    for path in (arguments.report, arguments.json):
        if path and path != "-":
            check_place(path)
    sets = named_sets(arguments.data, arguments.test, arguments.regions or ())
    trained = find_tiles(arguments.trained_on) if arguments.trained_on else ()
    comparisons, pictures = in_background(lambda progress: _score(arguments, sets, trained, progress))
    values = values_of(comparisons, arguments.trained_on or (), __version__)
    if arguments.report:
        write_text(arguments.report, page(values, pictures))
    if arguments.json and arguments.json != "-":
        write_text(arguments.json, as_json(values))
    print(as_json(values).rstrip() if arguments.json == "-" else "\n".join([*as_lines(values), *_doubts(values)]))
    return 0


def named_sets(
    data: Optional[Sequence[str]], tests: Sequence[Sequence[str]], regions: Sequence[str]
) -> Tuple[NamedSet, ...]:
    """Return the test sets that --data and --test name. Raises DatasetError."""
    from ..training.data.tiles import find_tiles
    from ..training.evaluation.sets import NamedSet

    named: List[Tuple[str, List[str]]] = [(UNNAMED, list(data))] if data else []
    for first, *more in tests:
        name, equals, path = first.partition("=")
        if not (name and equals and path):
            raise DatasetError(f"--test {first} has no name; write it like --test spatial={first}.")
        named.append((name, [path, *more]))
    if not named:
        raise DatasetError("Nothing to score on; give --data FILE or --test NAME=FILE.")
    names = [name for name, _ in named]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise DatasetError(f"Two sets are called {twice!r}; give all its files behind one --test {twice}=FILE FILE.")
    return tuple(NamedSet(name, find_tiles(paths, regions)) for name, paths in named)


def _score(
    arguments: argparse.Namespace, sets: Sequence[NamedSet], trained: Sequence[Tile], progress: Progress
) -> Tuple[List[Comparison], Dict[str, Any]]:
    """Score every method on every set; draw pictures where a page is wanted."""
    from ..reports.reliability import reliability_svg
    from ..training.evaluation.evaluate import evaluate
    from ..training.evaluation.pictures import tile_pictures
    from ..training.evaluation.report import Comparison, values_of
    from ..training.evaluation.sets import doubts_of

    comparisons, pictures = [], {}
    how = {"region": arguments.region, "overlap": arguments.overlap}
    with ExitStack() as stack:
        methods = [stack.enter_context(closing(method)) for method in _methods(arguments, progress)]
        for number, test in enumerate(sets):
            parts = [
                PartOfProgress(progress, start / (len(sets) * len(methods)), (start + 1) / (len(sets) * len(methods)))
                for start in range(number * len(methods), (number + 1) * len(methods))
            ]
            found = tuple(evaluate(m, test.tiles, progress=part, **how) for m, part in zip(methods, parts))
            comparisons.append(Comparison(test, found, doubts_of(test, trained)))
            if arguments.report:
                tables = values_of(comparisons[-1:], (), __version__)["sets"][0]["methods"][0]["reliability"]
                svg = reliability_svg(tables, test.name)
                pictures[test.name] = {"reliability": svg, "tiles": tile_pictures(methods[0], found[0], **how)}
    return comparisons, pictures


def _methods(arguments: argparse.Namespace, progress: Progress) -> List[Predictor]:
    """Open the model and what is to be scored beside it."""
    from ..training.evaluation.baselines import ConstantPredictor

    classic = _classic(arguments, progress)
    opened = [open_predictor(arguments.model, arguments.device, classic, progress.is_cancelled)]
    for name in arguments.beside:
        if name == CONSTANT:
            opened += [ConstantPredictor(opened[0].description, glacier) for glacier in (True, False)]
        else:
            opened.append(open_predictor(name, arguments.device, classic, progress.is_cancelled))
    for method in opened:
        if isinstance(method, ClassicPredictor):
            method.description = replace(method.description, name=_classic_name(classic, bool(arguments.tune_on)))
    return opened


def _classic(arguments: argparse.Namespace, progress: Progress) -> ClassicSettings:
    """Return the thresholds: the default ones, or those that are best on --tune-on."""
    if not arguments.tune_on:
        return ClassicSettings()
    from ..training.data.tiles import find_tiles
    from ..training.evaluation.baselines import tune_classic

    return tune_classic(find_tiles(arguments.tune_on), progress=progress)


def _classic_name(settings: ClassicSettings, tuned: bool) -> str:
    if settings.index == "ndsi":
        thresholds = f"NDSI {settings.ndsi_threshold:g}"
    else:
        thresholds = f"ratio {settings.ratio_threshold:g}, blue {settings.blue_threshold:g}"
    return f"classic ({thresholds}, {'tuned' if tuned else 'default'})"


def _doubts(values: Dict[str, Any]) -> List[str]:
    """Return the doubts about sets and methods, each once, for people."""
    lines: List[str] = []
    for found in values["sets"]:
        lines += [f"Mind, {found['name']}: {doubt}" for doubt in found["doubts"]]
        for method in found["methods"]:
            lines += [f"Mind, {found['name']}, {method['method']}: {doubt}" for doubt in method["doubts"]]
    return list(dict.fromkeys(lines))
