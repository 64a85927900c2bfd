from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from icemargin.inference.errors import OutputError, WeightsError
from icemargin.inference.onnx_metadata import read_description
from icemargin.tests.unit.keras_files import SMALL, random_inputs, save_random, shared_file
from icemargin.weights.architecture import Architecture
from icemargin.weights.convert import import_weights

REGION = Architecture(width=4, depth=1, heads=1, hidden=4, patch=32, steps=1, location=12)


def answer(path, inputs):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, inputs)[0]


def test_a_model_describes_itself(tmp_path):
    weights = save_random(tmp_path / "glavitu_regionencoding_weights.h5", REGION)
    described = import_weights(str(weights), str(tmp_path / "m.onnx"))
    assert described == read_description(str(tmp_path / "m.onnx"))
    assert (described.name, described.location, described.patch) == ("glavitu_regionencoding", "region", 32)
    assert described.bands[:4] == ("blue", "green", "red", "nir") and described.bands[-2:] == ("elevation", "slope")
    assert described.resolution == 10 and described.calibration.source.startswith("glavitu_regionencoding")
    assert "s41467-024-54956-x" in described.citation and described.licence == "see the authors' release"
    assert sorted(file.name for file in tmp_path.iterdir()) == [weights.name, "m.onnx"]


def test_what_the_user_says_counts(tmp_path):
    weights = save_random(tmp_path / "w.h5")
    described = import_weights(str(weights), str(tmp_path / "m.onnx"), ["optical", "dem"], "none", "Our own")
    assert described.name == "Our own" and described.calibration is None and "Not calibrated" in described.note


def test_renumbered_layers_give_the_identical_model(tmp_path):
    models = []
    for number in (0, 995):
        folder = tmp_path / str(number)
        folder.mkdir()
        import_weights(str(save_random(folder / "w.h5", first_number=number)), str(folder / "m.onnx"))
        models.append((folder / "m.onnx").read_bytes())
    assert models[0] == models[1]


def test_a_failure_leaves_the_previous_model_and_nothing_else(tmp_path, monkeypatch):
    out = tmp_path / "m.onnx"
    out.write_bytes(b"before")
    weights = save_random(tmp_path / "w.h5")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        import_weights(str(weights), str(out))
    assert out.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 2


def test_what_onnxruntime_refuses_is_not_kept(tmp_path, monkeypatch):
    broken = SimpleNamespace(SerializeToString=lambda: b"no model")
    monkeypatch.setattr("icemargin.weights.graph.build_model", lambda *_: broken)
    with pytest.raises(WeightsError, match="refuses the model"):
        import_weights(str(save_random(tmp_path / "w.h5")), str(tmp_path / "m.onnx"))
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("out", ["missing/m.onnx", "folder"])
def test_an_output_that_cannot_be_written_is_named(tmp_path, out):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=out):
        import_weights(str(save_random(tmp_path / "w.h5")), str(tmp_path / out))


@pytest.mark.parametrize("package", ["h5py", "onnx"])
def test_a_missing_package_is_named(tmp_path, monkeypatch, package):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == package:
            raise ImportError(f"No module named '{package}'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(WeightsError, match="pip install h5py onnx"):
        import_weights("w.h5", str(tmp_path / "m.onnx"))


def test_neither_torch_nor_tensorflow_is_needed(tmp_path):
    weights = save_random(tmp_path / "w.h5")
    code = (
        "import sys\n"
        "for name in ('torch', 'tensorflow', 'keras', 'qgis'): sys.modules[name] = None\n"
        "from icemargin.weights.convert import import_weights\n"
        f"import_weights({str(weights)!r}, {str(tmp_path / 'm.onnx')!r})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert answer(tmp_path / "m.onnx", random_inputs(SMALL)).shape == (2, 2, 64, 64)


@pytest.fixture(scope="module")
def fixture_model(tmp_path_factory):
    """The delivered file with random weights, imported."""
    out = tmp_path_factory.mktemp("fixture") / "m.onnx"
    import_weights(str(shared_file("fixtures", "keras", "glavitu_global_random_weights.h5")), str(out))
    return out


@pytest.mark.parametrize("prefix, expected", [("", "keras_probability"), ("padded_", "padded_float64_probability")])
def test_it_answers_as_keras_does(fixture_model, prefix, expected):
    """`padded_`: four fifths of the patch are zeros; the answer is in double precision, Keras itself is 7e-4 off."""
    patches = np.load(shared_file("fixtures", "keras", "glavitu_global_patches.npz"))
    inputs = {name: patches[prefix + name].astype(np.float32) for name in ("optical", "dem")}
    assert np.abs(answer(fixture_model, inputs) - patches[expected]).max() <= 2e-5


def test_a_model_of_unknown_name_says_so(fixture_model):
    described = read_description(str(fixture_model))
    assert described.trained_on.startswith("unknown") and "borrowed" in described.note
    assert json.loads(described.to_json())["calibration"]["source"].startswith("borrowed: glavitu_global")
