from __future__ import annotations

import ast
import sys
import time
from pathlib import Path

import icemargin
import pytest
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.errors import Cancelled, ModelError, RuntimeMissingError
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.request import ClassicSettings, DelineationRequest, Source
from icemargin.tasks import runtime
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tasks.runtime import find_runtime_python, open_predictor
from icemargin.tests.unit.processes import bare_python, script_named
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model


def request_for(model, **values):
    return DelineationRequest((Source(("scene.tif",), {"red": 1}),), "out", model=str(model), **values)


def test_this_interpreter_is_a_runtime():
    assert find_runtime_python(sys.executable) == sys.executable


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("python", "echo hello", r"does not answer as Python does \(exit code 0\)"),
        ("python", "exit 3", r"does not answer as Python does \(exit code 3\)"),
        ("python", "echo '[1]'", "does not answer as Python does"),
        ("python", "echo '{}'", "does not answer as Python does"),
        ("python3", 'echo \'{"python": [3, 8, 10], "numpy": "1", "onnxruntime": "1"}\'', "is Python 3.8.10, too old"),
        ("qgis", "echo hello", "is not a Python interpreter"),
    ],
)
def test_a_wrong_interpreter_is_refused(tmp_path, name, text, message):
    with pytest.raises(RuntimeMissingError, match=message) as caught:
        find_runtime_python(script_named(tmp_path / name, text))
    assert "in IceMargin's settings, or map with the classic method" in str(caught.value)


@pytest.mark.parametrize(("path", "message"), [("", "none is set up"), ("/nowhere/python3", "is not there")])
def test_no_interpreter(path, message):
    with pytest.raises(RuntimeMissingError, match=message):
        find_runtime_python(path)


def test_a_folder_or_a_file_that_cannot_be_started(tmp_path):
    with pytest.raises(RuntimeMissingError, match="is not there"):
        find_runtime_python(str(tmp_path))
    (tmp_path / "python").write_text("")
    with pytest.raises(RuntimeMissingError, match="cannot be started"):
        find_runtime_python(str(tmp_path / "python"))


def test_an_interpreter_that_hangs(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "_PROBE_TIMEOUT", 0.3)
    start = time.monotonic()
    with pytest.raises(RuntimeMissingError, match="gave no answer"):
        find_runtime_python(script_named(tmp_path / "python", "exec sleep 30"))
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(("numpy", "missing"), [(True, "onnxruntime"), (False, "numpy")])
def test_an_interpreter_without_the_libraries(tmp_path, numpy, missing):
    with pytest.raises(RuntimeMissingError, match=f"cannot import {missing} .*-m pip install {missing}"):
        find_runtime_python(bare_python(tmp_path / "bäre folder", numpy))


@pytest.mark.parametrize("python", [None, "/nowhere/python"])
def test_the_classic_method_needs_no_runtime(python):
    predictor = open_predictor(request_for("classic", classic=ClassicSettings(index="ndsi")), python)
    assert isinstance(predictor, ClassicPredictor)
    assert predictor.provider == "numpy"


def test_a_model_runs_here_or_in_a_child_with_the_same_answer(tmp_path):
    request = request_for(save_model(tmp_path / "tiny.onnx"), device="cpu", threads=1)
    inputs = inputs_for(description())
    here, there = open_predictor(request, None), open_predictor(request, sys.executable)
    assert isinstance(here, OnnxPredictor)
    assert isinstance(there, ChildPredictor)
    assert here.predict(inputs).tobytes() == there.predict(inputs).tobytes()
    here.close()
    there.close()


def test_device_and_threads_reach_the_model(tmp_path, monkeypatch):
    from icemargin.inference import onnx_predictor

    seen = []
    real = onnx_predictor.open_session
    monkeypatch.setattr(onnx_predictor, "open_session", lambda *args: seen.append(args[1:]) or real(*args))
    open_predictor(request_for(save_model(tmp_path / "tiny.onnx"), device="cpu", threads=2), None)
    assert seen == [("cpu", 2)]


@pytest.mark.parametrize("python", [None, sys.executable])
def test_a_missing_model_is_the_same_error_everywhere(python):
    with pytest.raises(ModelError, match=r"There is no model file .*; choose a model"):
        open_predictor(request_for("/nowhere/model.onnx"), python)


def test_a_cancel_stops_the_start(tmp_path):
    busy = save_model(tmp_path / "tiny.onnx", description(patch=384), repeat=20000)  # seconds to load
    start = time.monotonic()
    with pytest.raises(Cancelled):
        open_predictor(request_for(busy), sys.executable, lambda: time.monotonic() - start > 0.5)
    assert time.monotonic() - start < 2.5


@pytest.mark.parametrize(
    "name",
    ["runtime", "spawn", "channel", "child", "child_server", "child_process", "child_predictor", "child_failures"],
)
def test_nothing_of_qgis_or_gdal_is_imported(name):
    tree = ast.parse((Path(icemargin.__file__).parent / "tasks" / f"{name}.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in imported} & {"qgis", "PyQt5", "PyQt6", "osgeo", "onnxruntime"}
