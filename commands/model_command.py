"""`icemargin model`: the installed models, and what a model file says of itself."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, List

from ..inference.errors import ModelError
from ..inference.model import REGIONS, ModelDescription
from ..inference.onnx_metadata import read_description
from ..inference.progress import Progress
from ..models.adding import add_onnx, add_weights
from ..models.checking import check_model, if_possible, verify_here, verify_on_cpu
from ..models.store import CLASSIC, Model, ModelStore, is_path
from ..weights.convert import import_weights
from .needs_training import require_training
from .running import in_background


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("model", help="list, import, check, describe or remove models", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="the installed models and their state").set_defaults(run=run_list)
    _add_import(actions)
    _add_export(actions)
    for name, run, what in (
        ("show", run_show, "what a model needs, and what it was trained and tested on"),
        ("check", run_check, "does it answer its golden patch as it should, and is its checksum the same?"),
        ("remove", run_remove, "delete an installed model"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("model", metavar="NAME" if name == "remove" else "NAME|MODEL.onnx")
        action.set_defaults(run=run)


def _add_import(actions: Any) -> None:
    importing = actions.add_parser("import", help="published Keras weights, or an ONNX file with its description")
    importing.add_argument("file", metavar="WEIGHTS.h5|MODEL.onnx")
    importing.add_argument("--features", nargs="+", metavar="NAME", help="weights: only where the file does not tell")
    importing.add_argument("--calibration", metavar="none|NAME|FILE.json", help="weights; default: the table that fits")
    importing.add_argument("--name", help="default: the file's name")
    importing.add_argument("--out", metavar="MODEL.onnx", help="weights: to this file, instead of the installed models")
    importing.set_defaults(run=run_import)


def _add_export(actions: Any) -> None:
    exporting = actions.add_parser("export", help="a trained network, as a file like those of imported models")
    exporting.add_argument("run_folder", metavar="RUN", help="folder of a training (icemargin train)")
    exporting.add_argument("--out", metavar="MODEL.onnx", help="to this file")
    exporting.add_argument("--install", action="store_true", help="among the installed models: the dock offers it")
    exporting.add_argument("--name", default="", help="default: the folder's name")
    exporting.add_argument("--licence", default="", help="of the weights; default: not stated")
    exporting.add_argument("--citation", default="", help="default: the paper of the network")
    exporting.add_argument("--evaluation", default="", metavar="FILE.json", help="scores, by icemargin evaluate --json")
    exporting.add_argument("--default-for", default="", metavar="REGION", help="with --install: propose it there")
    exporting.set_defaults(run=run_export)


def run_export(arguments: argparse.Namespace) -> int:
    """Write a trained network as a model file, and install it if that is asked for."""
    if not (arguments.out or arguments.install):
        raise ModelError("Say where the model shall go: --out MODEL.onnx, --install, or both.")
    region = arguments.default_for
    if region and not arguments.install:
        raise ModelError("--default-for chooses among installed models; give --install too.")
    if region and region not in REGIONS:
        raise ModelError(f"Unknown region {region!r}; the names are {', '.join(REGIONS)}.")
    require_training()
    with tempfile.TemporaryDirectory() as folder:
        out = arguments.out or str(Path(folder) / "model.onnx")
        description = in_background(lambda progress: _export(arguments, out, progress))
        print(f"{as_text(description)}" + (f"\n{out}" if arguments.out else ""))
        if arguments.install:
            _install_export(out, description.name, region)
    return 0


def _export(arguments: argparse.Namespace, out: str, progress: Progress) -> ModelDescription:
    from ..training.export import ExportFacts, export_run

    facts = ExportFacts(arguments.name, arguments.licence, arguments.citation, arguments.evaluation)
    return export_run(arguments.run_folder, out, facts, progress)


def _install_export(path: str, name: str, region: str) -> None:
    store = ModelStore()
    model = in_background(lambda progress: add_onnx(store, path, if_possible(verify_on_cpu), progress, name))
    if region:
        store.set_default(region, model.name)
    print(f"Installed as {model.name}{f', the default for {region}' if region else ''}: {model.path}")


def run_import(arguments: argparse.Namespace) -> int:
    is_onnx = arguments.file.lower().endswith(".onnx")
    if is_onnx and (arguments.out or arguments.features or arguments.calibration):
        raise ModelError("--out, --features and --calibration are for Keras weights; an ONNX file is taken as it is.")
    if arguments.out:
        description = in_background(
            lambda progress: import_weights(
                arguments.file, arguments.out, arguments.features, arguments.calibration, arguments.name, progress
            )
        )
        print(f"{as_text(description)}\n{arguments.out}")
        return 0
    model = in_background(lambda progress: _install(arguments, is_onnx, progress))
    print(f"{_card(model)}\n{model.path}")
    return 0


def _install(arguments: argparse.Namespace, is_onnx: bool, progress: Progress) -> Model:
    store, name, verify = ModelStore(), arguments.name or "", if_possible(verify_on_cpu)
    if is_onnx:
        return add_onnx(store, arguments.file, verify, progress, name)
    features, calibration = arguments.features, arguments.calibration
    return add_weights(store, arguments.file, import_weights, verify, progress, name, features, calibration)


def run_list(_: argparse.Namespace) -> int:
    store = ModelStore()
    regions = store.defaults()
    for model in store.models():
        chosen = ", ".join(region for region, name in regions.items() if name == model.name)
        print("  ".join(_columns(model)) + (f"  default for {chosen}" if chosen else ""))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    if is_path(arguments.model):
        print(as_text(read_description(arguments.model)))
    else:
        print(_card(ModelStore().find(arguments.model)))
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Check an installed model, and note how it ended; or a file."""
    name = arguments.model
    if is_path(name):
        checked = in_background(lambda progress: check_model(name, is_cancelled=progress.is_cancelled))
        print(f"{name}: {checked_text(checked)}")
        return 0
    store = ModelStore()
    model = in_background(lambda progress: store.check(name, verify_here, progress))
    if model.problem:
        raise ModelError(f"{name}: {model.problem}")
    print(f"{name}: {state_text(model)}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    ModelStore().remove(arguments.model)
    print(f"{arguments.model} is removed.")
    return 0


def state_text(model: Model) -> str:
    """Return in a few words whether the model can be trusted to compute as it should."""
    if model.problem:
        return f"not offered: {model.problem}"
    return "good" if model.name == CLASSIC else checked_text(model.checked)


def checked_text(checked: str) -> str:
    """Return what a check's answer means."""
    return f"passed its golden patch ({checked})" if checked else "not checked by a golden patch"


def _columns(model: Model) -> List[str]:
    size = f"{model.size / 2**20:6.1f} MiB" if model.size else " " * 10
    return [f"{model.name:32}", f"{model.kind:8}", size, state_text(model)]


def _card(model: Model) -> str:
    if model.description is None:
        raise ModelError(f"{model.name}: {model.problem}")
    rows = {"State": state_text(model), "SHA-256": model.sha256}
    lines = [f"{name + ':':13} {text}" for name, text in rows.items() if text]
    return "\n".join([as_text(model.description), *lines])


def as_text(description: ModelDescription) -> str:
    """Return the description for people."""
    rows = {
        "Model": description.name,
        "Inputs": ", ".join(f"{feature.name} ({', '.join(feature.bands)})" for feature in description.features),
        "Location": description.location or "none",
        "Window": f"{description.patch} pixels",
        "Resolution": f"{description.resolution:g} m" if description.resolution else "any",
        "Confidence": description.calibration.source if description.calibration else "not calibrated",
        "Golden patch": "yes" if description.golden else "none: the model cannot be checked",
        "Strategy": description.strategy,
        "Regions": ", ".join(description.regions),
        "Trained on": description.trained_on,
        "Tested on": description.tested_on,
        "Scores": ", ".join(f"{name} {score:.3f}" for name, score in description.metrics),
        "Licence": description.licence,
        "Citation": description.citation,
        "Note": description.note,
    }
    return "\n".join(f"{name + ':':13} {text}" for name, text in rows.items() if text)
