from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from icemargin.cli import main
from icemargin.diagnosis import classic_trial, examine, geodata, machine, model_trial, runtime_trial
from icemargin.diagnosis.examine import Case
from icemargin.diagnosis.memory_size import memory_gib, parse_meminfo
from icemargin.diagnosis.report import BAD, CLASSIC, DOUBT, OK, Finding, Report
from icemargin.diagnosis.trial_model import expected_answer, trial_inputs, write_trial_model
from icemargin.inference.errors import Cancelled
from icemargin.inference.golden import measure_golden
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.progress import NoProgress
from icemargin.tasks.environment import RuntimeManager, State, Status
from icemargin.tests.unit.processes import bare_python, script_named
from icemargin.tests.unit.tiny_onnx import description, save_model


class CancelledAfter:
    """Progress that is cancelled once it was asked `count` times."""

    def __init__(self, count: int) -> None:
        self.count = count

    def report(self, fraction: float, text: str) -> None:
        pass

    def is_cancelled(self) -> bool:
        self.count -= 1
        return self.count < 0


def never() -> bool:
    return False


def doctor(*words: str, **environment: str) -> tuple[int, str]:
    """Run `icemargin doctor` in a process of its own; return exit code and stdout."""
    run = subprocess.run(
        [sys.executable, "-m", "icemargin.cli", "doctor", *words],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout


@pytest.fixture(autouse=True)
def no_models_of_ours(tmp_path, monkeypatch):
    """What the user of this machine has installed is no matter of the tests."""
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))


def states(report_text: str) -> dict[str, str]:
    return {finding["name"]: finding["state"] for finding in json.loads(report_text)["findings"]}


def test_everything_works_here(capsys):
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "[ bad ]" not in text and "a trial scene mapped" in text
    assert "CPUExecutionProvider works" in text and "ms a window of the built-in trial model" in text


def test_json_is_the_same_report(capsys):
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["works"] is True
    assert {"Python", "numpy", "GDAL", "PROJ", "Memory", CLASSIC, "Runtime", "Provider CPU"} <= {
        finding["name"] for finding in report["findings"]
    }


def test_nothing_personal_is_told(tmp_path):
    """A home, a user, a computer, a model's folder, a runtime and passwords: none of them is in the report."""
    home = tmp_path / "Jäne Dœ-Sécrét"
    models = tmp_path / "clients" / "acme mining"
    for folder in (home / "tmp", models):
        folder.mkdir(parents=True)
    good = save_model(models / "good.onnx", description())
    broken = models / "broken.onnx"
    broken.write_bytes(b"\x00\x01")
    runtime = script_named(home / "python", "exit 3")
    poison = {
        "HOME": str(home), "USERPROFILE": str(home), "USER": "jadoe42", "LOGNAME": "jadoe42", "USERNAME": "jadoe42",
        "HOSTNAME": "janes-laptop", "COMPUTERNAME": "janes-laptop", "TMPDIR": str(home / "tmp"),
        "HTTPS_PROXY": "http://jadoe42:hunter2@proxy.acme.example:3128", "GDAL_DATA": str(home / "gdal"),
    }  # fmt: skip
    secrets = ("Jäne", "jadoe42", "janes-laptop", "acme", "hunter2", str(tmp_path), os.uname().nodename)
    for words in (("--runtime", runtime), ("--json",)):
        code, text = doctor(*words, "--model", str(good), "--model", str(broken), **poison)
        assert code == 0 and "broken.onnx" in text and "GDAL_DATA" in text
        assert [secret for secret in secrets if secret.lower() in text.lower()] == []


def test_without_proj_data_mapping_does_not_work(tmp_path):
    code, text = doctor("--json", PROJ_LIB=str(tmp_path), PROJ_DATA=str(tmp_path))
    found = states(text)
    assert code == 1 and found["PROJ"] == BAD and found[CLASSIC] == BAD
    assert "PROJ_LIB" in next(item["advice"] for item in json.loads(text)["findings"] if item["name"] == "PROJ")


@pytest.mark.parametrize(("runtime", "state"), [("", DOUBT), ("/nowhere/python", BAD), ("bare", BAD), ("mute", BAD)])
def test_the_classic_method_is_enough(tmp_path, capsys, runtime, state):
    made = {
        "bare": lambda: bare_python(tmp_path / "bare", numpy=True),
        "mute": lambda: script_named(tmp_path / "python", "exit 1"),
    }
    assert main(["doctor", "--json", "--runtime", made.get(runtime, lambda: runtime)()]) == 0
    found = states(capsys.readouterr().out)
    assert found["Runtime"] == state and found[CLASSIC] == OK and "Provider CPU" not in found


