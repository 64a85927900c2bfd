"""`icemargin model`: import published weights, show what a model file says of itself."""

from __future__ import annotations

import argparse
from typing import Any

from ..inference.model import ModelDescription
from ..inference.onnx_metadata import read_description
from ..weights.convert import import_weights


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("model", help="import or describe a model", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="published Keras weights to a self-describing ONNX file")
    importing.add_argument("weights", metavar="WEIGHTS.h5")
    importing.add_argument("--features", nargs="+", metavar="NAME", help="only where the file does not tell")
    importing.add_argument("--calibration", metavar="none|NAME|FILE.json", help="default: the table that fits")
    importing.add_argument("--name", help="default: the file's name")
    importing.add_argument("--out", required=True, metavar="MODEL.onnx")
    importing.set_defaults(run=run_import)
    showing = actions.add_parser("show", help="what a model needs, and what it was trained and tested on")
    showing.add_argument("model", metavar="MODEL.onnx")
    showing.set_defaults(run=run_show)


def run_import(arguments: argparse.Namespace) -> int:
    description = import_weights(
        arguments.weights, arguments.out, arguments.features, arguments.calibration, arguments.name
    )
    print(f"{as_text(description)}\n{arguments.out}")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    print(as_text(read_description(arguments.model)))
    return 0


def as_text(description: ModelDescription) -> str:
    """Return the description for people."""
    rows = {
        "Model": description.name,
        "Inputs": ", ".join(f"{feature.name} ({', '.join(feature.bands)})" for feature in description.features),
        "Location": description.location or "none",
        "Window": f"{description.patch} pixels",
        "Resolution": f"{description.resolution:g} m" if description.resolution else "any",
        "Confidence": description.calibration.source if description.calibration else "not calibrated",
        "Trained on": description.trained_on,
        "Tested on": description.tested_on,
        "Licence": description.licence,
        "Citation": description.citation,
        "Note": description.note,
    }
    return "\n".join(f"{name + ':':12} {text}" for name, text in rows.items() if text)
