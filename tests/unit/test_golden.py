"""The golden patch: same inputs for ever, stored at import, passed by the model itself, failed by a damaged one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from icemargin.inference.errors import ModelError, RuntimeMissingError, WeightsError
from icemargin.inference.golden import TOLERANCE, check_golden, golden_inputs, measure_golden
from icemargin.inference.model import REGIONS, Golden, description_from_json
from icemargin.inference.onnx_inputs import check_batch
from icemargin.inference.onnx_metadata import read_description
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.tests.unit.keras_files import save_random
from icemargin.tests.unit.tiny_onnx import description, save_model
from icemargin.weights.convert import NO_GOLDEN, import_weights
from onnx import numpy_helper

GOLDEN = Golden(((0, 0), (3, 5)), (0.25, 0.75), 1e-3)


@pytest.mark.parametrize("location, digest", [("", "1fc653dd"), ("region", "84acbb2a"), ("coordinates", "a567d982")])
def test_inputs_are_the_same_for_ever(location, digest):
    inputs = golden_inputs(description(64, location))
    assert check_batch(inputs, description(64, location)) == 1
    content = b"".join(np.round(inputs[name] * 1e6).astype("<i8").tobytes() for name in sorted(inputs))
    assert hashlib.sha256(content).hexdigest()[:8] == digest


@pytest.mark.parametrize("patch", [1, 2, 16, 384])
def test_inputs_are_normalised_and_every_band_differs(patch):
    inputs = golden_inputs(description(patch))
    assert all(array.min() >= 0 and array.max() <= 1 for array in inputs.values())
    bands = np.concatenate([array[0] for array in inputs.values()])
    assert patch < 16 or len({band.tobytes() for band in bands}) == len(bands)


def test_a_region_vector_is_one_in_all():
    location = golden_inputs(description(16, "region"))["location"]
    assert location.shape == (1, len(REGIONS)) and location.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("golden", [None, GOLDEN])
def test_json_and_back(golden):
    described = description(golden=golden)
    assert description_from_json(described.to_json()) == described


def test_old_descriptions_stay_readable():
    values = json.loads(description().to_json())
    del values["golden"]
    assert description_from_json(json.dumps(values)) == description()


@pytest.mark.parametrize("change", [
    {"positions": ()}, {"positions": ((0, 0),)}, {"probabilities": (0.5, 1.5)}, {"probabilities": (0.5, float("nan"))},
    {"tolerance": 0.0}, {"tolerance": 1.0},
])  # fmt: skip
def test_nonsense_is_refused(change):
    with pytest.raises(ModelError):
        replace(GOLDEN, **change)


def test_pixels_outside_the_window_are_refused():
    with pytest.raises(ModelError, match="outside the window"):
        description(4, golden=GOLDEN)


@pytest.fixture
def model(tmp_path):
    """A small GlaViTU, imported."""
    import_weights(str(save_random(tmp_path / "w.h5")), str(tmp_path / "m.onnx"))
    return tmp_path / "m.onnx"


def check(path):
    predictor = OnnxPredictor(str(path), "cpu")
    try:
        check_golden(predictor)
    finally:
        predictor.close()


def test_an_imported_model_passes_its_own_patch(model):
    golden = read_description(str(model)).golden
    assert len(set(golden.positions)) == 64 and golden.tolerance == TOLERANCE
    assert np.ptp(golden.probabilities) > 0.01  # a patch of one value would tell nothing
    check(model)


def initialiser(model, number):
    """Return the graph's array that comes as the number-th by size."""
    arrays = [item for item in model.graph.initializer if item.data_type == onnx.TensorProto.FLOAT]
    return sorted(arrays, key=lambda item: -np.prod(item.dims))[number]


@pytest.mark.parametrize("number", [0, 1, 5, 20])
def test_a_damaged_layer_fails(model, number):
    network = onnx.load(str(model))
    array = initialiser(network, number)
    values = numpy_helper.to_array(array)
    array.CopyFrom(numpy_helper.from_array(values[..., ::-1].copy(), array.name))
    onnx.save(network, str(model))
    with pytest.raises(ModelError, match=r"golden patch .* import the model again"):
        check(model)


def test_rounding_passes(model):
    network = onnx.load(str(model))
    for array in network.graph.initializer:
        if array.data_type == onnx.TensorProto.FLOAT and len(array.dims) > 1:
            values = numpy_helper.to_array(array) * np.float32(1 + 1e-7)
            array.CopyFrom(numpy_helper.from_array(values, array.name))
    onnx.save(network, str(model))
    check(model)


@pytest.mark.parametrize("shift, passes", [(0.5 * TOLERANCE, True), (2 * TOLERANCE, False), (float("nan"), False)])
def test_the_tolerance_decides(tmp_path, shift, passes):
    class Shifted:
        provider = "stub"

        def __init__(self):
            self.description = description()
            self.shift = 0.0

        def predict(self, inputs):
            return inputs["optical"][:, 0] + np.float32(self.shift)

    predictor = Shifted()
    predictor.description = replace(predictor.description, golden=measure_golden(predictor))
    predictor.shift = shift
    if passes:
        check_golden(predictor)
        return
    with pytest.raises(ModelError, match="by stub"):
        check_golden(predictor)


def test_a_model_without_one_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="import it again"):
        check(save_model(tmp_path / "tiny.onnx"))


def test_where_onnxruntime_is_not_there_the_note_says_so(tmp_path, monkeypatch):
    def missing():
        raise RuntimeMissingError("no onnxruntime")

    monkeypatch.setattr("icemargin.inference.onnx_predictor.load_onnxruntime", missing)
    described = import_weights(str(save_random(tmp_path / "w.h5")), str(tmp_path / "m.onnx"))
    assert described.golden is None and described.note.endswith(NO_GOLDEN)
    assert read_description(str(tmp_path / "m.onnx")) == described


def test_a_network_that_answers_no_numbers_is_refused_at_import(tmp_path, monkeypatch):
    def nonsense(_):
        raise ModelError("The model answers values that are no numbers")

    monkeypatch.setattr("icemargin.weights.convert.measure_golden", nonsense)
    with pytest.raises(WeightsError, match=r"its answer is none .*no numbers"):
        import_weights(str(save_random(tmp_path / "w.h5")), str(tmp_path / "m.onnx"))
    assert [path.name for path in tmp_path.iterdir()] == ["w.h5"]
