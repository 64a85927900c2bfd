"""Tiny ONNX models with a description, built in a moment, for tests of what runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import onnx
from icemargin.inference.model import METADATA_KEY, Feature, ModelDescription
from onnx import TensorProto, helper, numpy_helper

BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")


def description(patch: int = 16, location: str = "", **values: Any) -> ModelDescription:
    """Return a description with optical (6) and dem (2) inputs."""
    features = (
        Feature("optical", BANDS, (0.0,) * 6, (2.0,) * 6),
        Feature("dem", ("elevation", "slope"), (-100.0, 0.0), (8000.0, 90.0)),
    )
    return ModelDescription("tiny", features, patch, 10.0, location, **values)


def save_model(path: Path, described: Optional[ModelDescription] = None, **changes: Any) -> Path:
    """Write a 1 x 1 convolution with softmax over all bands to `path`.

    `changes` spoil it: channels={"dem": 3}, patch=8, output="answer", classes=3, bias=nan, softmax=False,
    metadata=None (or another text), batch=2, repeat=1000 (3 x 3 convolutions, to keep it busy).
    """
    described = described or description()
    model = helper.make_model(_graph(described, changes), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    text = changes.get("metadata", described.to_json())
    if text is not None:
        helper.set_model_props(model, {METADATA_KEY: text, "other": "ä"})
    onnx.save(model, str(path))
    return path


def inputs_for(described: ModelDescription, count: int = 3, seed: int = 0) -> Dict[str, np.ndarray]:
    """Return a seeded batch of `count` windows for a description."""
    rng = np.random.default_rng(seed)
    shapes = {feature.name: (len(feature.bands), described.patch, described.patch) for feature in described.features}
    if described.location:
        shapes["location"] = (described.location_size,)
    return {name: rng.random((count, *shape), dtype=np.float32) for name, shape in shapes.items()}


def _graph(described: ModelDescription, changes: Dict[str, Any]) -> onnx.GraphProto:
    patch, batch = changes.get("patch", described.patch), changes.get("batch", "N")
    channels = {feature.name: len(feature.bands) for feature in described.features}
    channels.update(changes.get("channels", {}))
    inputs = [_value(name, (batch, size, patch, patch)) for name, size in channels.items()]
    constants: List[onnx.TensorProto] = []
    nodes = [helper.make_node("Concat", list(channels), ["x0"], axis=1)]
    repeat, total = changes.get("repeat", 0), sum(channels.values())
    for step in range(repeat):
        nodes.append(helper.make_node("Conv", [f"x{step}", "same"], [f"x{step + 1}"], pads=[1, 1, 1, 1]))
    if repeat:
        constants.append(_weights("same", (total, total, 3, 3), 0.1))
    classes = changes.get("classes", 2)
    constants += [_weights("kernel", (classes, total, 1, 1), 1.0), _bias(classes, changes.get("bias", 0.1))]
    nodes.append(helper.make_node("Conv", [f"x{repeat}", "kernel", "bias"], ["logits"]))
    last = "logits"
    if described.location:
        inputs.append(_value("location", (batch, described.location_size)))
        last = _add_location(nodes, constants, described.location_size, classes)
    output = changes.get("output", "probability")
    nodes.append(helper.make_node("Softmax" if changes.get("softmax", True) else "Neg", [last], [output]))
    if changes.get("softmax", True):
        nodes[-1].attribute.append(helper.make_attribute("axis", 1))
    return helper.make_graph(nodes, "tiny", inputs, [_value(output, (batch, classes, patch, patch))], constants)


def _add_location(nodes: Any, constants: Any, size: int, classes: int) -> str:
    constants.append(_weights("place", (size, classes), 1.0))
    constants.append(numpy_helper.from_array(np.array([2, 3], np.int64), "axes"))
    nodes.append(helper.make_node("MatMul", ["location", "place"], ["flat"]))
    nodes.append(helper.make_node("Unsqueeze", ["flat", "axes"], ["shift"]))
    nodes.append(helper.make_node("Add", ["logits", "shift"], ["sum"]))
    return "sum"


def _value(name: str, shape: Sequence[Any]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def _weights(name: str, shape: Sequence[int], size: float) -> onnx.TensorProto:
    values = np.random.default_rng(len(name)).normal(0, size, shape)
    return numpy_helper.from_array(values.astype(np.float32), name)


def _bias(classes: int, value: float) -> onnx.TensorProto:
    return numpy_helper.from_array(np.full(classes, value, np.float32), "bias")
