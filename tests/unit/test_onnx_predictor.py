from __future__ import annotations

import builtins
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from icemargin.inference import onnx_session
from icemargin.inference.errors import Cancelled, ModelError, RuntimeCrashError, RuntimeMissingError
from icemargin.inference.onnx_inputs import check_answer
from icemargin.inference.onnx_metadata import read_description, read_metadata
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model


@pytest.fixture
def model(tmp_path):
    return str(save_model(tmp_path / "tiny.onnx"))


def test_the_description_is_read_without_onnx(model):
    assert read_description(model) == description()
    assert read_metadata(model)["other"] == "ä"


@pytest.mark.parametrize("location", ["", "region", "coordinates"])
def test_predicts_class_one_of_the_softmax(tmp_path, location):
    import onnxruntime

    described = description(location=location)
    path = str(save_model(tmp_path / "tiny.onnx", described))
    inputs = inputs_for(described)
    expected = onnxruntime.InferenceSession(path).run(None, inputs)[0][:, 1]
    predictor = OnnxPredictor(path, "cpu", threads=1)
    answer = predictor.predict(inputs)
    assert answer.dtype == np.float32
    assert answer.shape == (3, 16, 16)
    np.testing.assert_allclose(answer, expected, atol=1e-6)
    assert answer.std() > 0.01
    assert (predictor.provider, predictor.warning, predictor.batch_size) == ("CPUExecutionProvider", "", 1)


def test_an_answer_does_not_depend_on_its_neighbours(model):
    predictor = OnnxPredictor(model, "cpu")
    inputs = inputs_for(description(), count=4)
    one_by_one = [predictor.predict({name: array[i : i + 1] for name, array in inputs.items()}) for i in range(4)]
    assert predictor.predict(inputs).tobytes() == np.concatenate(one_by_one).tobytes()


def test_no_windows_give_no_answer(model):
    assert OnnxPredictor(model).predict(inputs_for(description(), count=0)).shape == (0, 16, 16)


def test_close_twice_and_then_no_prediction(model):
    predictor = OnnxPredictor(model)
    predictor.close()
    predictor.close()
    with pytest.raises(ModelError, match="closed"):
        predictor.predict(inputs_for(description()))


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_no_warning_where_nothing_was_promised(model, device):
    assert OnnxPredictor(model, device).warning == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata": None}, "without IceMargin's description; make one"),
        ({"metadata": "{}"}, "description cannot be read"),
        ({"metadata": '{"version": 2}'}, "update IceMargin"),
        ({"channels": {"dem": 3}}, r"input 'dem' is .*not N x 2 x 16 x 16"),
        ({"channels": {"thermal": 1}}, "takes dem, optical, thermal, the description says dem, optical"),
        ({"patch": 8}, "not N x 6 x 16 x 16"),
        ({"batch": 2}, r"input 'optical' is tensor\(float\) \[2, 6"),
        ({"output": "answer"}, "its output is answer"),
        ({"classes": 3}, "its output is .*not N x 2 x 16 x 16"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(tmp_path, changes, message):
    path = str(save_model(tmp_path / "tiny.onnx", **changes))
    with pytest.raises(ModelError, match=message):
        OnnxPredictor(path)


@pytest.mark.parametrize(
    ("changes", "message"), [({"bias": np.nan}, "no numbers"), ({"softmax": False}, "outside 0..1")]
)
def test_a_nonsense_answer_is_refused(tmp_path, changes, message):
    predictor = OnnxPredictor(str(save_model(tmp_path / "tiny.onnx", **changes)))
    with pytest.raises(ModelError, match=message):
        predictor.predict(inputs_for(description()))


def test_an_answer_of_the_wrong_shape_is_refused():
    with pytest.raises(ModelError, match="answers 1 x 2 x 8 x 8, not 1 x 2 x 16 x 16"):
        check_answer(np.zeros((1, 2, 8, 8), np.float32), 1, description())


def test_a_model_of_fixed_batch_one_runs(tmp_path):
    predictor = OnnxPredictor(str(save_model(tmp_path / "tiny.onnx", batch=1)))
    assert predictor.predict(inputs_for(description(), count=2)).shape == (2, 16, 16)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 50, b"II*\x00" + b"\x07" * 400, b"\x08\x08"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "other.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="is not a whole ONNX file"):
        OnnxPredictor(str(tmp_path / "other.onnx"))


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_truncated_model_is_refused(model, tmp_path, share):
    whole = Path(model).read_bytes()
    (tmp_path / "part.onnx").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="is not a whole ONNX file"):
        OnnxPredictor(str(tmp_path / "part.onnx"))


