"""The folder in which a training lives: settings, checkpoints, logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError  # what torch raises for what it will not read
from typing import Any, Dict, Tuple, Union

import torch

from ...inference.errors import ModelError
from .building import build_network
from .settings import TrainSettings

PREFIX = "network."
"""What Lightning's module calls the network in a checkpoint."""


@dataclass(frozen=True)
class RunFolder:
    """Where things are in a run's folder."""

    path: Path

    @property
    def settings(self) -> Path:
        return self.path / "settings.yaml"

    @property
    def best(self) -> Path:
        """The checkpoint with the best validation IoU."""
        return self.path / "best.ckpt"

    @property
    def last(self) -> Path:
        """The newest checkpoint, from which a training goes on."""
        return self.path / "last.ckpt"

    @property
    def metrics(self) -> Path:
        """One row an epoch."""
        return self.path / "metrics.csv"

    @property
    def losses(self) -> Path:
        """One row a step."""
        return self.path / "losses.csv"


def is_run(path: Union[str, Path]) -> bool:
    """Tell whether `path` is a folder with a training in it."""
    return RunFolder(Path(path)).settings.is_file()


def load_network(folder: Union[str, Path], which: str = "") -> Tuple[TrainSettings, torch.nn.Module]:
    """Return a run's settings and its network (`which`: best, last, "" as its settings say) on the CPU, in eval mode.

    The network maps features by name (N x C x patch x patch each, `location` N x L) to Logits, and has
    `probability(inputs)`, N x 2 x patch x patch. Raises ModelError, SettingsError.
    """
    run = RunFolder(Path(folder))
    if not run.settings.is_file():
        raise ModelError(f"{folder} is no folder of a training (settings.yaml is missing); make one: icemargin train.")
    settings = TrainSettings.from_yaml(run.settings)
    network = build_network(settings)
    which = which or settings.run.keep
    state = read_checkpoint(run.path / f"{which}.ckpt")["state_dict"]
    values = {name[len(PREFIX) :]: value for name, value in state.items() if name.startswith(PREFIX)}
    try:
        network.load_state_dict(values)
    except RuntimeError as error:
        raise ModelError(f"{folder}: {which}.ckpt is of other settings than settings.yaml; train again.") from error
    return settings, network.eval()


def read_checkpoint(path: Path) -> Dict[str, Any]:
    """Return a checkpoint; nothing is unpickled. Raises ModelError."""
    if not path.is_file():
        raise ModelError(f"There is no {path}; the training has not got so far.")
    try:
        checkpoint: Dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError, OSError, KeyError, ValueError) as error:
        raise ModelError(f"{path} is damaged, or no checkpoint of IceMargin ({_first_line(error)}).") from error
    if not isinstance(checkpoint, dict) or "state_dict" not in checkpoint:
        raise ModelError(f"{path} is no checkpoint of IceMargin.")
    return checkpoint


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
