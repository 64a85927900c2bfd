from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from icemargin.inference.model import METADATA_KEY, ModelDescription, description_from_json
from icemargin.tests.unit.keras_files import SMALL, random_arrays, random_inputs
from icemargin.weights.architecture import Architecture
from icemargin.weights.builder import GraphBuilder
from icemargin.weights.features import FEATURES
from icemargin.weights.fold import folded
from icemargin.weights.graph import build_model

TINY = Architecture(
    width=4, depth=1, heads=2, key_size=2, hidden=4, patch=32, token=4, steps=1, location=4, features=(("optical", 6),)
)
DESCRIPTION = ModelDescription("small", (FEATURES["optical"], FEATURES["dem"]), SMALL.patch)


@pytest.fixture(scope="module")
def model():
    return build_model(SMALL, random_arrays(SMALL), DESCRIPTION)


def session(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def run(graph, output, x):
    """Return `output` of the builder's graph for its one input x."""
    value = onnx.helper.make_tensor_value_info
    small = onnx.helper.make_graph(
        graph.nodes,
        "test",
        [value("x", onnx.TensorProto.FLOAT, x.shape)],
        [value(output, onnx.TensorProto.FLOAT, None)],
        graph.initialisers,
    )
    opset = [onnx.helper.make_opsetid("", 17)]
    return session(onnx.helper.make_model(small, opset_imports=opset, ir_version=8)).run(None, {"x": x})[0]


def test_onnxruntime_1_16_can_read_it(model):
    assert model.ir_version <= 9
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]


def test_inputs_are_the_features_and_the_output_is_probability(model):
    shapes = {
        item.name: [size.dim_param or size.dim_value for size in item.type.tensor_type.shape.dim]
        for item in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {"optical": ["N", 6, 64, 64], "dem": ["N", 2, 64, 64], "probability": ["N", 2, 64, 64]}


def test_the_description_travels_in_the_metadata(model):
    (entry,) = model.metadata_props
    assert entry.key == METADATA_KEY and description_from_json(entry.value) == DESCRIPTION


def test_the_auxiliary_head_is_left_out_and_batch_norm_is_folded(model):
    operators = {node.op_type for node in model.graph.node}
    assert "BatchNormalization" not in operators
    changed = random_arrays(SMALL)
    changed["auxiliary.kernel"] += 1
    assert build_model(SMALL, changed, DESCRIPTION).SerializeToString() == model.SerializeToString()


def test_every_other_array_matters():
    """A mapping that forgets an array would pass unseen where arrays are alike."""
    inputs = random_inputs(TINY, batch=1)
    expected = session(build_model(TINY, random_arrays(TINY), DESCRIPTION)).run(None, inputs)[0]
    blind = []
    for name, values in random_arrays(TINY).items():
        # A bias of all keys shifts each query's scores alike: softmax does not see it.
        if name.startswith("auxiliary") or name.endswith("key.bias"):
            continue
        arrays = {**random_arrays(TINY), name: values + 0.3 * np.abs(values)}
        if np.abs(session(build_model(TINY, arrays, DESCRIPTION)).run(None, inputs)[0] - expected).max() < 1e-6:
            blind.append(name)
    assert not blind


def test_windows_of_a_batch_do_not_see_each_other(model):
    inputs = random_inputs(SMALL, batch=3)
    together = session(model).run(None, inputs)[0]
    alone = [session(model).run(None, {k: v[i : i + 1] for k, v in inputs.items()})[0] for i in range(3)]
    np.testing.assert_allclose(together, np.concatenate(alone), atol=2e-6)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    assert np.ptp(together[:, 1]) > 0.05


@pytest.mark.parametrize("bias", [True, False])
def test_folding_is_normalising_afterwards(bias):
    rng = np.random.default_rng(3)
    arrays = {"a.kernel": rng.standard_normal((3, 4)), "a.bias": rng.standard_normal(4)}
    arrays.update({f"n.{leaf}": rng.uniform(0.5, 2, 4) for leaf in ("gamma", "beta", "mean", "variance")})
    if not bias:
        del arrays["a.bias"]
    x = rng.standard_normal((5, 3))
    y = x @ arrays["a.kernel"] + arrays.get("a.bias", 0)
    y = arrays["n.gamma"] * (y - arrays["n.mean"]) / np.sqrt(arrays["n.variance"] + 1e-3) + arrays["n.beta"]
    kernel, shift = folded(arrays, "a", "n")
    np.testing.assert_allclose(x @ kernel + shift, y, rtol=1e-12)


def test_an_even_kernel_is_padded_at_the_bottom_and_right():
    graph = GraphBuilder({})
    output = graph.conv("x", "even", np.ones((2, 2, 1, 1)), None)
    x = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    expected = [[8, 12, 7], [20, 24, 13], [13, 15, 8]]
    np.testing.assert_array_equal(run(graph, output, x)[0, 0], expected)


@pytest.mark.parametrize(
    "mode, expected", [("nearest", [0, 0, 4, 4, 8, 8]), ("linear", [0, 1, 3, 5, 7, 8])], ids=["nearest", "linear"]
)
def test_doubling_follows_keras(mode, expected):
    graph = GraphBuilder({})
    output = graph.double("x", mode)
    x = np.tile(np.array([0, 4, 8], dtype=np.float32), (1, 1, 2, 1))
    np.testing.assert_allclose(run(graph, output, x)[0, 0], np.tile(expected, (4, 1)))


def test_what_is_stored_is_named_after_the_arrays_it_came_from(model):
    arrays = random_arrays(SMALL)
    stored = {item.name: onnx.numpy_helper.to_array(item) for item in model.graph.initializer}
    assert len(stored) == len(model.graph.initializer)
    own = {name for name in stored if not name.startswith("constant_")}
    merged = ("query", "key", "value", "auxiliary")
    kernels = {name for name in arrays if name.endswith("kernel") and not set(merged) & set(name.split("."))}
    assert kernels <= own and "setr.position" in own
    assert {name for name in own if name not in arrays} == {
        *(f"setr.blocks.{i}.attention.qkv.{leaf}" for i in range(SMALL.depth) for leaf in ("kernel", "bias")),
        *(f"resunet.up.{i}.conv.bias" for i in range(SMALL.steps)),
    }
    np.testing.assert_array_equal(stored["output.bias"], arrays["output.bias"])
    np.testing.assert_array_equal(stored["setr.blocks.0.dense1.kernel"], arrays["setr.blocks.0.dense1.kernel"])
    kernel, bias = folded(arrays, "fusion.dem.block.conv2", "fusion.dem.block.norm2")
    np.testing.assert_array_equal(stored["fusion.dem.block.conv2.kernel"], kernel.transpose(3, 2, 0, 1).astype("f4"))
    np.testing.assert_array_equal(stored["fusion.dem.block.conv2.bias"], bias.astype("f4"))
