from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import icemargin
import numpy as np
import pytest
from icemargin.inference.errors import ModelError, OutputError, RuntimeCrashError, RuntimeMissingError
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.tasks import channel, child_predictor, child_session
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tests.unit.processes import bare_python, is_alive
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]


@pytest.mark.parametrize("location", ["", "region", "coordinates"])
def test_the_child_answers_byte_for_byte_as_this_process(tmp_path, open_child, location):
    described = description(patch=48, location=location)
    path = save_model(tmp_path / "tiny.onnx", described)
    here, there = OnnxPredictor(str(path), "cpu", 1), open_child(path, "cpu", 1)
    for count in (2, 1, 5):  # the shared memory is used again, and grows
        inputs = inputs_for(described, count, seed=count)
        answer = there.predict(inputs)
        assert answer.tobytes() == here.predict(inputs).tobytes()
        assert (answer.dtype, answer.shape) == (np.float32, (count, 48, 48))
        assert answer.flags.owndata
    assert there.description == here.description == described
    assert (there.provider, there.warning, there.batch_size) == (here.provider, here.warning, here.batch_size)


def test_inputs_need_not_be_contiguous(model, open_child):
    inputs = inputs_for(description())
    turned = {name: array[:, :, ::-1, ::-1] for name, array in inputs.items()}
    assert open_child(model).predict(turned).tobytes() == OnnxPredictor(model, "cpu").predict(turned).tobytes()


def test_no_windows_give_no_answer(model, open_child):
    assert open_child(model).predict(inputs_for(description(), 0)).shape == (0, 16, 16)


def test_the_versions_are_known(model, open_child):
    import onnxruntime

    versions = open_child(model).versions
    assert versions["onnxruntime"] == onnxruntime.__version__
    assert versions["numpy"] == np.__version__
    assert versions["version"] == icemargin.__version__


def test_cuda_that_is_not_there_means_cpu_and_says_so(model, open_child):
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    predictor = open_child(model, "cuda")
    assert predictor.provider == "CPUExecutionProvider"
    assert "CUDA cannot be used" in predictor.warning
    assert predictor.predict(inputs_for(description())).shape == (3, 16, 16)


def test_the_child_holds_no_gdal_and_no_qgis(model, open_child):
    predictor = open_child(model)
    predictor.predict(inputs_for(description()))
    loaded = Path(f"/proc/{predictor.pid}/maps").read_text().lower()
    assert "onnxruntime" in loaded
    assert not [name for name in ("gdal", "osgeo", "libproj", "qgis", "libqt", "torch") if name in loaded]


PARENT = """
import sys
from icemargin.tasks.runtime import find_runtime_python, open_predictor
from icemargin.inference.request import DelineationRequest, Source
from icemargin.inference.onnx_inputs import expected_inputs
import numpy as np
python = find_runtime_python(sys.executable)
request = DelineationRequest((Source(("a.tif",), {"red": 1}),), "out", model=sys.argv[1])
predictor = open_predictor(request, python)
shapes = expected_inputs(predictor.description)
answer = predictor.predict({name: np.zeros((1, *shape), np.float32) for name, shape in shapes.items()})
assert answer.shape == (1, 16, 16)
print(sorted({name.split(".")[0] for name in sys.modules} & {"onnxruntime", "onnx", "torch", "h5py", "qgis", "PyQt5"}))
"""


def test_the_parent_imports_nothing_native(model):
    out = subprocess.run([sys.executable, "-c", PARENT, model], capture_output=True, text=True, check=False)
    assert (out.stdout, out.stderr) == ("[]\n", "")


def test_a_folder_with_spaces_and_umlauts(tmp_path, open_child, memory_folder, monkeypatch):
    folder = tmp_path / "Ötztal Ä b"
    (folder / "m e").mkdir(parents=True)
    path = save_model(folder / "größe.onnx")
    monkeypatch.setattr(channel, "shared_folders", lambda: [str(folder / "m e")])
    monkeypatch.chdir(folder)
    assert open_child(path.name).predict(inputs_for(description())).shape == (3, 16, 16)


