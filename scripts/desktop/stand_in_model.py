"""A network that stands in for a GlaViTU with region encoding in the pictures: a threshold on green - SWIR1.

What it is told of the region sets where the threshold lies and how sure it is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from icemargin.inference.model import METADATA_KEY, REGIONS, Feature, ModelDescription
from onnx import TensorProto, helper, numpy_helper

BANDS = ("blue", "green", "red", "nir", "swir1")
PATCH = 64
SLOPE, THRESHOLD = 12.0, 0.25


def write_model(path: Path) -> None:
    """Write the model; its logit is sureness(region) * (green - SWIR1 - threshold(region))."""
    features = (Feature("optical", BANDS, (0.0,) * 5, (1.0,) * 5),)
    described = ModelDescription(path.stem, features, PATCH, None, "region", overlap=0.25, note="A stand-in.")
    rng = np.random.default_rng(7)
    constants = {
        "kernel": np.array([0, SLOPE, 0, 0, -SLOPE]).reshape(1, 5, 1, 1),
        "bias": np.array([-SLOPE * THRESHOLD]),
        "sureness": rng.uniform(0.4, 1.6, (len(REGIONS), 1)),
        "shift": rng.uniform(-1.5, 1.5, (len(REGIONS), 1)),
    }
    nodes = [
        helper.make_node("Conv", ["optical", "kernel", "bias"], ["difference"]),
        helper.make_node("MatMul", ["location", "sureness"], ["sure"]),
        helper.make_node("MatMul", ["location", "shift"], ["shifted"]),
        helper.make_node("Unsqueeze", ["sure", "axes"], ["sure4"]),
        helper.make_node("Unsqueeze", ["shifted", "axes"], ["shifted4"]),
        helper.make_node("Add", ["difference", "shifted4"], ["sum"]),
        helper.make_node("Mul", ["sum", "sure4"], ["ice"]),
        helper.make_node("Neg", ["ice"], ["rock"]),
        helper.make_node("Concat", ["rock", "ice"], ["both"], axis=1),
        helper.make_node("Softmax", ["both"], ["probability"], axis=1),
    ]
    stored = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in constants.items()]
    stored.append(numpy_helper.from_array(np.array([2, 3], np.int64), "axes"))
    graph = helper.make_graph(
        nodes, "stand_in",
        [_value("optical", ("N", 5, PATCH, PATCH)), _value("location", ("N", len(REGIONS)))],
        [_value("probability", ("N", 2, PATCH, PATCH))], stored,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: described.to_json()})
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def _value(name: str, shape: tuple[object, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
