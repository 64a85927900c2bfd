"""Make the bundled model from the data folder: `make train-bundled` runs these steps one after the other.

    python -m icemargin.training.bundled build DATA OUT     data sets
    python -m icemargin.training.bundled learn NAME OUT     a network: A, B, C (the region it never sees) or shipped
    python -m icemargin.training.bundled ship OUT           scores, calibration, the ONNX file and its card
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ...inference.progress import NoProgress
from .building import build
from .learning import NETWORKS, learn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("build", "learn", "ship"):
        step = steps.add_parser(name)
        if name == "build":
            step.add_argument("data", type=Path)
        if name == "learn":
            step.add_argument("network", choices=NETWORKS)
        step.add_argument("out", type=Path)
    arguments = parser.parse_args()
    if arguments.step == "build":
        build(arguments.data, arguments.out, NoProgress())
    elif arguments.step == "learn":
        learn(arguments.network, arguments.out, NoProgress())
    else:
        from .shipping import ship

        ship(arguments.out, NoProgress())


if __name__ == "__main__":
    main()
