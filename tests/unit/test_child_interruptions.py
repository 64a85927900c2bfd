from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from icemargin.inference.errors import Cancelled, RuntimeCrashError
from icemargin.tests.unit.processes import is_alive, until
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]

BUSY = {"repeat": 3000}  # a minute or more for one window of 384 x 384


@pytest.fixture
def busy(tmp_path, open_child):
    described = description(patch=384)
    stop = threading.Event()
    path = save_model(tmp_path / "busy.onnx", described, **BUSY)
    predictor = open_child(path, "cpu", 1, is_cancelled=stop.is_set)
    predictor.stop = stop
    predictor.inputs = inputs_for(described, 1)
    return predictor


@pytest.mark.parametrize(
    ("number", "message"),
    [(signal.SIGKILL, "memory ran out"), (signal.SIGSEGV, "SIGSEGV"), (signal.SIGTERM, "SIGTERM")],
)
def test_a_kill_during_a_run_is_a_crash_within_two_seconds(busy, memory_folder, number, message):
    killed = []

    def kill():
        killed.append(time.monotonic())
        os.kill(busy.pid, number)

    threading.Timer(0.7, kill).start()
    with pytest.raises(RuntimeCrashError, match=message) as caught:
        busy.predict(busy.inputs)
    assert time.monotonic() - killed[0] < 2
    assert caught.value.resumable
    assert number != signal.SIGSEGV or any("Segmentation fault" in line for line in caught.value.log)
    assert not is_alive(busy.pid)
    assert list(memory_folder.iterdir()) == []
    with pytest.raises(RuntimeCrashError):
        busy.predict(busy.inputs)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_memory_that_runs_out_in_the_child_is_named(tmp_path, open_child, memory_folder):
    import resource

    described = description(patch=2048)
    predictor = open_child(save_model(tmp_path / "large.onnx", described, repeat=2), "cpu", 1)
    inputs = inputs_for(described, 1)
    used = int(Path(f"/proc/{predictor.pid}/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + sum(array.nbytes for array in inputs.values()) + (60 << 20)  # room for the batch, not for the run
    resource.prlimit(predictor.pid, resource.RLIMIT_AS, (limit, limit))
    with pytest.raises(RuntimeCrashError, match="memory ran out while the model ran; close other programs"):
        predictor.predict(inputs)
    assert not is_alive(predictor.pid)


def test_a_cancel_during_a_run_acts_within_two_seconds(busy, memory_folder):
    cancelled = []
    threading.Timer(0.7, lambda: (cancelled.append(time.monotonic()), busy.stop.set())).start()
    with pytest.raises(Cancelled):
        busy.predict(busy.inputs)
    assert time.monotonic() - cancelled[0] < 2
    assert not is_alive(busy.pid)
    assert list(memory_folder.iterdir()) == []


def test_a_stopped_child_can_be_cancelled_too(busy):
    os.kill(busy.pid, signal.SIGSTOP)
    busy.stop.set()
    with pytest.raises(Cancelled):
        busy.predict(busy.inputs)
    assert not is_alive(busy.pid)


def test_a_close_during_a_run_is_a_cancel(busy, memory_folder):
    threading.Timer(0.7, busy.close).start()
    with pytest.raises(Cancelled):
        busy.predict(busy.inputs)
    assert not is_alive(busy.pid)
    assert list(memory_folder.iterdir()) == []


ORPHAN = """
import sys
from icemargin.tasks import channel
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tests.unit.tiny_onnx import description, inputs_for
channel.shared_folders = lambda: [sys.argv[2]]
predictor = ChildPredictor(sys.executable, sys.argv[1], "cpu", 1)
print(predictor.pid, flush=True)
predictor.predict(inputs_for(description(patch=384), 1))
"""


@pytest.mark.parametrize("wait", [0.0, 1.0])
def test_the_child_goes_when_the_parent_is_killed(tmp_path, memory_folder, wait):
    path = str(save_model(tmp_path / "busy.onnx", description(patch=384), **BUSY))
    command = [sys.executable, "-c", ORPHAN, path, str(memory_folder)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    time.sleep(wait)
    assert is_alive(child)
    parent.kill()
    parent.communicate()
    assert until(lambda: not is_alive(child), 2)
    if wait:  # killed in the midst of the run, when both had mapped the memory
        assert list(memory_folder.iterdir()) == []


def test_an_exit_without_close_leaves_nothing(model, memory_folder):
    code = ORPHAN.replace("patch=384", "")
    command = [sys.executable, "-c", code, model, str(memory_folder)]
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (out.returncode, out.stderr) == (0, "")
    assert not is_alive(int(out.stdout))
    assert list(memory_folder.iterdir()) == []