def test_a_whole_checkout_in_such_a_folder(tmp_path, model):
    root = tmp_path / "Plugins für QGIS" / "ice margin-main"
    for part in ("inference", "tasks", "__init__.py"):
        source = Path(icemargin.__file__).parent / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(root) / part)
    code = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "module = importlib.import_module('ice margin-main.tasks.child_predictor')\n"
        "predictor = module.ChildPredictor(sys.executable, sys.argv[2])\n"
        "print(predictor.provider, open(f'/proc/{predictor.pid}/cmdline').read().count('ice margin-main'))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(root.parent), model], capture_output=True, text=True, check=False
    )
    assert (out.stdout, out.stderr) == ("CPUExecutionProvider 1\n", "")


def _made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_another_pythons_settings_do_no_harm(model, open_child, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit(77)")
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "GDAL_DATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert open_child(model).predict(inputs_for(description())).shape == (3, 16, 16)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"metadata": None}, "without IceMargin's description"), ({"channels": {"dem": 3}}, "input 'dem' is")],
)
def test_a_model_that_does_not_fit_is_the_same_error(tmp_path, changes, message, memory_folder):
    path = str(save_model(tmp_path / "tiny.onnx", **changes))
    with pytest.raises(ModelError, match=message) as there:
        ChildPredictor(sys.executable, path)
    with pytest.raises(ModelError) as here:
        OnnxPredictor(path)
    assert str(there.value) == str(here.value)


def test_a_missing_model_starts_nothing(monkeypatch):
    monkeypatch.setattr(child_predictor, "ChildProcess", None)
    with pytest.raises(ModelError, match="There is no model file"):
        ChildPredictor(sys.executable, "/nowhere/model.onnx")


def test_a_nonsense_answer_leaves_the_child_alive(tmp_path, open_child):
    predictor = open_child(save_model(tmp_path / "tiny.onnx", bias=np.nan))
    with pytest.raises(ModelError, match="no numbers"):
        predictor.predict(inputs_for(description()))
    assert is_alive(predictor.pid)


def test_a_batch_that_does_not_fit_is_refused_here(model, open_child):
    with pytest.raises(ModelError, match="needs dem, optical"):
        open_child(model).predict({"dem": np.zeros((1, 2, 16, 16), np.float32)})


@pytest.mark.parametrize("numpy", [True, False])
def test_an_interpreter_without_the_libraries(model, tmp_path, numpy):
    python = bare_python(tmp_path / "bare", numpy)
    with pytest.raises(RuntimeMissingError, match="No module named '" + ("onnxruntime" if numpy else "numpy")):
        ChildPredictor(python, model)


def test_another_version_is_refused(model, monkeypatch):
    monkeypatch.setattr(child_session, "__version__", "0.0.0")
    with pytest.raises(RuntimeCrashError, match="restart QGIS"):
        ChildPredictor(sys.executable, model)


def test_no_room_for_the_shared_memory(model, open_child, tmp_path, monkeypatch):
    predictor = open_child(model)
    monkeypatch.setattr(channel, "shared_folders", lambda: [str(tmp_path / "missing")])
    with pytest.raises(OutputError, match="free some space"):
        predictor.predict(inputs_for(description()))


def test_close_leaves_no_process_and_no_file(model, open_child, memory_folder):
    predictor = open_child(model)
    predictor.predict(inputs_for(description()))
    assert list(memory_folder.iterdir()) == []  # its name is gone while it is in use
    predictor.close()
    predictor.close()
    assert not is_alive(predictor.pid)
    with pytest.raises(RuntimeCrashError, match="has been ended"):
        predictor.predict(inputs_for(description()))
    assert list(memory_folder.iterdir()) == []
