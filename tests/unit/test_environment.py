"""The runtime's states: from each to each, with real processes, pip and fake wheels."""

from __future__ import annotations

import errno
import resource
import shutil
import sys
import time
from pathlib import Path

import pytest
from icemargin.inference.errors import Cancelled, InstallError
from icemargin.inference.progress import NoProgress
from icemargin.tasks import environment_store
from icemargin.tasks.environment import RuntimeManager, State
from icemargin.tasks.environment_network import NetworkSettings
from icemargin.tasks.environment_process import Runner, SetupLog
from icemargin.tasks.environment_steps import make_venv
from icemargin.tasks.environment_store import Pointer
from icemargin.tests.unit.fake_wheels import SPOILED, lock_of, make_wheelhouse, manager_for, package_index


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """A real environment with pip, to be copied."""
    import os

    path = tmp_path_factory.mktemp("template") / "venv"
    make_venv(sys.executable, path, Runner(dict(os.environ), SetupLog(), NoProgress()))
    return path


@pytest.fixture
def wheels(tmp_path) -> Path:
    return make_wheelhouse(tmp_path / "Räder, 100 %")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "Gletscher über 80 %" / "icemargin"


@pytest.fixture
def manager(folder, wheels, template) -> RuntimeManager:
    return manager_for(folder, wheels, template)


def environments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.name.startswith(("runtime-", "trash-", "work")))


def assert_whole_or_nothing(manager: RuntimeManager, had: str) -> None:
    """After a failure the old one counts, computes, and nothing half-built lies about."""
    assert manager.python() == had
    assert manager.state() is (State.READY if had else State.ABSENT)
    assert environments(manager.folder) == ([Path(had).parents[1].name] if had else [])
    if had:
        manager.verify()