def test_a_graph_that_onnxruntime_refuses(tmp_path):
    import onnx

    path = str(save_model(tmp_path / "tiny.onnx"))
    broken = onnx.load(path)
    broken.graph.node[0].op_type = "NoSuchThing"
    onnx.save(broken, path)
    with pytest.raises(ModelError, match="ONNX Runtime cannot use"):
        OnnxPredictor(path)


@pytest.mark.parametrize("name", ["missing.onnx", ""])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(ModelError, match="There is no model file"):
        OnnxPredictor(str(tmp_path / name))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda inputs: inputs.pop("dem"), "needs dem, optical but was given optical"),
        (lambda inputs: inputs.update(dem=inputs["dem"][:, :1]), "'dem' must be 3 x 2 x 16 x 16 float32, not 3 x 1"),
        (lambda inputs: inputs.update(dem=inputs["dem"].astype(float)), "float64"),
        (lambda inputs: inputs.update(dem=inputs["dem"][:2]), "not 2 x 2 x 16 x 16"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(model, spoil, message):
    inputs = inputs_for(description())
    spoil(inputs)
    with pytest.raises(ModelError, match=message):
        OnnxPredictor(model).predict(inputs)


def test_onnxruntime_that_cannot_be_imported(model, monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "onnxruntime":
            raise ImportError("No module named 'onnxruntime'")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RuntimeMissingError, match="pip install onnxruntime"):
        OnnxPredictor(model)


def test_cuda_that_is_not_in_the_build_means_cpu_and_says_so(model, monkeypatch):
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    predictor = OnnxPredictor(model, "cuda")
    assert predictor.provider == "CPUExecutionProvider"
    assert "built without it" in predictor.warning
    assert predictor.predict(inputs_for(description())).shape == (3, 16, 16)


def test_cuda_without_a_driver(model, monkeypatch):
    import onnxruntime

    def no_driver(name):
        raise OSError(name)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(onnx_session, "ctypes", SimpleNamespace(CDLL=no_driver))
    assert "no NVIDIA driver" in OnnxPredictor(model, "cuda").warning
    assert OnnxPredictor(model, "auto").warning == ""


class PretendedCuda:
    """A CPU session that says it is on CUDA, takes up to `most` windows at once, and fails with `error` at run `at`."""

    def __init__(self, session, error="", at=0):
        self._session, self._error, self._at, self.sizes = session, error, at, []
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def get_providers(self):
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def run(self, names, inputs, _options):
        self.sizes.append(len(inputs["dem"]))
        if self._error and len(self.sizes) > self._at:
            raise RuntimeError(self._error)
        return self._session.run(names, inputs)


def pretend_cuda(monkeypatch, on_cuda):
    real = onnx_session._session
    monkeypatch.setattr(onnx_session, "_missing_for_cuda", lambda: "")
    monkeypatch.setattr(onnx_session, "_wished", lambda device: () if device == "cpu" else ("CUDAExecutionProvider",))
    monkeypatch.setattr(
        onnx_session, "_session", lambda path, threads, providers: (
            real(path, threads, ["CPUExecutionProvider"]) if len(providers) == 1 else on_cuda(real, path, threads)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("available", "device", "wished"),
    [
        (["CPUExecutionProvider"], "auto", ()),
        (["OpenVINOExecutionProvider", "CPUExecutionProvider"], "auto", ("OpenVINOExecutionProvider",)),
        (["DmlExecutionProvider", "CPUExecutionProvider"], "auto", ("DmlExecutionProvider",)),
        (["DmlExecutionProvider", "CPUExecutionProvider"], "cuda", ("CUDAExecutionProvider",)),
        (["TensorrtExecutionProvider", "CUDAExecutionProvider"], "auto", ("CUDAExecutionProvider",)),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], "cpu", ()),
    ],
)
def test_auto_tries_the_accelerators_of_the_build(monkeypatch, available, device, wished):
    build = SimpleNamespace(get_available_providers=lambda: available)
    monkeypatch.setattr(onnx_session, "load_onnxruntime", lambda: build)
    assert onnx_session._wished(device) == wished


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_cuda_takes_four_windows_at_once(model, monkeypatch, device):
    made = []

    def on_cuda(real, path, threads):
        made.append(PretendedCuda(real(path, threads, ["CPUExecutionProvider"])))
        return made[0]

    pretend_cuda(monkeypatch, on_cuda)
    predictor = OnnxPredictor(model, device)
    assert (predictor.provider, predictor.warning, predictor.batch_size) == ("CUDAExecutionProvider", "", 4)
    assert predictor.predict(inputs_for(description(), count=6)).shape == (6, 16, 16)
    assert made[0].sizes == [4, 2]


