"""Which data each network of the bundled model learns from: three that never saw a region, and the one that is
shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Tuple

from ...inference.progress import Progress
from ..learning import plain
from ..learning.fit import train
from ..learning.run_folder import RunFolder
from ..learning.settings import TrainSettings, from_mapping
from .building import LAND, SIMULATED, SIMULATED_VAL, train_file
from .himalaya import REGIONS

SETTINGS = Path(__file__).with_name("settings.yaml")
SHIPPED = "shipped"
"""The network that learns from all regions."""
NETWORKS: Tuple[str, ...] = (*REGIONS, SHIPPED)
SHARE_REAL, SHARE_SIMULATED, SHARE_LAND = 0.60, 0.30, 0.05
"""How often patches come from the Himalayan tiles, the simulated ones, and land without ice, relative to each other."""


def shares_without(region: str) -> Dict[str, float]:
    """Return the files to learn from and their shares, where a region is held out."""
    learnt = {name: len(numbers) for name, numbers in REGIONS.items() if name != region}
    shares = {train_file(name): SHARE_REAL * count / sum(learnt.values()) for name, count in learnt.items()}
    return {**shares, SIMULATED: SHARE_SIMULATED, LAND: SHARE_LAND}


def settings_without(region: str, folder: Path) -> TrainSettings:
    """Return the settings of the network that never sees `region` (SHIPPED: sees all).

    Validation is on simulated scenes only: it is for the log, the last weights are kept.
    """
    shares = shares_without(region)
    data = {
        "train": [str(folder / name) for name in shares], "shares": list(shares.values()),
        "val": [str(folder / SIMULATED_VAL)],
    }  # fmt: skip
    return from_mapping(plain.read_yaml(SETTINGS), {"data": data})


def run_folder(region: str, folder: Path) -> Path:
    return folder / f"run_{region}"


def learn(region: str, folder: Path, progress: Progress) -> None:
    """Train the network, or go on where it was interrupted."""
    out = run_folder(region, folder)
    train(settings_without(region, folder), out, resume=RunFolder(out).last.is_file(), progress=progress)
