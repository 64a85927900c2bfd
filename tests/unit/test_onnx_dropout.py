"""Masks for Monte-Carlo dropout: where they act, what they hold, and that a mask of ones changes nothing."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from icemargin.inference.errors import ModelError, RuntimeMissingError
from icemargin.inference.model import ModelDescription
from icemargin.inference.onnx_dropout import draw_masks, with_masks
from icemargin.tests.unit.keras_files import SMALL, random_arrays, random_inputs
from icemargin.tests.unit.tiny_onnx import save_model
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model

DESCRIPTION = ModelDescription("small", (FEATURES["optical"], FEATURES["dem"]), SMALL.patch)
PLACES = {
    **{f"mask/drop2d/fusion.{name}.block": (1, 8, 1, 1) for name in ("optical", "dem")},
    **{f"mask/drop/setr.blocks.{i}.dense1": (1, 16, 12) for i in range(2)},
    **{f"mask/drop/setr.blocks.{i}.dense2": (1, 16, 8) for i in range(2)},
    **{f"mask/drop2d/resunet.encoder.{i}.block": (1, 8 * 2**i, 1, 1) for i in range(3)},
    **{f"mask/drop2d/resunet.decoder.{i}.block": (1, 16 // 2**i, 1, 1) for i in range(2)},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    onnx.save(build_model(SMALL, random_arrays(SMALL), DESCRIPTION), str(path))
    return str(path)


def run(model, inputs):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(["probability"], inputs)[0]


def test_places_and_shapes(path):
    masked = with_masks(path)
    assert masked.masks == PLACES
    onnx.checker.check_model(onnx.load_from_string(masked.model), full_check=True)


def test_masks_of_ones_change_nothing(path):
    masked, inputs = with_masks(path), random_inputs(SMALL)
    ones = draw_masks(masked.masks, 1, 0.0)
    assert all((mask == 1).all() for mask in ones.values())
    np.testing.assert_array_equal(run(masked.model, {**inputs, **ones}), run(path, inputs))


@pytest.mark.parametrize("place", PLACES)
def test_every_mask_acts(path, place):
    masked, inputs = with_masks(path), random_inputs(SMALL)
    masks = draw_masks(masked.masks, 1, 0.0)
    plain = run(masked.model, {**inputs, **masks})
    masks[place] = np.zeros_like(masks[place])
    assert np.abs(run(masked.model, {**inputs, **masks}) - plain).max() > 1e-5


def test_masks_are_drawn_as_they_should_be():
    shapes = {"a": (1, 300, 400), "b": (1, 64, 1, 1)}
    masks = draw_masks(shapes, 3, 0.1)
    assert {name: mask.shape for name, mask in masks.items()} == shapes
    assert all(mask.dtype == np.float32 for mask in masks.values())
    assert sorted(np.unique(masks["a"])) == [0, np.float32(1 / 0.9)]
    assert (masks["a"] == 0).mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.1 * 0.9 / 120000))
    again, other = draw_masks(dict(reversed(shapes.items())), 3, 0.1), draw_masks(shapes, 4, 0.1)
    np.testing.assert_array_equal(masks["a"], again["a"])
    assert (masks["a"] != other["a"]).any() and (masks["b"] != masks["a"].ravel()[:64].reshape(1, 64, 1, 1)).any()


def test_a_model_without_places_is_refused(tmp_path):
    with pytest.raises(ModelError, match="import or export it again"):
        with_masks(str(save_model(tmp_path / "tiny.onnx")))


def test_without_onnx_it_says_what_to_do(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(RuntimeMissingError, match="pip install onnx"):
        with_masks(path)
