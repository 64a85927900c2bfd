"""Where fine-tuning starts: a run's folder, Keras weights, an ONNX model, or an installed model by its name."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np
from torch import Tensor

from ...inference.arrays import FloatArray
from ...inference.errors import ModelError, SettingsError
from ...inference.model import ModelDescription
from ...inference.onnx_metadata import read_description
from ...models.store import CLASSIC, ModelStore, is_path
from ...weights.architecture import LOCATION_SIZES, Architecture
from ...weights.convert import RESOLUTION
from ...weights.features import FEATURES
from ...weights.keras_file import read_weights
from ..network import GlaViTU, GlaViTUConfig, load_arrays
from .building import build_network
from .description import feature_of
from .run_folder import is_run, load_network
from .settings import TrainSettings

SHARED = ("width", "depth", "heads", "key_size", "hidden", "token", "steps")
"""Sizes that Architecture and settings.Sizes both have."""


@dataclass(frozen=True)
class Origin:
    """What a model brings along: its tensors by name, and its own parts of the settings."""

    features: Mapping[str, Tuple[str, ...]]
    location: str
    patch: int
    resolution: Optional[float]
    sizes: Mapping[str, Any]
    state: Mapping[str, Tensor]
    trained_on: str
    has_norms: bool = True


def fill_in(settings: TrainSettings) -> TrainSettings:
    """Return the settings with the features, location and sizes of the model that is trained on (fine-tuning only).

    Raises SettingsError, ModelError, WeightsError.
    """
    if settings.strategy != "finetuning":
        if settings.start.model:
            raise SettingsError("start.model goes with strategy: finetuning (icemargin finetune --from MODEL).")
        return settings
    if not settings.start.model:
        raise SettingsError("start.model: fine-tuning needs a model to start from (icemargin finetune --from MODEL).")
    origin = read_origin(settings.start.model)
    return replace(
        settings,
        features=dict(origin.features),
        location=origin.location,
        patch=origin.patch,
        resolution=settings.resolution or origin.resolution,
        sizes=replace(settings.sizes, **origin.sizes),
        start=settings.start if origin.has_norms else replace(settings.start, norms="fixed"),
    )


def first_weights(settings: TrainSettings) -> Dict[str, Tensor]:
    """Return the tensors of the whole network before fine-tuning; an auxiliary head that lacks begins anew."""
    return {**build_network(settings).state_dict(), **read_origin(settings.start.model).state}


def read_origin(model: str) -> Origin:
    """Read a run's folder, a .h5, an .onnx, or an installed model. Raises ModelError, WeightsError."""
    if is_run(model):
        return _of_run(model)
    if Path(model).suffix.lower() in (".h5", ".hdf5"):
        return _of_weights(model)
    if is_path(model):
        return _of_onnx(model)
    if model == CLASSIC:
        raise ModelError("The classic method learns nothing; fine-tune a GlaViTU.")
    return _of_onnx(ModelStore().find(model).path)


def _of_run(folder: str) -> Origin:
    settings, network = load_network(folder)
    if not isinstance(network, GlaViTU):
        raise ModelError(f"{folder} holds a {settings.network}; only GlaViTU can be fine-tuned.")
    sizes = {name: getattr(settings.sizes, name) for name in SHARED}
    own = settings.features, settings.location, settings.patch, settings.resolution
    return Origin(*own, sizes, network.state_dict(), settings.trained_on)


def _of_weights(path: str) -> Origin:
    sizes, arrays = read_weights(path)
    features = {name: FEATURES[name].bands for name, _ in sizes.features}
    return _of_arrays(sizes, arrays, features, RESOLUTION, "")


def _of_onnx(path: str) -> Origin:
    from ...weights.onnx_arrays import read_arrays

    description = read_description(path)
    _check_scaling(description)
    features = {feature.name: feature.bands for feature in description.features}
    sizes, arrays = read_arrays(path)
    own = {name: np.array(values) for name, values in arrays.items()}  # ONNX's are read-only, which torch minds
    origin = _of_arrays(sizes, own, features, description.resolution, description.trained_on)
    return replace(origin, has_norms=False)


def _check_scaling(description: ModelDescription) -> None:
    """Data sets are scaled by the published minima and maxima: no other model can learn from them."""
    for feature in description.features:
        if feature.name not in FEATURES or feature != feature_of(feature.name, feature.bands):
            raise ModelError(f"{description.name} scales {feature.name!r} in its own way; fine-tune another model.")


def _of_arrays(
    sizes: Architecture,
    arrays: Mapping[str, FloatArray],
    features: Mapping[str, Tuple[str, ...]],
    resolution: Optional[float],
    trained_on: str,
) -> Origin:
    network = GlaViTU(GlaViTUConfig(**asdict(sizes)))
    load_arrays(network, arrays)
    own = {name: getattr(sizes, name) for name in SHARED}
    return Origin(
        features, LOCATION_SIZES[sizes.location], sizes.patch, resolution, own, network.state_dict(), trained_on
    )