def test_the_trial_model_is_valid_onnx_and_its_answer_is_known(tmp_path):
    path = str(tmp_path / "trial.onnx")
    write_trial_model(path)
    onnx.checker.check_model(path, full_check=True)
    inputs = trial_inputs()
    predictor = OnnxPredictor(path, "cpu", 1)
    assert np.abs(predictor.predict(inputs) - expected_answer(inputs)).max() < 1e-6
    assert expected_answer(inputs).std() > 0.05


@pytest.mark.parametrize(
    ("changes", "driver", "state", "word"),
    [
        ({"provider": "CPUExecutionProvider"}, False, OK, "works"),
        ({"provider": "CUDAExecutionProvider", "off": 0.01}, True, BAD, "wrongly"),
        ({"warning": "CUDA cannot be used"}, False, OK, "not on this machine"),
        ({"warning": "CUDA cannot be used"}, True, DOUBT, "cannot be used"),
        ({"error": "it died"}, True, BAD, "died"),
        ({"provider": "CPUExecutionProvider", "off": float("nan")}, False, BAD, "wrongly"),
    ],
)
def test_a_provider_is_judged_by_what_it_computed(monkeypatch, changes, driver, state, word):
    monkeypatch.setattr(runtime_trial, "has_nvidia_driver", lambda: driver)
    trial = runtime_trial.Trial()
    for name, value in changes.items():
        setattr(trial, name, value)
    finding = runtime_trial.provider_finding("cuda", trial)
    assert finding.state == state and word in finding.fact


def test_a_provider_that_dies_is_told_and_the_rest_not_tried(monkeypatch):
    script = "import os; os._exit(9)"
    monkeypatch.setattr("icemargin.tasks.child_process.python_command", lambda python, *_: [python, "-c", script])
    found = {finding.name: finding for finding in runtime_trial.runtime_findings(sys.executable, never)}
    assert found["Runtime"].state == found["Provider CPU"].state == BAD and "Provider CUDA" not in found


@pytest.mark.parametrize(
    ("status", "states"),
    [
        (State.ABSENT, []),
        (State.READY, [OK]),
        (State.OUTDATED, [DOUBT]),
        (State.BROKEN, [BAD]),
        (State.BUSY, [DOUBT]),
    ],
)
def test_the_runtime_of_ours_is_told(tmp_path, monkeypatch, status, states):
    manager = RuntimeManager(tmp_path / "runtime")
    assert list(runtime_trial.managed_findings(manager)) == []
    monkeypatch.setattr(manager, "describe", lambda: Status(status, "what it says", backend="cpu"))
    found = list(runtime_trial.managed_findings(manager))
    assert [finding.state for finding in found] == states
    assert all("what it says" in finding.fact for finding in found)


def models_of(folder: Path) -> dict[str, str]:
    """Make a model that answers its golden patch, one without, one that answers otherwise, one cut off, one gone."""
    plain = save_model(folder / "plain.onnx")
    golden = measure_golden(OnnxPredictor(str(plain), "cpu", 1))
    save_model(folder / "good.onnx", description(golden=golden))
    other = replace(golden, probabilities=tuple(1 - value for value in golden.probabilities))
    save_model(folder / "other.onnx", description(golden=other))
    (folder / "cut.onnx").write_bytes(plain.read_bytes()[:200])
    return {name: str(folder / f"{name}.onnx") for name in ("good", "plain", "other", "cut", "gone")}


def test_models_are_tried_in_the_runtime(tmp_path):
    paths = models_of(tmp_path)
    found = list(model_trial.model_findings(list(paths.values()), sys.executable, "cpu", NoProgress()))
    speed = [finding for finding in found if finding.name == "Speed"]
    others = [finding.state for finding in found if finding.name == "Model"]
    assert others == [OK, DOUBT, BAD, BAD, BAD]
    assert len(speed) == 1 and "tiny" in speed[0].fact and "CPUExecutionProvider" in speed[0].fact
    assert hashlib.sha256(Path(paths["good"]).read_bytes()).hexdigest()[:16] in found[0].fact


def test_without_a_runtime_models_are_only_looked_at(tmp_path):
    paths = models_of(tmp_path)
    found = list(model_trial.model_findings([paths["good"], paths["cut"]], "", "cpu", NoProgress()))
    assert [finding.state for finding in found] == [OK, BAD] and "not tried" in found[0].fact


