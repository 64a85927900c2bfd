"""Read a Keras 2 HDF5 weights file (`save_weights`), matched by group, order and shape.

Layer numbers in Keras's names count up through the process that built the network, so they mean nothing here.
"""

from __future__ import annotations

import re
from itertools import count, takewhile
from math import prod
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..inference.arrays import FloatArray
from ..inference.errors import WeightsError
from .architecture import Architecture
from .features import FEATURES
from .layout import KERAS_LEAVES, ArraySpec, layout
from .recognise import Listing, recognise

MOST_VALUES = 500_000_000
"""Refuse files that would fill the memory; the published networks have ten million values."""

GROUPS = ("location_encoding_block", "fusion_block", "SETR", "ResUNet", "deepsupervision", "output")

KNOWN_LEAVES = {"kernel", "bias", "gamma", "beta", *KERAS_LEAVES.values()}


def read_weights(path: str, features: Optional[Sequence[str]] = None) -> Tuple[Architecture, Dict[str, FloatArray]]:
    """Return the network's sizes and its arrays, by our names (layout.py), in Keras's shapes.

    Raises WeightsError, with group, array and shapes, for whatever is not a GlaViTU weights file.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _read(file.get("model_weights", file), features)
    except FileNotFoundError as error:
        raise WeightsError(f"There is no file {path}; check the path.") from error
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise WeightsError(
            f"{path} cannot be read as a Keras 2 HDF5 weights file ({error}); is the download complete?"
        ) from error


def _read(root: Any, features: Optional[Sequence[str]]) -> Tuple[Architecture, Dict[str, FloatArray]]:
    if "layer_names" not in root.attrs and "layer_names0" not in root.attrs:
        raise WeightsError("The attribute 'layer_names' is missing; Keras 2 `save_weights` did not write this file.")
    layers = _names(root, "layer_names")
    keras_names = {_group_name(layer): layer for layer in layers}
    groups = {name: listing for name, layer in keras_names.items() if (listing := _listing(root, layer))}
    sizes = recognise(groups, [layer for layer in layers if layer in FEATURES], features)
    expected = layout(sizes)
    _check_groups(groups, expected)
    arrays = {}
    for group, specs in expected.items():
        _check_listing(group, groups[group], specs)
        for spec, (name, _) in zip(specs, groups[group]):
            arrays[spec.name] = _values(root[keras_names[group]][name], group, name, spec)
    return sizes, arrays


def _group_name(layer: str) -> str:
    """Return the group's name without the number Keras appends when a process builds a second network."""
    name = re.sub(r"_\d+$", "", layer)
    return name if name in GROUPS else layer


def _names(holder: Any, attribute: str) -> List[str]:
    """Return a list of names; Keras cuts long ones into attributes `name0`, `name1` ..."""
    numbered = (f"{attribute}{number}" for number in count())
    whole = attribute in holder.attrs
    parts = [attribute] if whole else list(takewhile(lambda part: part in holder.attrs, numbered))
    values = [value for part in parts for value in holder.attrs[part]]
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]


def _listing(root: Any, layer: str) -> Listing:
    if layer not in root:
        raise WeightsError(f"Group '{layer}' is named in the file but missing; is the download complete?")
    group = root[layer]
    listing = []
    for name in _names(group, "weight_names"):
        if name not in group or not hasattr(group[name], "shape"):
            raise WeightsError(f"Group '{layer}': array '{name}' is named in the file but missing.")
        listing.append((name, tuple(int(size) for size in group[name].shape)))
    return listing


def _check_groups(groups: Mapping[str, Listing], expected: Mapping[str, Sequence[ArraySpec]]) -> None:
    extra = [name for name in groups if name not in expected]
    if extra:
        raise WeightsError(f"Group '{extra[0]}' holds {len(groups[extra[0]])} arrays; no part of GlaViTU is called so.")
    if sum(prod(shape) for listing in groups.values() for _, shape in listing) > MOST_VALUES:
        raise WeightsError(f"The file says it holds more than {MOST_VALUES} values; no GlaViTU is that large.")


def _check_listing(group: str, listing: Listing, specs: Sequence[ArraySpec]) -> None:
    """Compare what a group holds with what it should hold, array by array."""
    for index, ((name, shape), spec) in enumerate(zip(listing, specs)):
        leaf = name.rsplit("/", 1)[-1].split(":")[0]
        if shape != spec.shape or (leaf in KNOWN_LEAVES and leaf != spec.leaf):
            raise WeightsError(
                f"Group '{group}', array {index} '{name}': its shape is {shape}, "
                f"expected a {spec.leaf} of shape {spec.shape} ({spec.name})."
            )
    if len(listing) < len(specs):
        missing = specs[len(listing)]
        raise WeightsError(
            f"Group '{group}' has {len(listing)} arrays, expected {len(specs)}: "
            f"the {missing.leaf} of shape {missing.shape} ({missing.name}) is missing."
        )
    if len(listing) > len(specs):
        name, shape = listing[len(specs)]
        raise WeightsError(
            f"Group '{group}' has {len(listing)} arrays, expected {len(specs)}: '{name}' of shape {shape} is extra."
        )


def _values(dataset: Any, group: str, name: str, spec: ArraySpec) -> FloatArray:
    where = f"Group '{group}', array '{name}' of shape {spec.shape}"
    if dataset.dtype.kind != "f":
        raise WeightsError(f"{where}: it holds {dataset.dtype} values, expected floating-point numbers.")
    values: FloatArray = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(values).all():
        raise WeightsError(f"{where}: {np.count_nonzero(~np.isfinite(values))} values are not finite numbers.")
    if spec.leaf == "moving_variance" and values.min() < 0:
        raise WeightsError(f"{where}: a variance is negative ({values.min()}).")
    return values
