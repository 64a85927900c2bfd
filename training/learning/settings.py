"""What a training is told: one frozen value, read from a YAML file and stored with the result.

The defaults are the paper's (doi 10.1038/s41467-024-54956-x; facts: GlaViTU, The five strategies, and training).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

from ...inference.errors import IceMarginError, SettingsError
from ...inference.model import REGIONS
from ...weights.features import FEATURES
from . import plain
from .settings_parts import Augmentation, Data, Loss, Optimiser, Run, Sizes, Start

STRATEGIES = ("global", "regional", "finetuning", "region", "coordinates")
NETWORKS = ("glavitu", "deeplabv3plus")
LOCATIONS = {"": 0, "region": len(REGIONS), "coordinates": 4}
"""Location encoding -> length of the vector."""


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
        plain.write_yaml(plain.to_plain(self), Path(path))

    def _check_location(self) -> None:
        encoded = self.strategy if self.strategy in LOCATIONS else ""
        if encoded and self.run.batch < 2 and self.sizes.location_norms == "batch":
            raise SettingsError("run.batch: 1 is too few for sizes.location_norms: batch; take 8, or set it to fixed.")
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
    "sizes": {"width": 16, "depth": 4, "key_size": 8, "hidden": 64, "norm_momentum": 0.05, "location_norms": "fixed",
              "backbone": "resnet18"},
    "optimiser": {"rate": 2e-3, "schedule": "cosine", "warm_up": 0.05},
    "run": {"batch": 2, "keep": "last"},
}
"""A network that trains on a laptop without a GPU, two patches at once."""
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
