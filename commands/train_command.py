"""`icemargin train` and `icemargin finetune`: a network from data sets (docs/training.md)."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, List, Mapping

from ..inference.errors import SettingsError
from .needs_training import require_training
from .running import TerminalProgress

if TYPE_CHECKING:
    from ..training.learning.callbacks import Epoch
    from ..training.learning.settings import TrainSettings

NETWORKS = ("glavitu", "deeplabv3plus")
STRATEGIES = ("global", "regional", "region", "coordinates")

Nested = Dict[str, Any]


def add_parser(commands: Any) -> None:
    """Add both subcommands."""
    _add_train(commands)
    _add_finetune(commands)


def _add_train(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="train a network on data sets",
        description="Train a network. Options go before SETTINGS.yaml, which goes before the paper's settings.",
    )
    parser.add_argument("settings", nargs="?", metavar="SETTINGS.yaml", help="as --write-settings writes them")
    parser.add_argument("--strategy", choices=STRATEGIES, help="default: global, one model for all regions")
    parser.add_argument("--network", choices=NETWORKS, help="default: glavitu")
    parser.add_argument(
        "--features", nargs="+", metavar="NAME[:BAND,...]", help="default: optical dem; some bands: optical:red,nir dem"
    )
    parser.add_argument("--small", action="store_true", help="a small network that trains on a laptop")
    _add_shared(parser)
    parser.set_defaults(run=run_train)


def _add_finetune(commands: Any) -> None:
    parser = commands.add_parser(
        "finetune", help="train a model on for one place", description="Train a model on for one place or sensor."
    )
    parser.add_argument("settings", nargs="?", metavar="SETTINGS.yaml", help="as --write-settings writes them")
    parser.add_argument("--from", dest="start", metavar="MODEL", help="run folder, .h5, .onnx or installed model")
    parser.add_argument(
        "--freeze", nargs="?", const="encoder", choices=("encoder", "none"), help="only the last layers learn: faster"
    )
    _add_shared(parser)
    parser.set_defaults(run=run_finetune, strategy="finetuning", network=None, features=None, small=False)


def _add_shared(parser: Any) -> None:
    parser.add_argument("--train", nargs="+", metavar="FILE", help="data sets to learn from")
    parser.add_argument("--val", nargs="+", metavar="FILE", help="data sets to choose the best epoch by")
    parser.add_argument("--regions", nargs="+", metavar="NAME", help="only tiles of these regions")
    parser.add_argument("--out", metavar="DIR", help="the folder for the result")
    parser.add_argument("--epochs", type=int, metavar="N")
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after this time at the latest")
    parser.add_argument("--batch", type=int, metavar="N", help="patches at once; fewer need less memory")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="any other, like optimiser.rate=1e-3")
    parser.add_argument("--resume", action="store_true", help="go on with the training in --out, by its settings")
    parser.add_argument("--write-settings", metavar="FILE", help="write all settings to FILE, and do nothing else")


def run_train(arguments: argparse.Namespace) -> int:
    """Train as the options say; see `icemargin train --help`."""
    require_training()
    settings = None if arguments.resume else settings_of(arguments)
    if arguments.write_settings and settings is not None:
        settings.to_yaml(arguments.write_settings)
        print(arguments.write_settings)
        return 0
    if not arguments.out:
        raise SettingsError("--out: name the folder for the result.")
    if arguments.resume:
        _refuse_others(arguments)
    return _train(settings, arguments.out)


def run_finetune(arguments: argparse.Namespace) -> int:
    """Fine-tune as the options say; see `icemargin finetune --help`."""
    return run_train(arguments)


def settings_of(arguments: argparse.Namespace) -> TrainSettings:
    """Return the settings: options over the YAML file over --small over the paper's. Raises SettingsError."""
    from pathlib import Path

    from ..training.learning.plain import read_yaml
    from ..training.learning.settings import SMALL, from_mapping

    layers: List[Mapping[str, Any]] = [SMALL] if arguments.small else []
    if arguments.settings:
        layers.append(read_yaml(Path(arguments.settings)))
    return from_mapping(*layers, _options(arguments), *(_assigned(text) for text in arguments.set))


def _options(arguments: argparse.Namespace) -> Nested:
    """Return the options that were given, where they belong in the settings."""
    places = {
        "strategy": ("strategy",), "network": ("network",), "train": ("data", "train"), "val": ("data", "val"),
        "regions": ("data", "regions"), "epochs": ("run", "epochs"), "minutes": ("run", "minutes"),
        "batch": ("run", "batch"), "seed": ("run", "seed"), "start": ("start", "model"), "freeze": ("start", "freeze"),
    }  # fmt: skip
    options: Nested = {}
    for name, place in places.items():
        value = getattr(arguments, name, None)
        if value is not None:
            _put(options, place, value)
    if arguments.features:
        options["features"] = dict(_feature(text) for text in arguments.features)
    return options


