"""The groups of settings (settings.py): one frozen value each, with the paper's defaults; each refuses nonsense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from ...inference.errors import SettingsError
from . import plain

NORMS = ("batch", "fixed")
LARGEST_SEED = 10**9
"""PyTorch's seeds have 64 bits, and each step has its own (module.py)."""


@dataclass(frozen=True)
class Sizes:
    """How large the network is. All but `backbone` are GlaViTU's; `backbone` is DeepLabv3+'s ResNet.

    `norm_momentum` is PyTorch's: 0.01 for the paper's hundred thousands of steps, 0.05 for some hundreds.
    `location_norms` are the batch norms of the location encoding: "batch" as the paper's, or "fixed" to the mean 0 and
    the variance 1. Of a few one-hot vectors in a batch the statistics are chance (of 2, only who is who is left), and
    what the network is then told at use, "unknown" above all, is nothing that it has met.
    """

    width: int = 64
    depth: int = 12
    heads: int = 4
    key_size: int = 16
    hidden: int = 256
    token: int = 16
    steps: int = 3
    dropout: float = 0.0
    norm_momentum: float = 0.01
    location_norms: str = "batch"
    backbone: str = "resnet50"

    def __post_init__(self) -> None:
        plain.within("sizes", self, 0, 1, "dropout", "norm_momentum")
        plain.one_of("sizes.location_norms", self.location_norms, NORMS)
        plain.one_of("sizes.backbone", self.backbone, ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"))


@dataclass(frozen=True)
class Data:
    """Which tiles: files, and the regions and subregions to take (empty: all).

    `shares` are how often patches come from each file of `train`, relative to each other; without them every tile is as
    likely as any other.
    `workers` processes read (-1: by the machine); each keeps tiles in memory if they all fit in `cache_mib`.
    """

    train: Tuple[str, ...] = ()
    val: Tuple[str, ...] = ()
    regions: Tuple[str, ...] = ()
    subregions: Tuple[str, ...] = ()
    shares: Tuple[float, ...] = ()
    workers: int = -1
    cache_mib: int = 1024

    def __post_init__(self) -> None:
        plain.at_least("data", self, -1, "workers")
        plain.at_least("data", self, 0, "cache_mib")
        if self.shares and len(self.shares) != len(self.train):
            counted = f"{len(self.shares)} for {len(self.train)} files of data.train"
            raise SettingsError(f"data.shares: {counted}; give each file one.")
        if any(not 0 < share < float("inf") for share in self.shares):
            raise SettingsError("data.shares: each must be above 0; leave out the file that is not to be learnt from.")


@dataclass(frozen=True)
class Augmentation:
    """Chances, sizes (augmentation.py). `occlusion` is in pixels of a patch of 384, in proportion elsewhere.

    Not the paper's, and off by default: `band_dropout` and `feature_dropout`, chances that a band or a whole feature is
    hidden; `light`, the chance that a scene is `light_range` of itself brighter or darker (all bands alike, as by
    another sun); `lift`, the chance that it is moved up or down by about `lift_size` (m): that other mountains are as
    high as those learnt from is not to be learnt.
    """

    flip: float = 0.5
    turn: float = 0.75
    crop: float = 0.5
    crop_least: float = 0.8
    gamma: float = 0.5
    gamma_range: float = 0.2
    occlude: float = 0.5
    occlusion: int = 192
    shift: float = 0.5
    shift_size: float = 0.025
    noise: float = 0.5
    noise_size: float = 0.005
    hide_region: float = 0.1
    band_dropout: float = 0.0
    feature_dropout: float = 0.0
    light: float = 0.0
    light_range: float = 0.5
    lift: float = 0.0
    lift_size: float = 500.0

    def __post_init__(self) -> None:
        chances = ("flip", "turn", "crop", "gamma", "occlude", "shift", "noise", "hide_region", "light", "lift")
        plain.within("augmentation", self, 0, 1, *chances, "band_dropout", "feature_dropout", "gamma_range")
        plain.within("augmentation", self, 0, 0.9, "light_range")
        plain.within("augmentation", self, 0.1, 1, "crop_least")
        plain.at_least("augmentation", self, 0, "occlusion", "shift_size", "noise_size", "lift_size")


@dataclass(frozen=True)
class Loss:
    """Focal loss: `gamma`, label `smoothing`, and the weight of the `auxiliary` head."""

    gamma: float = 2.0
    smoothing: float = 0.1
    auxiliary: float = 0.5

    def __post_init__(self) -> None:
        plain.at_least("loss", self, 0, "gamma", "auxiliary")
        plain.within("loss", self, 0, 0.9, "smoothing")


@dataclass(frozen=True)
class Optimiser:
    """Adam with `rate`, and AdamW where there is a `decay` of the weights. `schedule` "restarts": a cosine of
    `first_cycle` epochs, then twice as long each time.

    "cosine": one fall to 0 over all the training, after a linear rise over the share `warm_up` of it.
    """

    rate: float = 5e-4
    schedule: str = "restarts"
    first_cycle: int = 10
    warm_up: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        plain.within("optimiser", self, 1e-9, 1, "rate")
        plain.within("optimiser", self, 0, 1, "decay")
        plain.one_of("optimiser.schedule", self.schedule, ("restarts", "cosine"))
        plain.at_least("optimiser", self, 1, "first_cycle")
        plain.within("optimiser", self, 0, 0.9, "warm_up")
        if self.warm_up and self.schedule == "restarts":
            raise SettingsError("optimiser.warm_up goes with optimiser.schedule: cosine; choose one of the two.")


@dataclass(frozen=True)
class Run:
    """How long, how much at once, and on what.

    An epoch is `passes` times (pixels / patch pixels) patches, or `steps_per_epoch` steps where that is above 0.
    `batch` counts for each process. `minutes` (0: no limit) ends a training early, the rate of "cosine" falls with it.
    `patience` epochs without a better validation end it too (0: never). `checkpoint_steps`: how often to save.
    `keep` says which weights are the result: "best" by validation (the paper's), or "last". Where the rate falls to 0
    and there are few tiles to validate with, the last ones are the better choice: see docs/training.md.
    """

    epochs: int = 150
    passes: float = 4.0
    steps_per_epoch: int = 0
    minutes: float = 0.0
    batch: int = 8
    patience: int = 0
    seed: int = 0
    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: str = "32-true"
    checkpoint_steps: int = 200
    log: Tuple[str, ...] = ("csv",)
    keep: str = "best"

    def __post_init__(self) -> None:
        plain.at_least("run", self, 1, "epochs", "batch", "devices", "nodes", "checkpoint_steps")
        plain.at_least("run", self, 0, "steps_per_epoch", "minutes", "patience")
        plain.within("run", self, 0, LARGEST_SEED, "seed")
        plain.within("run", self, 0.001, 1000, "passes")
        plain.one_of("run.keep", self.keep, ("best", "last"))
        plain.one_of("run.accelerator", self.accelerator, ("auto", "cpu", "gpu", "mps"))
        plain.one_of("run.precision", self.precision, ("32-true", "16-mixed", "bf16-mixed"))
        for name in self.log:
            plain.one_of("run.log", name, ("csv", "tensorboard"))


@dataclass(frozen=True)
class Start:
    """The `model` to train on from: a run's folder, Keras weights or an ONNX file; `freeze` "none" or "encoder".

    `norms` "batch": batch norms learn and use each batch's statistics; "fixed": they keep the model's own. An ONNX
    file has them merged into the layers before, so that only "fixed" is possible there (and is set). Those of a
    location encoding always keep their own: the vectors of one place have no variance.
    """

    model: str = ""
    freeze: str = "none"
    norms: str = "batch"

    def __post_init__(self) -> None:
        plain.one_of("start.freeze", self.freeze, ("none", "encoder"))
        plain.one_of("start.norms", self.norms, NORMS)
