import threading
import time
from dataclasses import replace

import pytest
from icemargin.inference.errors import Cancelled, RuntimeMissingError, UnitError
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.progress import stop_if_cancelled
from icemargin.inference.request import DelineationRequest, Source
from icemargin.tasks import check_task
from icemargin.tasks.check_task import CheckReport
from icemargin.tasks.map_runs import MapRuns
from icemargin.tasks.scene_checks import SceneChecks

REQUEST = DelineationRequest((Source(("scene.tif",), {"red": 1}),), "out")
RESULT = object()
DESCRIPTION = ModelDescription("stub", (Feature("optical", ("red",), (0.0,), (1.0,)),), 8)


def works(request, runtime_python, progress):
    progress.report(0.5, "half")
    return RESULT


def refuses(request, runtime_python, progress):
    raise UnitError("These are DN.")


def breaks(request, runtime_python, progress):
    raise ZeroDivisionError("a fault of ours")


def waits(request, runtime_python, progress):
    for _ in range(500):
        stop_if_cancelled(progress)
        time.sleep(0.01)
    raise AssertionError("was not cancelled")


@pytest.fixture
def heard():
    return []


def listen(runs, heard):
    runs.running.connect(lambda on: heard.append(("running", on)))
    runs.told.connect(lambda fraction, text: heard.append((fraction, text)))
    runs.done.connect(lambda request, result: heard.append(("done", result)))
    runs.failed.connect(lambda request, error: heard.append(("failed", type(error).__name__)))
    runs.cancelled.connect(lambda: heard.append("cancelled"))


def test_success_tells_progress_and_result(qtbot, heard):
    runs = MapRuns(works)
    listen(runs, heard)
    runs.start("run", REQUEST, "")
    qtbot.waitUntil(lambda: not runs.is_running, timeout=5000)
    assert heard == [("running", True), (0.5, "half"), ("running", False), ("done", RESULT)]


@pytest.mark.parametrize(("work", "name"), [(refuses, "UnitError"), (breaks, "ZeroDivisionError")])
def test_failure_is_told_and_never_escapes(qtbot, heard, work, name):
    runs = MapRuns(work)
    listen(runs, heard)
    runs.start("run", REQUEST, "")
    qtbot.waitUntil(lambda: not runs.is_running, timeout=5000)
    assert heard[-1] == ("failed", name)


def test_cancel_ends_the_run_within_two_seconds(qtbot, heard):
    runs = MapRuns(waits)
    listen(runs, heard)
    runs.start("run", REQUEST, "")
    qtbot.wait(50)
    began = time.monotonic()
    runs.cancel()
    qtbot.waitUntil(lambda: not runs.is_running, timeout=5000)
    assert heard[-1] == "cancelled" and time.monotonic() - began < 2


def test_second_start_while_running_is_ignored(qtbot, heard):
    runs = MapRuns(waits)
    listen(runs, heard)
    runs.start("run", REQUEST, "")
    runs.start("run", REQUEST, "")
    assert heard == [("running", True)]
    runs.cancel()
    qtbot.waitUntil(lambda: not runs.is_running, timeout=5000)


def test_stop_waits_for_the_thread_and_is_silent(qtbot, heard):
    finished = threading.Event()

    def work(request, runtime_python, progress):
        try:
            return waits(request, runtime_python, progress)
        except Cancelled:
            finished.set()
            raise

    runs = MapRuns(work)
    listen(runs, heard)
    runs.start("run", REQUEST, "")
    qtbot.wait(50)
    runs.stop()
    assert finished.is_set() and heard == [("running", True)]
    qtbot.wait(50)
    assert heard == [("running", True)]


def make_checks(answers, **more):
    checks = SceneChecks(lambda: REQUEST, lambda: "", lambda request: 1.0, **more)
    checks._timer.setInterval(10)
    checks.checked.connect(answers.append)
    return checks


def test_check_is_answered_once_for_many_changes(qtbot):
    answers = []
    report = CheckReport("green", "fine")
    checks = make_checks(answers, describe=lambda *_: DESCRIPTION, check=lambda *_: report)
    for _ in range(5):
        checks.schedule()
    assert checks.pending
    qtbot.waitUntil(lambda: not checks.pending, timeout=5000)
    qtbot.wait(30)
    assert answers == [report]


def test_answer_that_came_too_late_is_dropped(qtbot):
    answers, release, calls = [], threading.Event(), []

    def check(request, description, speed):
        calls.append(1)
        if len(calls) == 1:
            release.wait(5)
            return CheckReport("red", "old")
        return CheckReport("green", "new")

    checks = make_checks(answers, describe=lambda *_: DESCRIPTION, check=check)
    checks.schedule()
    qtbot.waitUntil(lambda: len(calls) == 1, timeout=5000)
    checks.schedule()
    release.set()
    qtbot.waitUntil(lambda: len(answers) > 0, timeout=5000)
    qtbot.wait(50)
    assert [answer.text for answer in answers] == ["new"]


@pytest.mark.parametrize(
    ("model", "level", "found"),
    [("x.onnx", "green", "amber"), ("x.onnx", "red", "red"), ("classic", "green", "green")],
)
def test_a_missing_runtime_is_doubted_where_the_scene_is_good_and_the_model_needs_it(monkeypatch, model, level, found):
    def missing(_):
        raise RuntimeMissingError("No runtime.")

    monkeypatch.setattr(check_task, "_usable_runtime", missing)
    report = check_task.with_runtime(CheckReport(level, "97 % valid"), replace(REQUEST, model=model), "")
    assert (report.level, report.runtime_missing) == (found, model != "classic")


@pytest.mark.parametrize("error", [UnitError("DN."), OSError("x")])
def test_errors_of_a_check_are_red(qtbot, error):
    def describe(request):
        raise error

    answers = []
    checks = make_checks(answers, describe=describe)
    checks.schedule()
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=5000)
    assert (answers[0].level, answers[0].runtime_missing) == ("red", False)
