"""GlaViTU as an ONNX model, built node by node from a network's arrays; the output head only.

Opset 17 and IR version 8, which onnxruntime 1.16 and later read. tests/training hold it equal to the PyTorch network.
"""

from __future__ import annotations

from typing import Mapping

from onnx import ModelProto, TensorProto, checker, helper

from ..inference.arrays import FloatArray
from ..inference.model import METADATA_KEY, ModelDescription
from .architecture import Architecture
from .blocks import add_location, fuse, resunet
from .builder import GraphBuilder
from .transformer import setr

OPSET = 17
IR_VERSION = 8
OUTPUT = "probability"


def build_model(sizes: Architecture, arrays: Mapping[str, FloatArray], description: ModelDescription) -> ModelProto:
    """Return the checked model; inputs are the features (N x C x patch x patch) and `location` (N x 12 or 4).

    `arrays` are the network's by our names in Keras's shapes (layout.py). The output is `probability`,
    N x 2 x patch x patch, classes "not glacier" and "glacier".
    """
    graph = GraphBuilder(arrays)
    shapes = {name: (channels, sizes.patch, sizes.patch) for name, channels in sizes.features}
    x = fuse(graph, sizes, {name: name for name in shapes})
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]) for name, shape in shapes.items()]
    if sizes.location:
        x = add_location(graph, sizes, x, "location")
        inputs.append(helper.make_tensor_value_info("location", TensorProto.FLOAT, ["N", sizes.location]))
    x = graph.add("Add", setr(graph, sizes, x), x)
    x = graph.add("Add", x, resunet(graph, sizes, x))
    graph.add("Softmax", graph.pixel_dense(x, "output"), axis=1)
    graph.called(OUTPUT)
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", 2, sizes.patch, sizes.patch])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "GlaViTU", inputs, [output], graph.initialisers),
        producer_name="icemargin",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    checker.check_model(model, full_check=True)
    return model
