"""What a training is told: one frozen value, read from a YAML file and stored with the result.

The defaults are the paper's (doi 10.1038/s41467-024-54956-x; facts: GlaViTU, The five strategies, and training).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

from ...inference.errors import IceMarginError, OutputError, SettingsError
from ...inference.model import REGIONS
from ...weights.features import FEATURES
from . import plain

STRATEGIES = ("global", "regional", "finetuning", "region", "coordinates")
NETWORKS = ("glavitu", "deeplabv3plus")
LOCATIONS = {"": 0, "region": len(REGIONS), "coordinates": 4}
"""Location encoding -> length of the vector."""


@dataclass(frozen=True)
class Sizes:
    """How large the network is. All but `backbone` are GlaViTU's; `backbone` is DeepLabv3+'s ResNet.

    `norm_momentum` is PyTorch's: 0.01 for the paper's hundred thousands of steps, 0.05 for some hundreds.
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
    backbone: str = "resnet50"

    def __post_init__(self) -> None:
        plain.within("sizes", self, 0, 1, "dropout", "norm_momentum")
        plain.one_of("sizes.backbone", self.backbone, ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"))


@dataclass(frozen=True)
class Data:
    """Which tiles: files, and the regions and subregions to take (empty: all).

    `workers` processes read (-1: by the machine); each keeps tiles in memory if they all fit in `cache_mib`.
    """

    train: Tuple[str, ...] = ()
    val: Tuple[str, ...] = ()
    regions: Tuple[str, ...] = ()
    subregions: Tuple[str, ...] = ()
    workers: int = -1
    cache_mib: int = 1024

    def __post_init__(self) -> None:
        plain.at_least("data", self, -1, "workers")
        plain.at_least("data", self, 0, "cache_mib")


@dataclass(frozen=True)
class Augmentation:
    """Chances, sizes (augmentation.py). `occlusion` is in pixels of a patch of 384, in proportion elsewhere.

    `band_dropout` and `feature_dropout` are not the paper's: chances that a band or a whole feature is hidden.
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

    def __post_init__(self) -> None:
        chances = ("flip", "turn", "crop", "gamma", "occlude", "shift", "noise", "hide_region")
        plain.within("augmentation", self, 0, 1, *chances, "band_dropout", "feature_dropout", "gamma_range")
        plain.within("augmentation", self, 0.1, 1, "crop_least")
        plain.at_least("augmentation", self, 0, "occlusion", "shift_size", "noise_size")


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
    """Adam with `rate`. `schedule` "restarts": a cosine of `first_cycle` epochs, then twice as long each time.

    "cosine": one fall to 0 over all the training, after a linear rise over the share `warm_up` of it.
    """

    rate: float = 5e-4
    schedule: str = "restarts"
    first_cycle: int = 10
    warm_up: float = 0.0

    def __post_init__(self) -> None:
        plain.within("optimiser", self, 1e-9, 1, "rate")
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

    def __post_init__(self) -> None:
        plain.at_least("run", self, 1, "epochs", "batch", "devices", "nodes", "checkpoint_steps")
        plain.at_least("run", self, 0, "steps_per_epoch", "minutes", "patience", "seed")
        plain.within("run", self, 0.001, 1000, "passes")
        plain.one_of("run.accelerator", self.accelerator, ("auto", "cpu", "gpu", "mps"))
        plain.one_of("run.precision", self.precision, ("32-true", "16-mixed", "bf16-mixed"))
        for name in self.log:
            plain.one_of("run.log", name, ("csv", "tensorboard"))


@dataclass(frozen=True)
class Start:
    """The `model` to train on from: a run's folder, Keras weights or an ONNX file; `freeze` "none" or "encoder".

    `norms` "batch": batch norms learn and use each batch's statistics; "fixed": they keep the model's own. An ONNX
    file has them merged into the layers before, so that only "fixed" is possible there (and is set).
    """

    model: str = ""
    freeze: str = "none"
    norms: str = "batch"

    def __post_init__(self) -> None:
        plain.one_of("start.freeze", self.freeze, ("none", "encoder"))
        plain.one_of("start.norms", self.norms, ("batch", "fixed"))


def _published_features() -> Dict[str, Tuple[str, ...]]:
    return {name: FEATURES[name].bands for name in ("optical", "dem")}


@dataclass(frozen=True)
class TrainSettings:
    """All of it. `features` are the branches in order, each with its bands (a subset of FEATURES' in their order).

    `location` follows from `strategy`; only fine-tuning takes it over from the model it starts from. `resolution`
    (metres per pixel; None: not yet known) and `trained_on` are filled in from the tiles. Raises SettingsError.
    """

    strategy: str = "global"
    network: str = "glavitu"
    features: Mapping[str, Tuple[str, ...]] = field(default_factory=_published_features)
    location: str = ""
    patch: int = 384
    resolution: Optional[float] = None
    trained_on: str = ""
    sizes: Sizes = field(default_factory=Sizes)
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    loss: Loss = field(default_factory=Loss)
    optimiser: Optimiser = field(default_factory=Optimiser)
    run: Run = field(default_factory=Run)
    start: Start = field(default_factory=Start)

    def __post_init__(self) -> None:
        plain.one_of("strategy", self.strategy, STRATEGIES)
        plain.one_of("network", self.network, NETWORKS)
        plain.one_of("location", self.location, tuple(LOCATIONS))
        plain.within("settings", self, 16, 4096, "patch")
        self._check_location()
        object.__setattr__(self, "features", chosen_bands(self.features))
        if self.strategy == "finetuning" and self.network != "glavitu":
            raise SettingsError("Only GlaViTU can be fine-tuned; set network: glavitu.")
        if self.network == "glavitu":
            self._check_sizes()

    @property
    def channels(self) -> Tuple[Tuple[str, int], ...]:
        """Name and number of bands of each feature."""
        return tuple((name, len(bands)) for name, bands in self.features.items())

    @classmethod
    def from_yaml(cls, path: Union[str, Path]) -> TrainSettings:
        """Read settings. Raises SettingsError with the key and the nearest known one."""
        return from_mapping(plain.read_yaml(Path(path)))

    def to_yaml(self, path: Union[str, Path]) -> None:
        """Write all settings; the file appears whole. Raises OutputError."""
        try:
            plain.write_yaml(plain.to_plain(self), Path(path))
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}); choose another folder.") from error

    def _check_location(self) -> None:
        encoded = self.strategy if self.strategy in LOCATIONS else ""
        if (encoded or self.location) and self.run.batch < 2:
            raise SettingsError("run.batch: 1 is too few for a location encoding (batch normalisation); take 2.")
        if encoded and self.network != "glavitu":
            raise SettingsError(f"Strategy {self.strategy} needs GlaViTU: DeepLabv3+ has no location input.")
        if self.strategy == "finetuning" or self.location == encoded:
            return
        if self.location:
            raise SettingsError(f"location: {self.location} does not go with strategy: {self.strategy}; leave it out.")
        object.__setattr__(self, "location", encoded)

    def _check_sizes(self) -> None:
        from ..network import GlaViTUConfig

        try:
            GlaViTUConfig(**self.glavitu_sizes())
        except IceMarginError as error:
            raise SettingsError(f"patch, sizes: {error}") from error

    def glavitu_sizes(self) -> Dict[str, Any]:
        """Return the arguments of GlaViTUConfig."""
        names = ("width", "depth", "heads", "key_size", "hidden", "token", "steps", "dropout")
        sizes = {name: getattr(self.sizes, name) for name in names}
        return {"features": self.channels, "location": LOCATIONS[self.location], "patch": self.patch, **sizes}


def chosen_bands(features: Union[Sequence[str], Mapping[str, Sequence[str]]]) -> Dict[str, Tuple[str, ...]]:
    """Return feature -> bands in their own order, from names (all bands) or from a mapping (empty: all bands).

    Raises SettingsError.
    """
    wanted = dict(features) if isinstance(features, Mapping) else dict.fromkeys(features, ())
    if not wanted:
        raise SettingsError(f"features: none is chosen; choose of {', '.join(FEATURES)}.")
    chosen = {}
    for name, bands in wanted.items():
        plain.one_of("features", name, tuple(FEATURES))
        for band in bands:
            plain.one_of(f"features.{name}", band, FEATURES[name].bands)
        chosen[name] = tuple(band for band in FEATURES[name].bands if band in bands or not bands)
    return chosen


SMALL: Dict[str, Any] = {
    "sizes": {"width": 16, "depth": 4, "key_size": 8, "hidden": 64, "norm_momentum": 0.05, "backbone": "resnet18"},
    "optimiser": {"rate": 2e-3, "schedule": "cosine", "warm_up": 0.05},
    "run": {"batch": 2},
}
"""A network that trains on a laptop without a GPU."""
FINETUNING: Dict[str, Any] = {"optimiser": {"rate": 5e-5, "schedule": "cosine"}, "run": {"epochs": 80}}


def from_mapping(*layers: Mapping[str, Any]) -> TrainSettings:
    """Return settings from nested mappings, the later ones over the earlier ones and all over the strategy's defaults.

    Raises SettingsError.
    """
    given = plain.merged(*layers)
    if given.get("strategy") == "finetuning":
        given = plain.merged(FINETUNING, given)
    if isinstance(given.get("features"), (list, tuple)):
        given["features"] = dict.fromkeys(given["features"], ())
    return plain.from_plain(TrainSettings, given)


def with_facts(settings: TrainSettings, resolution: Optional[float], trained_on: str) -> TrainSettings:
    """Return the settings with what the tiles told, where it was not said."""
    return replace(
        settings, resolution=settings.resolution or resolution, trained_on=settings.trained_on or trained_on
    )
