"""Make resources/golden/runtime.onnx, the tiny model whose golden patch tells whether a new runtime computes.

Convolutions with the network's kinds of operations at a small size; seeded, so that it is the same each time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import List

import numpy as np
import onnx
from icemargin.inference.golden import measure_golden
from icemargin.inference.model import METADATA_KEY, Feature, ModelDescription
from icemargin.inference.onnx_predictor import OnnxPredictor
from onnx import TensorProto, helper, numpy_helper

OUT = Path(__file__).resolve().parent.parent / "resources" / "golden" / "runtime.onnx"
BANDS = ("green", "red", "nir", "swir1")
PATCH, WIDTH = 32, 8


def main() -> None:
    """Write the model, run it here, and write it again with what it answered."""
    OUT.parent.mkdir(exist_ok=True)
    feature = Feature("optical", BANDS, (0.0,) * len(BANDS), (1.0,) * len(BANDS))
    description = ModelDescription("runtime check", (feature,), PATCH, note="Maps nothing; checks the runtime.")
    save(description)
    predictor = OnnxPredictor(str(OUT), "cpu", 1)
    save(replace(description, golden=measure_golden(predictor)))
    predictor.close()
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


def save(description: ModelDescription) -> None:
    model = helper.make_model(graph(), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.checker.check_model(model)
    onnx.save(model, str(OUT))


def graph() -> onnx.GraphProto:
    """Return two 3 x 3 convolutions, a normalisation over the channels, and a softmax over two classes."""
    rng = np.random.default_rng(0)
    shapes = {"first": (WIDTH, len(BANDS), 3, 3), "second": (WIDTH, WIDTH, 3, 3), "last": (2, WIDTH, 1, 1)}
    weights: List[onnx.TensorProto] = [
        numpy_helper.from_array(rng.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    weights += [numpy_helper.from_array(np.full(WIDTH, value, np.float32), name) for name, value in
                (("scale", 1.5), ("shift", 0.0))]  # fmt: skip
    nodes = [
        helper.make_node("Conv", ["optical", "first"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("InstanceNormalization", ["b", "scale", "shift"], ["c"]),
        helper.make_node("Conv", ["c", "second"], ["d"], pads=[1, 1, 1, 1]),
        helper.make_node("Tanh", ["d"], ["e"]),
        helper.make_node("Conv", ["e", "last"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probability"], axis=1),
    ]
    size = ["N", len(BANDS), PATCH, PATCH]
    inputs = [helper.make_tensor_value_info("optical", TensorProto.FLOAT, size)]
    outputs = [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", 2, PATCH, PATCH])]
    return helper.make_graph(nodes, "runtime", inputs, outputs, weights)


if __name__ == "__main__":
    main()
