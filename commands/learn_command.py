"""`icemargin learn`: a local model from a corrected map, offered only where it is better on held-back glaciers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List

from ..inference.errors import ModelError
from ..models.adding import add_onnx
from ..models.checking import if_possible, verify_on_cpu
from ..models.store import CLASSIC, ModelStore, resolve_model
from .needs_training import require_training
from .raster_options import add_raster_options, rasters_of
from .running import in_background

if TYPE_CHECKING:
    from ..training.evaluation.guard import Verdict
    from ..training.local_model import Learned, LearnRequest


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("learn", help="make a local model from a corrected map", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES.gpkg", help="of a map; accepted, edited and rejected ones count")
    parser.add_argument("--from", dest="start", required=True, metavar="MODEL", help="installed model, or ONNX file")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the data, the training and the model")
    parser.add_argument("--name", help="default: the model's, with -local")
    add_raster_options(parser.add_argument_group("input, only where the map's rasters have moved"), required=False)
    parser.add_argument("--minutes", type=float, default=10.0, help="of training at most; default %(default)g")
    parser.add_argument("--epochs", type=int, default=30, help="default %(default)s")
    parser.add_argument("--rate", type=float, default=2e-4, help="of learning; default %(default)g")
    parser.add_argument("--all-layers", action="store_true", help="let every layer learn, not only the last: slower")
    parser.add_argument("--hold-back", type=float, default=0.25, metavar="SHARE", help="of the corrected glaciers, to "
                        "compare on; default %(default)s")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="another seed holds other glaciers back")
    parser.add_argument("--install", action="store_true", help="add it to the installed models if it is better, so "
                        "that the panel offers it")  # fmt: skip
    parser.add_argument("--anyway", action="store_true", help="with --install: also if it is not better")
    parser.add_argument("--default-for", default="", metavar="REGION", help="with --install: propose it in this region")


def run(arguments: argparse.Namespace) -> int:
    """Learn, say which model is better, and install the new one if that was asked for and is justified."""
    require_training()
    from ..training.local_model import learn_from_corrections

    if (arguments.anyway or arguments.default_for) and not arguments.install:
        raise ModelError("--anyway and --default-for go with --install.")
    request = request_of(arguments)
    learned = in_background(lambda progress: learn_from_corrections(request, progress))
    for doubt in (*learned.data.notes, *learned.doubts):
        print(f"Mind: {doubt}", file=sys.stderr)
    print(verdict_text(learned.verdict))
    print(learned.path)
    if arguments.install:
        print(_install(learned, arguments))
    return 0


def request_of(arguments: argparse.Namespace) -> LearnRequest:
    """Return what was asked for. Raises ModelError, InputError."""
    from ..training.local_model import LearnRequest

    if arguments.start == CLASSIC:
        raise ModelError("The classic method learns nothing; start from a GlaViTU (icemargin model list).")
    model = resolve_model(arguments.start)
    return LearnRequest(
        arguments.outlines, model, arguments.out, arguments.name or f"{Path(model).stem}-local", _scene(arguments),
        hold_back=arguments.hold_back, seed=arguments.seed, freeze="none" if arguments.all_layers else "encoder",
        rate=arguments.rate, epochs=arguments.epochs, minutes=arguments.minutes,
    )  # fmt: skip


def _scene(arguments: argparse.Namespace) -> Dict[str, Any]:
    doubts: List[str] = []
    sources = rasters_of(arguments, doubts)
    for doubt in doubts:
        print(f"Mind: {doubt}", file=sys.stderr)
    return {"sources": sources} if sources else {}


def verdict_text(verdict: Verdict) -> str:
    """Return for people which model is better on what was held back."""
    if verdict.blocks == 0:
        return "Nothing of what was held back is glacier: the two models cannot be compared."
    interval = f"{verdict.low:+.3f} to {verdict.high:+.3f}"
    return (
        f"On held-back glaciers: IoU {verdict.old_iou:.3f} before, {verdict.new_iou:.3f} after "
        f"(difference {interval}, 95 % interval over {verdict.blocks} blocks). The new model is: {verdict.answer}.\n"
        "This is of the same scene, and the best epoch was chosen on the same glaciers, which flatters the new model a "
        "little; on other scenes either may be the better one."
    )


def _install(learned: Learned, arguments: argparse.Namespace) -> str:
    from ..training.evaluation.guard import BETTER

    if learned.verdict.answer != BETTER and not arguments.anyway:
        return "It is not installed, since it is not clearly better (--anyway installs it all the same)."
    store = ModelStore()
    model = in_background(lambda progress: add_onnx(store, learned.path, if_possible(verify_on_cpu), progress))
    if arguments.default_for:
        store.set_default(arguments.default_for, model.name)
    return f"Installed as {model.name}: the panel offers it."