def test_the_doctor_is_quick_with_many_models(tmp_path, monkeypatch):
    """The model in use is tried; those that are left when the time is up are only looked at."""
    monkeypatch.setattr(model_trial, "_PATIENCE", 0.0)
    paths = models_of(tmp_path)
    found = list(model_trial.model_findings([paths["good"], paths["other"]], sys.executable, "cpu", NoProgress()))
    assert "golden patch" in found[0].fact and "left out" in found[-1].fact and found[-1].state == OK


def test_installed_models_are_examined(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    save_model(tmp_path / "models" / "mine.onnx")
    save_model(tmp_path / "models" / ".import-half.onnx")
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "mine.onnx: tiny" in text and "import-half" not in text and str(tmp_path) not in text


@pytest.mark.parametrize("asked", [0, 1, 4, 8, 20])
def test_cancel_is_heard_everywhere(asked):
    with pytest.raises(Cancelled):
        examine.examine(Case(runtime_python=sys.executable), CancelledAfter(asked))


def test_one_examination_that_fails_does_not_stop_the_others(monkeypatch):
    def broken(_):
        raise KeyError("nobody foresaw this")

    monkeypatch.setattr(examine, "environment_finding", broken)
    report = examine.examine(Case(), NoProgress())
    failed = next(finding for finding in report.findings if finding.name == "Settings")
    assert failed.state == BAD and "KeyError" in failed.fact and report.works


def test_a_wrong_map_is_not_called_fine(monkeypatch):
    monkeypatch.setattr(classic_trial, "_DRAWN_KM2", 2 * classic_trial._DRAWN_KM2)
    assert classic_trial.classic_finding(NoProgress()).state == DOUBT


@pytest.mark.parametrize(
    ("environ", "state"),
    [
        ({}, OK),
        ({"GDAL_CACHEMAX": "512"}, OK),
        ({"GDAL_DATA": "/nowhere/gdal"}, DOUBT),
        ({"PROJ_LIB": f"/nowhere{os.pathsep}/neither"}, DOUBT),
        ({"PROJ_LIB": f"/nowhere{os.pathsep}/"}, OK),
        ({"LD_PRELOAD": "x.so"}, DOUBT),
        ({"PYTHONPATH": "/"}, DOUBT),
    ],
)
def test_variables_that_lead_astray(environ, state):
    finding = geodata.environment_finding(environ)
    assert finding.state == state
    assert all(name in finding.fact for name in environ) and "nowhere" not in finding.fact


@pytest.mark.parametrize(("free", "state"), [(0.1, BAD), (2.0, DOUBT), (50.0, OK)])
def test_disk_is_judged(free, state):
    assert machine.disk_finding("results", free).state == state


def test_the_space_of_a_folder_to_come_is_that_of_its_parent(tmp_path):
    assert machine.free_gib(str(tmp_path / "a" / "b")) == pytest.approx(machine.free_gib(str(tmp_path)), abs=0.1)


@pytest.mark.parametrize(("memory", "state"), [((16.0, 8.0), OK), ((8.0, 1.0), DOUBT), ((0.0, 0.0), DOUBT)])
def test_memory_is_judged(memory, state):
    assert machine.memory_finding(memory).state == state


def test_memory_of_this_machine_is_read():
    total, free = memory_gib()
    assert 0 < free <= total
    assert parse_meminfo("MemTotal: 2097152 kB\nMemAvailable: 1048576 kB\n") == (2.0, 1.0)
    with pytest.raises(ValueError):
        parse_meminfo("MemTotal: 1 kB\n")


def test_a_cache_that_takes_the_memory_is_told():
    assert geodata.cache_finding(0.5).state == DOUBT
    assert geodata.cache_finding(1e6).state == OK


def test_findings_must_say_what_to_do():
    with pytest.raises(ValueError):
        Finding("x", BAD, "broken")
    with pytest.raises(ValueError):
        Finding("x", "fine", "")


def test_headlines():
    fine = Finding(CLASSIC, OK, "mapped")
    doubt, bad = Finding("a", DOUBT, "", "look"), Finding("b", BAD, "", "repair")
    report = Report("1", (fine,))
    assert report.headline == "Everything works."
    assert replace(report, findings=(fine, doubt)).headline == "Mapping works; 1 line is worth a look."
    assert "2 lines are bad" in replace(report, findings=(fine, bad, bad)).headline
    assert not replace(report, findings=(bad,)).works
    assert "does not work" in replace(report, findings=(replace(bad, name=CLASSIC),)).headline
