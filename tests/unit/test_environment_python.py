"""Which Python is taken, the standalone one by a fake uv, and what the installer's environment holds."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
import zipfile
from pathlib import Path

import pytest
from icemargin.inference.errors import InstallError
from icemargin.inference.progress import NoProgress
from icemargin.tasks import environment, environment_uv
from icemargin.tasks.environment import State
from icemargin.tasks.environment_locks import own_python_version
from icemargin.tasks.environment_network import NetworkSettings, installer_environment, mask
from icemargin.tasks.environment_process import Runner, SetupLog
from icemargin.tasks.environment_python import candidates, find_interpreter
from icemargin.tasks.environment_store import default_folder
from icemargin.tests.unit.fake_wheels import make_wheelhouse, manager_for
from icemargin.tests.unit.processes import script_named

OWN = own_python_version()


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_qgis_itself_is_never_a_candidate(system):
    found = list(candidates(system, "/app/Python", "/app/Python", "/Applications/QGIS.app/Contents/MacOS/QGIS"))
    assert found and all(Path(path).name.startswith("python") for path in found)


def test_this_python_can_make_environments():
    found = find_interpreter([OWN])
    assert found is not None and found.version == OWN
    assert find_interpreter(["3.1"]) is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("python", "echo hello", "cannot make environments"),
        ("python", "echo 'No module named ensurepip' >&2; exit 1", "cannot make environments .*ensurepip"),
        ("python", "echo '[[3, 8], \"x86_64\", true]'", "is Python 3.8, for which no packages are locked"),
        ("python", f"echo '[[{OWN.replace('.', ', ')}], \"x86\", false]'", "is a 32-bit Python"),
    ],
)
def test_a_chosen_python_that_will_not_do(tmp_path, name, text, message):
    with pytest.raises(InstallError, match=message):
        find_interpreter([OWN], script_named(tmp_path / name, text))


def test_a_set_up_from_a_chosen_python_is_repaired_from_it(tmp_path):
    wheels = make_wheelhouse(tmp_path / "wheels")
    made = []

    def make(base_python, environment, runner):
        made.append(base_python)
        raise InstallError("enough")

    manager = manager_for(tmp_path / "runtime", wheels, tmp_path)
    manager._make = make
    with pytest.raises(InstallError, match="enough"):
        manager.set_up("cpu", str(wheels), base_python=sys.executable)
    assert made == [sys.executable]
    assert manager.state() is State.ABSENT


@pytest.fixture
def fake_uv(tmp_path, monkeypatch) -> Path:
    """Return a wheelhouse with a uv that 'installs' this interpreter, and make uv.json say so."""
    script = f"""#!/bin/sh
echo "$@" > "{tmp_path}/said"
for last; do case "$before" in --install-dir) home="$last";; esac; before="$last"; done
mkdir -p "$home/cpython-3.12.1-linux/bin" && ln -s "{sys.executable}" "$home/cpython-3.12.1-linux/bin/python3.12"
"""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = wheels / "uv-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("uv-1.0.data/scripts/uv", script)
    facts = {"name": wheel.name, "url": wheel.as_uri(), "size": wheel.stat().st_size,
             "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}  # fmt: skip
    monkeypatch.setattr(environment_uv, "uv_wheel", lambda: facts)
    return wheels


def runner(tmp_path: Path) -> Runner:
    return Runner(dict(os.environ), SetupLog(), NoProgress())


@pytest.mark.parametrize("offline", [True, False])
def test_uv_brings_a_python(tmp_path, fake_uv, offline):
    folder = tmp_path / "Größe mit Leerzeichen"
    source = str(fake_uv) if offline else ""
    found = environment_uv.standalone_python(folder, source, NetworkSettings(), runner(tmp_path))
    assert found.version == "3.12"
    assert Path(found.path).is_file() and folder in Path(found.path).parents
    assert "python install 3.12 --install-dir" in (tmp_path / "said").read_text()
    (tmp_path / "said").unlink()
    assert environment_uv.standalone_python(folder, source, NetworkSettings(), runner(tmp_path)) == found
    assert not (tmp_path / "said").exists()  # it is there already


def test_a_changed_uv_is_not_run(tmp_path, fake_uv):
    with open(fake_uv / "uv-1.0-py3-none-any.whl", "ab") as stream:
        stream.write(b"x")
    with pytest.raises(InstallError, match="checksum differs"):
        environment_uv.standalone_python(tmp_path, str(fake_uv), NetworkSettings(), runner(tmp_path))
    assert not (tmp_path / "said").exists()


def test_a_wheelhouse_without_uv_and_a_network_that_is_not_there(tmp_path, fake_uv):
    (fake_uv / "uv-1.0-py3-none-any.whl").unlink()
    for source, message in ((str(fake_uv), "lacks uv"), ("", "could not be downloaded .*Use|choose another Python")):
        with pytest.raises(InstallError, match=message):
            environment_uv.standalone_python(tmp_path, source, NetworkSettings(), runner(tmp_path))


def test_the_manager_asks_uv_where_qgis_has_no_python(tmp_path, monkeypatch):
    asked = []

    def standalone(*arguments):
        asked.append(arguments)
        raise InstallError("no network")

    monkeypatch.setattr(environment, "find_interpreter", lambda *_: None)
    monkeypatch.setattr(environment, "standalone_python", standalone)
    wheels = make_wheelhouse(tmp_path / "wheels")
    manager = manager_for(tmp_path / "runtime", wheels, tmp_path)
    with pytest.raises(InstallError, match="no network"):
        manager.set_up("cpu", str(wheels))
    assert len(asked) == 1 and manager.state() is State.ABSENT


def test_the_installers_environment(tmp_path, monkeypatch):
    for name in ("PYTHONPATH", "PIP_TARGET", "PIP_NO_BINARY", "VIRTUAL_ENV", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/nowhere")
    network = NetworkSettings("http://me:secret@proxy:3128", "-----BEGIN CERTIFICATE-----", "https://mirror/simple")
    found = installer_environment(network, tmp_path)
    assert not {"PYTHONPATH", "PIP_TARGET", "PIP_NO_BINARY", "VIRTUAL_ENV", "LD_LIBRARY_PATH"} & set(found)
    assert found["PIP_PROXY"] == found["HTTPS_PROXY"] == "http://me:secret@proxy:3128"
    assert found["PIP_INDEX_URL"] == "https://mirror/simple"
    assert Path(found["PIP_CERT"]).read_text().startswith("-----BEGIN")
    assert found["TMPDIR"] == str(tmp_path)
    assert "secret" not in repr(network)


def test_passwords_are_not_logged(tmp_path):
    log = SetupLog(tmp_path / "log")
    log.add("cannot connect to http://me:secret@proxy:3128/simple")
    assert "secret" not in (tmp_path / "log").read_text() + log.lines[0]
    assert mask("https://pypi.org/simple/@x") == "https://pypi.org/simple/@x"


MODULES = sorted(Path(environment.__file__).parent.glob("environment*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_nothing_of_qgis_or_gdal_is_imported(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in imported} & {"qgis", "PyQt5", "PyQt6", "osgeo", "pip", "onnxruntime"}


def test_the_default_folder_lies_with_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "runtime"