def _feature(text: str) -> Any:
    name, _, bands = text.partition(":")
    return name, bands.split(",") if bands else []


def _assigned(text: str) -> Nested:
    """Return `a.b=value` as a nested mapping; the value is read as YAML."""
    import yaml

    key, equals, value = text.partition("=")
    if not equals or not key:
        raise SettingsError(f"--set {text!r}: write it as KEY=VALUE, like optimiser.rate=1e-3.")
    assigned: Nested = {}
    try:
        _put(assigned, tuple(key.split(".")), yaml.safe_load(value))
    except yaml.YAMLError as error:
        raise SettingsError(f"--set {text!r}: the value is no YAML; write it as KEY=VALUE.") from error
    return assigned


def _put(nested: Nested, place: tuple[str, ...], value: Any) -> None:
    for part in place[:-1]:
        nested = nested.setdefault(part, {})
    nested[place[-1]] = value


def _refuse_others(arguments: argparse.Namespace) -> None:
    """A training that goes on keeps its settings."""
    fixed = ("run", "out", "resume", "strategy") if hasattr(arguments, "start") else ("run", "out", "resume")
    given = [name for name, value in vars(arguments).items() if name not in fixed and not _is_absent(value)]
    if given:
        raise SettingsError(f"--resume goes on by the settings in --out; leave out: {', '.join(sorted(given))}.")


def _is_absent(value: Any) -> bool:
    """Tell whether an option was not given; 0 is a value."""
    return value is None or value is False or value == []


def _train(settings: Any, out: str) -> int:
    from pathlib import Path

    from ..inference.errors import ModelError
    from ..training.learning.fit import train
    from ..training.learning.logs import read_rows
    from ..training.learning.run_folder import is_run
    from ..training.learning.settings import TrainSettings

    if settings is None and not is_run(out):
        raise ModelError(f"{out} holds no training to go on with; leave --resume out to begin one.")
    told = _Told()
    before = signal.signal(signal.SIGINT, told.cancel)
    try:
        run = train(settings or TrainSettings(), Path(out), settings is None, told, told.epoch)
    finally:
        signal.signal(signal.SIGINT, before)
        told.finish()
    if _is_first_process():
        print(f"{_result_text(read_rows(run.metrics), TrainSettings.from_yaml(run.settings).run.keep)}\n{run.path}")
    return 0


def _result_text(rows: List[Dict[str, str]], keep: str) -> str:
    """Return which epoch's weights are the result, and its validation."""
    best = max(rows, key=lambda row: float(row["val_iou"] or 0))
    kept = best if keep == "best" else rows[-1]
    text = f"Kept: epoch {kept['epoch']} of {len(rows)}, validation IoU {float(kept['val_iou']):.3f}"
    return text if kept is best else f"{text} (best: {float(best['val_iou']):.3f} in epoch {best['epoch']})"


def _is_first_process() -> bool:
    """With several devices the command runs once for each: only the first one prints."""
    return os.environ.get("LOCAL_RANK", "0") == "0" and os.environ.get("NODE_RANK", "0") == "0"


class _Told(TerminalProgress):
    """A bar that moves, and a line that stays for each epoch, on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._start = time.monotonic()
        self._fractions: List[float] = []

    def report(self, fraction: float, text: str) -> None:
        self._fractions = [*self._fractions[:1], fraction]
        super().report(fraction, text)

    def epoch(self, epoch: Epoch) -> None:
        """Write the epoch's line."""
        unknown = "" if epoch.val_iou_unknown is None else f", as of an unknown region {epoch.val_iou_unknown:.3f}"
        best = ", the best so far" if epoch.is_best else ""
        self.finish()
        print(
            f"Epoch {epoch.number} of {epoch.epochs}: loss {epoch.train_loss:.4f}, validation loss "
            f"{epoch.val_loss:.4f}, IoU {epoch.val_iou:.3f}{unknown}{best}{self._left()}",
            file=sys.stderr, flush=True,
        )  # fmt: skip

    def _left(self) -> str:
        """Return how long it will take yet; a training that goes on does not begin at 0."""
        first, now = self._fractions[0], self._fractions[-1]
        if now <= first or now >= 1:
            return ""
        seconds = round((time.monotonic() - self._start) * (1 - now) / (now - first))
        return f"; {seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d} left"
