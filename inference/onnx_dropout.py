"""Monte-Carlo dropout in an ONNX file: the network gets its masks as further inputs.

One session then serves all passes, whatever their masks. A pass draws its masks once and keeps them for the whole
scene: it is one thinned network. (The reference draws anew for every window.) So passes add no seams between windows,
the answer does not depend on the extent, and a run that was interrupted goes on as if it had not been.

onnx is imported here and nowhere else in the core, and only when passes are asked for: it runs in the command line and
in the runtime's child, never in QGIS.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Tuple

import numpy as np

from .arrays import FloatArray
from .errors import ModelError, RuntimeMissingError

CHANNELS, VALUES = "drop2d/", "drop/"
"""What the names of values begin with that dropout acts upon: whole channels of a map (N x C x H x W), or single values
of tokens (N x T x C). training/network.py has its dropout at the same places."""

MASK = "mask/"
"""Prefix of the inputs that are masks, one for each place."""


@dataclass(frozen=True)
class MaskedModel:
    """An ONNX model as bytes, and the shape of the mask for each input that is one: 1 x C x 1 x 1 or 1 x T x C."""

    model: bytes
    masks: Mapping[str, Tuple[int, ...]]


def with_masks(path: str) -> MaskedModel:
    """Return the model in `path` with a product by a mask at every place of dropout.

    Raises ModelError where the file has no such places, RuntimeMissingError where onnx cannot be imported.
    """
    onnx = _load_onnx()
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    masks: Dict[str, Tuple[int, ...]] = {}
    shapes = {value.name: _sizes(value) for value in model.graph.value_info}
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        place = node.output[0] if node.output else ""
        if not place.startswith((CHANNELS, VALUES)):
            continue
        masks[f"{MASK}{place}"] = _mask_shape(place, shapes.get(place, ()))
        node.output[0] = f"whole/{place}"
        nodes.append(onnx.helper.make_node("Mul", [f"whole/{place}", f"{MASK}{place}"], [place], name=f"{MASK}{place}"))
    if not masks:
        raise ModelError(
            f"{path} has no places for Monte-Carlo dropout: it was made by an earlier IceMargin, or is another "
            "network; import or export it again, or map without Monte-Carlo passes."
        )
    _replace(model.graph, nodes, [_input(onnx, name, shape) for name, shape in masks.items()])
    return MaskedModel(model.SerializeToString(), masks)


def draw_masks(shapes: Mapping[str, Tuple[int, ...]], seed: int, rate: float) -> Dict[str, FloatArray]:
    """Return a pass's masks: 0 with probability `rate`, else 1 / (1 - rate), so that the mean stays 1."""
    rng = np.random.default_rng(seed)
    kept = np.float32(1 / (1 - rate))
    return {name: np.where(rng.random(shapes[name]) >= rate, kept, np.float32(0)) for name in sorted(shapes)}


def _load_onnx() -> Any:
    try:
        import onnx
        import onnx.shape_inference
    except ImportError as error:
        raise RuntimeMissingError(
            f"{sys.executable} cannot import onnx ({error}), which Monte-Carlo dropout needs; install it there "
            "(pip install onnx), set the runtime up again, or map without Monte-Carlo passes."
        ) from error
    return onnx


def _sizes(value: Any) -> Tuple[int, ...]:
    return tuple(size.dim_value for size in value.type.tensor_type.shape.dim)


def _mask_shape(place: str, sizes: Tuple[int, ...]) -> Tuple[int, ...]:
    """Return the mask's shape from the value's (0 where a size is free, as the batch is)."""
    if place.startswith(CHANNELS) and len(sizes) == 4 and sizes[1]:
        return (1, sizes[1], 1, 1)
    if place.startswith(VALUES) and len(sizes) == 3 and sizes[1] and sizes[2]:
        return (1, sizes[1], sizes[2])
    raise ModelError(f"The model's place of dropout {place!r} has no known shape; import or export the model again.")


def _input(onnx: Any, name: str, shape: Tuple[int, ...]) -> Any:
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)


def _replace(graph: Any, nodes: Any, inputs: Any) -> None:
    """Put `nodes` (copies: clearing the graph's own empties them) in the place of the graph's, and add inputs."""
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    graph.input.extend(inputs)
