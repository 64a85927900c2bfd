"""Two processes at one runtime: killed half-way, and both at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest
from icemargin.inference.errors import InstallBusyError
from icemargin.inference.progress import NoProgress
from icemargin.tasks.environment import State
from icemargin.tasks.environment_process import Runner, SetupLog
from icemargin.tests.unit.fake_wheels import make_wheelhouse, manager_for, package_index
from icemargin.tests.unit.processes import is_alive, until

INSTALLER = """
import sys
from pathlib import Path
from icemargin.tests.unit.fake_wheels import manager_for
folder, wheels, template, index = sys.argv[1:]

class Tell:
    def report(self, fraction, text):
        print(text, flush=True)
    def is_cancelled(self):
        return False

manager_for(Path(folder), Path(wheels), Path(template), index).set_up("cpu", progress=Tell())
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("template") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
    return path


@pytest.fixture
def wheels(tmp_path) -> Path:
    return make_wheelhouse(tmp_path / "Räder, 100 %")


@contextmanager
def installing(folder: Path, wheels: Path, template: Path, index: str) -> Iterator[subprocess.Popen]:
    """Run another process that is downloading and will not come to an end; it and its pip are gone afterwards."""
    command = [sys.executable, "-c", INSTALLER, str(folder), str(wheels), str(template), index]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout:
                if line.startswith("Downloading"):
                    break
            assert until(lambda: "Collecting" in log_of(folder), 20), "pip has not got to the first wheel"
            assert pips_in(folder)
            yield process
        finally:
            process.kill()


def log_of(folder: Path) -> str:
    """Return the newest log; from "Collecting" on pip is silent until the server, which hangs, answers."""
    return max((folder / "logs").glob("*.log")).read_text(encoding="utf-8")


def pips_in(folder: Path) -> list[int]:
    """Return the processes whose command names the folder and pip."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(str(folder)) in command[0] and b"pip" in command and is_alive(int(entry.name)):
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("had_one", [False, True])
def test_killed_half_way(tmp_path, wheels, template, had_one):
    folder = tmp_path / "Gletscher über 80 %"
    manager = manager_for(folder, wheels, template)
    had = manager.set_up("cpu", str(wheels)) if had_one else ""
    with package_index(wheels, "hangs") as index, installing(folder, wheels, template, index) as process:
        assert len(list(folder.glob("runtime-*"))) == 1 + had_one
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert until(lambda: not pips_in(folder), 2), "pip outlived its installer"
    assert manager.state() is (State.READY if had_one else State.ABSENT)
    assert manager.python() == had
    manager.clean_up()
    assert len(list(folder.glob("runtime-*"))) == had_one
    assert not [*folder.glob("work"), *folder.glob("trash-*")]
    python = manager.repair(str(wheels))
    assert manager.state() is State.READY
    assert python == had or not had


def test_two_at_once(tmp_path, wheels, template):
    folder = tmp_path / "runtime"
    manager = manager_for(folder, wheels, template)
    had = manager.set_up("cpu", str(wheels))
    with package_index(wheels, "hangs") as index, installing(folder, wheels, template, index):
        status = manager.describe()
        assert (status.state, status.python) == (State.BUSY, had)  # models go on running in the old one
        for change in (manager.remove, manager.verify, lambda: manager.set_up("cpu", str(wheels))):
            with pytest.raises(InstallBusyError, match="wait for it"):
                change()
        manager.clean_up()  # takes nothing away from the other
        assert len(list(folder.glob("runtime-*"))) == 2
    assert until(lambda: manager.state() is State.READY, 5)


def test_the_child_ends_with_all_that_it_started(tmp_path):
    module = tmp_path / "venv_like.py"
    module.write_text("import subprocess, sys\nprint(subprocess.Popen(['sleep', '60']).pid, flush=True)\ninput()\n")
    lines: list[str] = []

    class Once(NoProgress):
        def is_cancelled(self) -> bool:
            return bool(lines)

    from icemargin.inference.errors import Cancelled

    code = f"import runpy; runpy.run_path({str(module)!r})"
    runner = Runner(dict(os.environ), SetupLog(), Once())
    with pytest.raises(Cancelled):
        runner.command([sys.executable, "-c", code], lambda line: lines.append(line) if line else None)
    assert until(lambda: not is_alive(int(lines[0])), 2)
