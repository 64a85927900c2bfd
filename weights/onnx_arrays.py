"""The arrays of a GlaViTU back from its ONNX file (graph.py), in Keras's shapes, so that it can be trained further.

What was merged when the file was made stays merged, and the network computes the same: batch norms come back as
identities (the layer before them has their scale and shift), and the embedding's bias is part of the position. The
deep-supervision head is in no ONNX file.
"""

from __future__ import annotations

from math import isqrt
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np

from ..inference.arrays import FloatArray
from ..inference.errors import WeightsError
from .architecture import Architecture
from .fold import BATCH_NORM_EPSILON
from .layout import ArraySpec, array_specs

_IDENTITY = {"gamma": 1.0, "beta": 0.0, "mean": 0.0, "variance": 1.0 - BATCH_NORM_EPSILON}
"""A batch norm that changes nothing: float32 keeps every value, since the variance is off by 1e-8 only."""


def read_arrays(path: str) -> Tuple[Architecture, Dict[str, FloatArray]]:
    """Return sizes (without auxiliary head) and arrays (layout.py's names) of the model file `path`.

    `graph.build_model` makes the same network of them again. Raises WeightsError for files that are none, or that
    were made before arrays had names.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = onnx.load(path).graph
    except FileNotFoundError as error:
        raise WeightsError(f"There is no model file {path}; choose another.") from error
    except (OSError, DecodeError) as error:
        raise WeightsError(f"{path} cannot be read as ONNX ({error}); choose another file.") from error
    stored = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    inputs = [item.name for item in graph.input if item.name not in stored]
    try:
        sizes = _sizes(stored, inputs)
        return sizes, {spec.name: _array(stored, spec, sizes) for spec in array_specs(sizes)}
    except (KeyError, IndexError, ValueError, StopIteration) as error:
        raise WeightsError(
            f"{path} does not hold the named arrays of a GlaViTU ({error}): it was made by an earlier IceMargin, or is "
            "another network; import or export it again."
        ) from error


def _sizes(stored: Mapping[str, Any], inputs: Sequence[str]) -> Architecture:
    """Read the sizes off the arrays' shapes. Raises KeyError, ValueError or StopIteration for other networks."""
    width = stored["output.kernel"].shape[1]
    token = stored["setr.embed.kernel"].shape[-1]
    location = stored["location.dense1.kernel"].shape[0] if "location" in inputs else 0
    features = [name for name in inputs if f"fusion.{name}.block.conv1.kernel" in stored]
    # The only vector of five whole numbers is the shape (0, tokens, 3, heads, key size) of queries, keys and values.
    heads, key_size = next(v[3:] for v in stored.values() if v.dtype == np.int64 and v.shape == (5,) and v[2] == 3)
    return Architecture(
        features=tuple((name, stored[f"fusion.{name}.block.conv1.kernel"].shape[1]) for name in features),
        location=location,
        width=width,
        depth=_count(stored, "setr.blocks.{}.norm1.gamma"),
        heads=int(heads),
        key_size=int(key_size),
        hidden=stored["setr.blocks.0.dense1.kernel"].shape[1],
        patch=token * isqrt(len(stored["setr.position"])),
        token=token,
        steps=_count(stored, "resunet.up.{}.conv.kernel"),
        auxiliary=False,
    )


def _count(stored: Mapping[str, Any], name: str) -> int:
    return next(number for number in range(len(stored) + 1) if name.format(number) not in stored)


def _array(stored: Mapping[str, Any], spec: ArraySpec, sizes: Architecture) -> FloatArray:
    """Return one array in Keras's shape. Raises KeyError where it is not there, ValueError where its size is wrong."""
    layer, _, leaf = spec.name.rpartition(".")
    part = layer.rpartition(".")[2]
    if part in ("query", "key", "value"):
        values = _of_attention(stored, layer, leaf, sizes)
    elif leaf in _IDENTITY and spec.name not in stored:
        values = _norm(stored, layer, leaf, spec)
    elif spec.name == "setr.embed.bias":
        values = np.zeros(spec.shape)
    else:
        values = stored[spec.name]
        if values.ndim == 4:  # O x I x H x W
            values = values.transpose(2, 3, 1, 0)
    array: FloatArray = np.ascontiguousarray(values.reshape(spec.shape), dtype=np.float32)
    return array


def _of_attention(stored: Mapping[str, Any], layer: str, leaf: str, sizes: Architecture) -> Any:
    """Return the part of queries, keys and values side by side; queries were scaled by key size ** -0.5."""
    attention, _, part = layer.rpartition(".")
    number = ("query", "key", "value").index(part)
    inner = sizes.heads * sizes.key_size
    values = stored[f"{attention}.qkv.{leaf}"][..., number * inner : (number + 1) * inner].astype(np.float64)
    return values * sizes.key_size**0.5 if part == "query" else values


def _norm(stored: Mapping[str, Any], layer: str, leaf: str, spec: ArraySpec) -> Any:
    """Return a batch norm's array: the identity's, and the shift where the convolution before it has no bias."""
    if leaf == "beta" and layer.endswith(".norm"):
        return stored[f"{layer[: -len('norm')]}conv.bias"]
    return np.full(spec.shape, _IDENTITY[leaf])
