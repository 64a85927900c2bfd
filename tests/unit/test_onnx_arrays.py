"""Arrays back from an ONNX file: the network made of them is the same one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from icemargin.inference.errors import WeightsError
from icemargin.inference.model import ModelDescription
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import FEATURES, with_channels
from icemargin.weights.graph import build_model
from icemargin.weights.layout import array_specs
from icemargin.weights.onnx_arrays import read_arrays
from unit.keras_files import SMALL, random_arrays, random_inputs
from unit.test_weights_graph import session
from unit.tiny_onnx import save_model

SIZES = {
    "optical and dem": SMALL,
    "region": replace(SMALL, location=12),
    "coordinates": replace(SMALL, location=4),
    "everything": replace(SMALL, features=with_channels(list(FEATURES)), location=12),
    "other sizes": Architecture(width=6, depth=1, heads=3, key_size=5, hidden=7, patch=64, token=8, steps=1),
    "no auxiliary head": replace(SMALL, auxiliary=False, features=with_channels(["optical"])),
    "a subset of bands": replace(SMALL, features=(("optical", 4),)),
}


def built(sizes, arrays):
    features = tuple(FEATURES[name] for name, _ in sizes.features)
    return build_model(sizes, arrays, ModelDescription("small", features, sizes.patch))


@pytest.mark.parametrize("name", SIZES)
def test_the_network_made_again_answers_the_same(tmp_path, name):
    sizes = SIZES[name]
    model = built(sizes, random_arrays(sizes, 3))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    found, arrays = read_arrays(str(tmp_path / "m.onnx"))
    assert found == replace(sizes, auxiliary=False)
    assert {key: values.shape for key, values in arrays.items()} == {s.name: s.shape for s in array_specs(found)}
    assert all(values.dtype == np.float32 for values in arrays.values())
    inputs = random_inputs(sizes, batch=2)
    first, again = (session(each).run(None, inputs)[0] for each in (model, built(found, arrays)))
    assert np.ptp(first[:, 1]) > 0.02
    assert np.abs(first - again).max() <= 1e-6


def test_what_was_not_merged_comes_back_as_it_was(tmp_path):
    given = random_arrays(SMALL, 3)
    (tmp_path / "m.onnx").write_bytes(built(SMALL, given).SerializeToString())
    found = read_arrays(str(tmp_path / "m.onnx"))[1]
    attention = "setr.blocks.1.attention"
    for name in ("output.kernel", "resunet.encoder.0.project.kernel", f"{attention}.key.kernel",
                 f"{attention}.output.kernel", "setr.embed.kernel", "setr.blocks.0.norm2.beta"):  # fmt: skip
        np.testing.assert_array_equal(found[name], given[name])
    np.testing.assert_allclose(found[f"{attention}.query.kernel"], given[f"{attention}.query.kernel"], rtol=3e-7)
    np.testing.assert_allclose(found["setr.position"], given["setr.position"] + given["setr.embed.bias"], rtol=1e-6)
    assert not found["setr.embed.bias"].any() and (found["setr.norms.0.gamma"] == 1).all()


def test_reading_twice_changes_nothing(tmp_path):
    (tmp_path / "m.onnx").write_bytes(built(SMALL, random_arrays(SMALL)).SerializeToString())
    sizes, first = read_arrays(str(tmp_path / "m.onnx"))
    (tmp_path / "n.onnx").write_bytes(built(sizes, first).SerializeToString())
    second = read_arrays(str(tmp_path / "n.onnx"))[1]
    for name, values in first.items():
        np.testing.assert_allclose(values, second[name], rtol=3e-7, atol=1e-9, err_msg=name)


def numbered(model):
    """Rename the arrays as they were called before they had names."""
    for place, item in enumerate(model.graph.initializer):
        for node in model.graph.node:
            node.input[:] = [f"constant_{place}" if name == item.name else name for name in node.input]
        item.name = f"constant_{place}"
    return model


def without_one(model):
    kept = [item for item in model.graph.initializer if item.name != "setr.blocks.1.dense2.bias"]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return model


def resized(model):
    for item in model.graph.initializer:
        if item.name == "setr.last.bias":
            item.CopyFrom(onnx.numpy_helper.from_array(np.zeros(3, np.float32), item.name))
    return model


@pytest.mark.parametrize("spoil", [numbered, without_one, resized])
def test_a_file_without_the_arrays_is_refused(tmp_path, spoil):
    (tmp_path / "m.onnx").write_bytes(spoil(built(SMALL, random_arrays(SMALL))).SerializeToString())
    with pytest.raises(WeightsError, match="import or export it again"):
        read_arrays(str(tmp_path / "m.onnx"))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="no model file"):
        read_arrays(str(tmp_path / "none.onnx"))
    (tmp_path / "text.onnx").write_text("hello", encoding="utf-8")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_arrays(str(tmp_path / "text.onnx"))
    with pytest.raises(WeightsError, match="named arrays"):
        read_arrays(str(save_model(tmp_path / "tiny.onnx")))