class CancelAt:
    """Cancels once the progress says something."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.since = 0.0

    def report(self, fraction: float, text: str) -> None:
        if self.text in text and not self.since:
            self.since = time.monotonic()

    def is_cancelled(self) -> bool:
        return bool(self.since)


def test_set_up_describe_remove(manager, wheels):
    assert manager.state() is State.ABSENT
    python = manager.set_up("cpu", str(wheels))
    status = manager.describe()
    assert (status.state, status.python, status.backend) == (State.READY, python, "cpu")
    assert status.provider == "CPUExecutionProvider"
    assert "pip" in manager.last_log() and "Golden patch passed" in manager.last_log()
    manager.verify()
    manager.remove()
    assert manager.state() is State.ABSENT
    assert environments(manager.folder) == []


def test_a_network_set_up_from_an_index(folder, wheels, template):
    with package_index(wheels) as index:
        manager = manager_for(folder, wheels, template, index)
        manager.set_up("cpu")
    assert manager.state() is State.READY
    assert not (folder / "downloads").exists()


FAULTS = {
    "broken off": "The download was broken off|cannot be reached|checksum differs",
    "another file": "its checksum differs",
}


@pytest.mark.parametrize("had_one", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_download_that_fails(folder, tmp_path, template, wheels, fault, had_one):
    had = manager_for(folder, wheels, template).set_up("cpu", str(wheels)) if had_one else ""
    newer = make_wheelhouse(tmp_path / "newer", "2.0")
    with package_index(newer, fault) as index, pytest.raises(InstallError, match=FAULTS[fault]) as caught:
        manager_for(folder, newer, template, index).set_up("cpu")
    assert "Repair" in str(caught.value)
    assert_whole_or_nothing(manager_for(folder, wheels, template), had)
    with package_index(newer) as index:
        manager = manager_for(folder, newer, template, index)
        manager.repair()
        assert manager.state() is State.READY


def test_no_network(folder, wheels, template):
    manager = manager_for(folder, wheels, template, "http://127.0.0.1:9/simple")
    with pytest.raises(InstallError, match=r"network cannot be reached.*Install from folder"):
        manager.set_up("cpu")
    assert_whole_or_nothing(manager, "")
    manager.repair(str(wheels))
    assert manager.state() is State.READY


def test_a_full_disk(folder, tmp_path, template):
    wheels = make_wheelhouse(tmp_path / "wheels", extra=3_000_000)
    manager = manager_for(folder, wheels, template)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(InstallError, match="The disk is full"):
            manager.set_up("cpu", str(wheels))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_whole_or_nothing(manager, "")
    manager.repair(str(wheels))
    assert manager.state() is State.READY


def test_too_little_space_is_told_before(manager, wheels, monkeypatch):
    usage = shutil.disk_usage(wheels)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(InstallError, match=r"needs \d+ MB and .* has 1 MB left"):
        manager.set_up("cpu", str(wheels))
    assert_whole_or_nothing(manager, "")


def test_the_pointer_cannot_be_written(manager, wheels, monkeypatch):
    had = manager.set_up("cpu", str(wheels))

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(environment_store, "_replace", full)
    with pytest.raises(InstallError, match="No space left on device"):
        manager.set_up("cpu", str(wheels))
    monkeypatch.undo()
    manager.clean_up()
    assert_whole_or_nothing(manager, had)


def test_a_wheelhouse_that_lacks_a_wheel_or_has_another(manager, wheels):
    (wheels / "numpy-1.0-py3-none-any.whl").unlink()
    with open(wheels / "onnxruntime-1.0-py3-none-any.whl", "ab") as stream:
        stream.write(b"x")
    message = r"lacks numpy 1.0, onnxruntime 1.0 \(onnxruntime: .*changed\).*make wheelhouse"
    with pytest.raises(InstallError, match=message):
        manager.set_up("cpu", str(wheels))
    with pytest.raises(InstallError, match="is not a folder"):
        manager.set_up("cpu", str(wheels / "nowhere"))
    assert_whole_or_nothing(manager, "")


@pytest.mark.parametrize("spoiled", SPOILED)
def test_an_environment_that_does_not_compute_is_not_used(folder, tmp_path, template, wheels, spoiled):
    good = manager_for(folder, wheels, template)
    had = good.set_up("cpu", str(wheels))
    bad = make_wheelhouse(tmp_path / "bad", "2.0", spoiled)
    manager = manager_for(folder, bad, template)
    assert manager.state() is State.OUTDATED
    with pytest.raises(InstallError, match=r"does not compute as it should|cannot be imported"):
        manager.update(str(bad))
    assert manager.state() is State.OUTDATED  # the old one goes on, and an update is still offered
    assert_whole_or_nothing(good, had)


def test_an_update_replaces_the_old_one(folder, tmp_path, template, wheels):
    had = manager_for(folder, wheels, template).set_up("cpu", str(wheels))
    newer = make_wheelhouse(tmp_path / "newer", "2.0")
    manager = manager_for(folder, newer, template)
    status = manager.describe()
    assert (status.state, status.python) == (State.OUTDATED, had)
    python = manager.update(str(newer))
    assert python != had
    assert not Path(had).exists()
    assert_whole_or_nothing(manager, python)


def spoil_interpreter(environment: Path) -> None:
    (environment / "bin/python").unlink()


def spoil_marker(environment: Path) -> None:
    (environment / "runtime.json").write_text("{")


def spoil_pointer(environment: Path) -> None:
    (environment.parent / "current.json").write_text("[1]")


def remove_all(environment: Path) -> None:
    shutil.rmtree(environment)


@pytest.mark.parametrize("spoil", [spoil_interpreter, spoil_marker, spoil_pointer, remove_all])
def test_a_broken_environment_is_seen_and_repaired(manager, wheels, spoil):
    spoil(Path(manager.set_up("cpu", str(wheels))).parents[1])
    assert manager.state() is State.BROKEN
    assert manager.python() == ""
    with pytest.raises(InstallError, match="press Repair"):
        manager.verify()
    python = manager.repair(str(wheels))
    assert_whole_or_nothing(manager, python)


def test_a_missing_package_is_found_by_verify_and_repaired(manager, wheels):
    had = manager.set_up("cpu", str(wheels))
    (numpy,) = (Path(had).parents[1] / "lib").glob("python*/site-packages/numpy")
    shutil.rmtree(numpy)
    with pytest.raises(InstallError, match="cannot be imported"):
        manager.verify()
    assert manager.repair(str(wheels)) != had
    manager.verify()


def test_repair_leaves_what_works_alone(manager, wheels):
    had = manager.set_up("cpu", str(wheels))
    assert manager.repair("/nowhere") == had


@pytest.mark.parametrize("text", ["Making the environment", "Downloading", "Checking", "golden"])
def test_a_cancel_takes_effect_within_two_seconds(folder, tmp_path, wheels, template, text):
    had = manager_for(folder, wheels, template).set_up("cpu", str(wheels))
    newer = make_wheelhouse(tmp_path / "newer", "2.0")
    progress = CancelAt(text)
    with package_index(newer, "hangs" if text == "Downloading" else "") as index, pytest.raises(Cancelled):
        manager_for(folder, newer, template, index).set_up("cpu", progress=progress)
    assert 0 < time.monotonic() - progress.since < 2
    assert_whole_or_nothing(manager_for(folder, wheels, template), had)


def test_what_an_interrupted_set_up_left_is_removed_at_the_next_start(manager, wheels):
    had = manager.set_up("cpu", str(wheels))
    for name in ("runtime-abc-0", "trash-x", "work"):
        (manager.folder / name / "lib").mkdir(parents=True)
    manager.clean_up()
    assert_whole_or_nothing(manager, had)


def test_a_pointer_cannot_lead_out_of_the_folder(manager, wheels):
    manager.set_up("cpu", str(wheels))
    Pointer("../../elsewhere", "cpu", "").write(manager.folder / "current.json")
    assert manager.state() is State.BROKEN


def test_a_folder_that_cannot_be_written(tmp_path, wheels, template):
    (tmp_path / "file").write_text("")
    manager = manager_for(tmp_path / "file" / "runtime", wheels, template)
    assert manager.state() is State.ABSENT
    with pytest.raises(InstallError, match=r"Cannot write to .*; choose another folder"):
        manager.set_up("cpu", str(wheels))


def test_a_plan_says_what_is_downloaded(manager, wheels):
    plan = manager.plan("cpu")
    assert plan.packages == ("numpy 1.0", "onnxruntime 1.0")
    assert plan.download_bytes == sum(path.stat().st_size for path in wheels.glob("*.whl"))
    assert plan.folder == manager.folder and not plan.standalone
    assert manager.plan("cpu", str(wheels)).download_bytes == 0
    with pytest.raises(InstallError, match="Nothing is locked for cuda"):
        manager.plan("cuda")


def test_a_real_venv_in_a_path_with_spaces_and_letters(folder, wheels):
    lock = lock_of(wheels)
    manager = RuntimeManager(folder, NetworkSettings(), {"cpu": {lock.python: lock}})
    assert_whole_or_nothing(manager, manager.set_up("cpu", str(wheels)))
