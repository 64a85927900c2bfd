from __future__ import annotations

import gc
import shutil
import sys
import threading
import time
from pathlib import Path

import icemargin
import pytest
from icemargin.inference.errors import Cancelled, ModelError, RuntimeCrashError, RuntimeMissingError
from icemargin.tasks.child_process import ChildProcess
from icemargin.tests.unit.processes import is_alive, script_named, until

ANSWER = "import sys, json, os, time, signal\nrequest = json.loads(sys.stdin.readline())\n"


@pytest.fixture
def child(tmp_path):
    """Start a child that runs the given lines after it has read a request; all are ended afterwards."""
    started = []

    def start(text, **options):
        path = tmp_path / "script.py"
        path.write_text(ANSWER + text)
        started.append(ChildProcess(sys.executable, script=str(path), **options))
        return started[-1]

    yield start
    for process in started:
        process.close()


def test_a_result_comes_back(child):
    answer = 'print(json.dumps({"id": request["id"], "result": request["value"]}), flush=True); sys.stdin.read()'
    assert child(answer).call("echo", 20, value={"ä": [1, 2.5, None]}) == {"ä": [1, 2.5, None]}


def test_a_named_error_comes_back_and_the_child_lives(child):
    process = child(
        'print(json.dumps({"id": 1, "error": "ModelError", "message": "so"}), flush=True); sys.stdin.read()'
    )
    with pytest.raises(ModelError, match="so"):
        process.call("load", 20)
    assert is_alive(process.pid)


@pytest.mark.parametrize(
    "text",
    [
        'print("hello", flush=True); time.sleep(60)',
        'print("[]", flush=True); time.sleep(60)',
        'print(json.dumps({"id": 99, "result": {}}), flush=True); time.sleep(60)',
        'print(json.dumps({"id": 1}), flush=True); time.sleep(60)',
        'print(json.dumps({"id": 1, "result": 5}), flush=True); time.sleep(60)',
        'os.write(1, b"\\xff" * 3000000); time.sleep(60)',
        "os.write(1, b'{\"id\": 1'); sys.exit(0)",
    ],
)
def test_nonsense_ends_the_child(child, text):
    process = child(text)
    with pytest.raises(RuntimeCrashError, match="answered nonsense") as caught:
        process.call("hello", 20)
    assert caught.value.log[-1].startswith("not an answer: b")
    assert not is_alive(process.pid)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sys.exit(3)", r"exit code 3"),
        ("sys.exit(0)", r"exit code 0"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "memory ran out"),
        ("raise MemoryError", "memory ran out"),
        ("os.close(1); sys.stdout = None; time.sleep(60)", "closed the channel"),
    ],
)
def test_a_child_that_ends_is_explained(child, text, message):
    process = child(text)
    start = time.monotonic()
    with pytest.raises(RuntimeCrashError, match=message):
        process.call("hello", 20)
    assert time.monotonic() - start < 4
    assert not is_alive(process.pid)


def test_the_log_keeps_the_last_lines(child):
    process = child('for i in range(1000): print("line", i, file=sys.stderr)\nsys.exit(1)')
    with pytest.raises(RuntimeCrashError) as caught:
        process.call("hello", 20)
    assert caught.value.log == process.log
    assert caught.value.log[-1] == "line 999"
    assert len(caught.value.log) == 200


def test_a_child_that_hangs_is_ended(child):
    process = child("time.sleep(60)")
    with pytest.raises(RuntimeCrashError, match="no answer to 'predict' in 0 s"):
        process.call("predict", 0.3)
    assert not is_alive(process.pid)


def test_a_cancel_acts_within_two_seconds_even_on_a_deaf_child(child):
    begin = time.monotonic()
    process = child(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
        is_cancelled=lambda: time.monotonic() - begin > 0.5,
    )
    with pytest.raises(Cancelled):
        process.call("predict", 60)
    assert time.monotonic() - begin < 2
    assert not is_alive(process.pid)


def test_a_close_from_another_thread_is_a_cancel(child):
    process = child("time.sleep(60)")
    threading.Timer(0.3, process.close).start()
    with pytest.raises(Cancelled):
        process.call("predict", 20)
    assert not is_alive(process.pid)


def test_no_call_after_the_end(child):
    process = child("time.sleep(60)")
    process.close()
    process.close()
    with pytest.raises(RuntimeCrashError, match="has been ended"):
        process.call("hello", 20)


def test_a_forgotten_child_is_ended(tmp_path):
    (tmp_path / "script.py").write_text(ANSWER)
    process = ChildProcess(sys.executable, script=str(tmp_path / "script.py"))
    pid = process.pid
    del process
    gc.collect()
    assert until(lambda: not is_alive(pid), 3)
    assert until(lambda: not [t for t in threading.enumerate() if t.name == "icemargin-runtime"], 3)


def test_what_cannot_be_started(tmp_path):
    (tmp_path / "python").write_text("no program")
    with pytest.raises(RuntimeMissingError, match="cannot be started"):
        ChildProcess(str(tmp_path / "python"))


def test_qgis_is_never_started(tmp_path):
    marker = tmp_path / "started"
    with pytest.raises(RuntimeMissingError, match="not a Python interpreter"):
        ChildProcess(script_named(tmp_path / "qgis", f"touch '{marker}'"))
    assert not marker.exists()


@pytest.fixture
def other_checkout(tmp_path):
    """The package in another folder, with libraries' names beside it that must not be taken for them."""
    plugins = tmp_path / "Plugins für QGIS"
    root = plugins / "main 2.0 (copy)"
    source = Path(icemargin.__file__).parent
    for part in ("inference", "tasks"):
        shutil.copytree(source / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "__init__.py").write_text('__version__ = "other"\n')
    for name in ("numpy", "json", "onnxruntime", "icemargin"):
        (plugins / name).mkdir()
        (plugins / name / "__init__.py").write_text("raise SystemExit(77)\n")
    return root


def test_a_checkout_of_any_name_finds_itself_and_no_neighbour(other_checkout):
    process = ChildProcess(sys.executable, script=str(other_checkout / "tasks" / "child.py"))
    assert process.call("hello", 60)["version"] == "other"
    process.close()
    assert not list(other_checkout.rglob("__pycache__"))


def test_an_unknown_call_is_an_error_and_not_the_end():
    process = ChildProcess(sys.executable)
    with pytest.raises(RuntimeCrashError, match="KeyError"):
        process.call("dance", 60)
    assert process.call("hello", 60)["version"] == icemargin.__version__
    assert any("Traceback" in line for line in process.log)
    process.close()


def test_the_child_is_the_first_to_go_when_memory_runs_out():
    process = ChildProcess(sys.executable)
    process.call("hello", 60)
    assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) == 800
    process.close()
