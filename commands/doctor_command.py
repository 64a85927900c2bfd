"""`icemargin doctor`: what works on this machine, what does not, and what to do."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..diagnosis.examine import Case, examine, installed_models
from ..inference.request import DEVICES
from ..models.folders import data_folder
from .running import in_background

DONE, FAILED = 0, 1


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("doctor", help="what works on this machine, and what to do", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--model", action="append", default=[], metavar="MODEL.onnx", help="try this model first")
    parser.add_argument("--runtime", default=sys.executable, metavar="PYTHON", help="default: this Python")
    parser.add_argument("--device", default="auto", choices=DEVICES, help="where the models are tried")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; return 0 if glaciers can be mapped at least by the classic method."""
    case = Case(
        runtime_python=arguments.runtime,
        models=(*arguments.model, *installed_models()),
        device=arguments.device,
        folders={"models and runtime": str(data_folder())},
    )
    report = in_background(lambda progress: examine(case, progress))
    print(report.to_json() if arguments.json else report.to_text())
    return DONE if report.works else FAILED