@pytest.mark.parametrize(
    ("error", "reason"),
    [("CUDA failure 2: out of memory ; GPU=0", "GPU's memory does not suffice"), ("CUDNN_STATUS_X", "CUDNN_STATUS_X")],
)
@pytest.mark.parametrize("at", [0, 1])
def test_cuda_that_fails_at_a_run_means_cpu_and_says_why(model, monkeypatch, error, reason, at):
    pretend_cuda(monkeypatch, lambda real, path, n: PretendedCuda(real(path, n, ["CPUExecutionProvider"]), error, at))
    predictor = OnnxPredictor(model)
    inputs = inputs_for(description(), count=6)
    answer = predictor.predict(inputs)
    assert reason in predictor.warning
    assert (predictor.provider, predictor.batch_size) == ("CPUExecutionProvider", 1)
    np.testing.assert_allclose(answer, OnnxPredictor(model, "cpu").predict(inputs), atol=1e-6)


def test_cuda_that_cannot_start_means_cpu_and_says_why(model, monkeypatch):
    def on_cuda(real, path, threads):
        raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected\nmore")

    pretend_cuda(monkeypatch, on_cuda)
    predictor = OnnxPredictor(model, "cuda")
    assert "no CUDA-capable device" in predictor.warning
    assert predictor.provider == "CPUExecutionProvider"


def test_cuda_whose_libraries_are_missing(model, monkeypatch):
    pretend_cuda(monkeypatch, lambda real, path, threads: real(path, threads, ["CPUExecutionProvider"]))
    predictor = OnnxPredictor(model, "cuda")
    assert "libraries cannot be loaded" in predictor.warning
    assert predictor.provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("std::bad_alloc"), RuntimeError("Failed to allocate memory for requested")]
)
def test_memory_that_runs_out_is_named(model, error):
    class Full:
        def run(self, names, inputs, _options):
            raise error

    predictor = OnnxPredictor(model, "cpu")
    predictor._session = Full()
    with pytest.raises(RuntimeCrashError, match="memory ran out") as caught:
        predictor.predict(inputs_for(description()))
    assert caught.value.resumable


def test_another_failure_on_the_cpu_is_a_crash_that_can_be_resumed(model):
    class Broken:
        def run(self, names, inputs, _options):
            raise RuntimeError("illegal thing\nat 0x0")

    predictor = OnnxPredictor(model, "cpu")
    predictor._session = Broken()
    with pytest.raises(RuntimeCrashError, match=r"failed \(illegal thing\)"):
        predictor.predict(inputs_for(description()))


def test_nothing_is_written_to_the_standard_streams(model, tmp_path, capfd):
    OnnxPredictor(model, "cuda").predict(inputs_for(description()))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_cancel_breaks_off_a_run_in_this_process(tmp_path):
    described = description(patch=256)
    path = save_model(tmp_path / "long.onnx", described, repeat=4000)
    began: list[float] = []

    def is_cancelled() -> bool:
        return bool(began) and time.monotonic() - began[0] > 0.3

    predictor = OnnxPredictor(str(path), "cpu", 1, is_cancelled)
    inputs = inputs_for(described, 1)
    began.append(time.monotonic())
    with pytest.raises(Cancelled):
        predictor.predict(inputs)
    assert time.monotonic() - began[0] < 2.3
