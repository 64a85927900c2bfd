"""Import and check in the runtime's child: the same answers and errors as here, and nothing left when it is stopped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from icemargin.inference.errors import Cancelled, ModelError, RuntimeCrashError, RuntimeMissingError, WeightsError
from icemargin.inference.onnx_metadata import read_description
from icemargin.models.store import ModelStore
from icemargin.tasks.import_task import ImportChoice, adding, checking
from icemargin.tasks.model_jobs import RuntimeJobs
from icemargin.tests.unit.keras_files import save_random
from icemargin.tests.unit.processes import bare_python, is_alive
from icemargin.tests.unit.tiny_onnx import save_model
from icemargin.weights.convert import import_weights

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]


class Recorder:
    """A progress that keeps what it is told, and is cancelled once it has heard `stop`."""

    def __init__(self, stop=None):
        self.told = []
        self.stop = stop

    def report(self, fraction, text):
        self.told.append((fraction, text))

    def is_cancelled(self):
        return self.stop is not None and any(text.startswith(self.stop) for _, text in self.told)


@pytest.fixture
def weights(tmp_path):
    return str(save_random(tmp_path / "glavitu_global_weights.h5"))


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models", tmp_path / "shipped")


def left_in(store):
    return sorted(path.name for path in store.folder.glob("*")) if store.folder.exists() else []


def test_the_child_makes_the_same_model(weights, store, tmp_path, children):
    progress = Recorder()
    model = adding(store, ImportChoice(weights), sys.executable)(progress)
    import_weights(weights, str(tmp_path / "here.onnx"))
    assert model.description == read_description(str(tmp_path / "here.onnx"))
    assert (model.name, model.kind) == ("glavitu_global", "imported") and model.checked.startswith("onnxruntime")
    fractions = [fraction for fraction, _ in progress.told]
    assert fractions == sorted(fractions) and fractions[-1] <= 1
    assert {"Reading the weights", "Building the network", "Running the model once"} <= {t for _, t in progress.told}
    assert children and not any(is_alive(child.pid) for child in children)


def test_an_onnx_file_and_a_later_check(store, tmp_path):
    model = adding(store, ImportChoice(str(save_model(tmp_path / "tiny.onnx")), "mine"), sys.executable)(Recorder())
    assert (model.name, model.kind, model.checked) == ("mine", "own", "")
    assert checking(store, "mine", sys.executable)(Recorder()).problem == ""


def test_named_errors_come_through_unchanged(store, tmp_path):
    broken = tmp_path / "w.h5"
    broken.write_bytes(b"no weights")
    messages = []
    for work in (
        lambda: import_weights(str(broken), str(tmp_path / "m.onnx")),
        lambda: adding(store, ImportChoice(str(broken)), sys.executable)(Recorder()),
    ):
        with pytest.raises(WeightsError) as caught:
            work()
        messages.append(str(caught.value))
    assert messages[0] == messages[1] and left_in(store) == []
    with pytest.raises(ModelError, match="does not fit its own description"):
        RuntimeJobs(sys.executable).verify(str(save_model(tmp_path / "m.onnx", channels={"dem": 3})), Recorder())


@pytest.mark.parametrize("stop", ["Reading", "Building", "Running", "Checking"])
def test_cancel_ends_the_child_and_leaves_nothing(weights, store, children, stop):
    with pytest.raises(Cancelled):
        adding(store, ImportChoice(weights), sys.executable)(Recorder(stop))
    assert left_in(store) == [] and not any(is_alive(child.pid) for child in children)


def test_a_killed_child_is_told_and_leaves_nothing(weights, store, children):
    class Killing(Recorder):
        def report(self, fraction, text):
            if text == "Running the model once":
                os.kill(children[-1].pid, signal.SIGKILL)

    with pytest.raises(RuntimeCrashError, match="memory ran out"):
        adding(store, ImportChoice(weights), sys.executable)(Killing())
    assert left_in(store) == []


def test_without_a_runtime_weights_cannot_but_onnx_files_can_be_added(weights, store, tmp_path):
    with pytest.raises(RuntimeMissingError):
        adding(store, ImportChoice(weights), "")(Recorder())
    assert left_in(store) == []
    path = str(save_model(tmp_path / "tiny.onnx"))
    assert adding(store, ImportChoice(path), "")(Recorder()).checked == ""


def test_a_runtime_without_onnxruntime_is_told(weights, store, tmp_path):
    python = bare_python(tmp_path / "bare", numpy=True)
    with pytest.raises(WeightsError, match="needs h5py and onnx"):
        adding(store, ImportChoice(weights), python)(Recorder())
    assert not Path(store.folder / "glavitu_global.onnx").exists()


@pytest.mark.parametrize(("path", "is_weights"), [("a.h5", True), ("a.HDF5", True), ("a.onnx", False), ("a", False)])
def test_the_suffix_tells_what_a_file_is(path, is_weights):
    assert ImportChoice(path).is_weights is is_weights
