"""A new user's way in a real QGIS under a virtual screen: a fresh profile, the zip, a classic map, a model's map."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Iterator

import pytest
from builders import cone, write_raster
from icemargin.tests.unit.tiny_onnx import description, save_model
from qgis_scene import BAND_NAMES, LEFT, PIXEL, SIZE, TOP, glacier_scene

ROOT = Path(__file__).parents[2]
WHEELHOUSE = ROOT / "dist" / "wheelhouse"
LIMIT_SECONDS = 300
PROGRAMS = ("qgis", "Xvfb", "openbox")
SETTINGS = """[qgis]
checkVersion=false
showTips=false
newsFeed/enabled=false
[app]
firstRunVersionFlag=99999
plugin_installer/checkOnStart=false
[migration]
fileVersion=2
[core]
NewsFeed/httpsfeedqgisorg/disabled=true
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    spec = importlib.util.spec_from_file_location("package_script", ROOT / "scripts" / "package.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.build(ROOT, tmp_path / "dist")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A scene with one round glacier, its elevation, and a tiny model of both."""
    folder = tmp_path / "scene data"
    folder.mkdir()
    place = {"left": LEFT, "top": TOP, "pixel": PIXEL}
    write_raster(folder / "scene.tif", glacier_scene(), names=BAND_NAMES, **place)
    write_raster(folder / "elevation.tif", cone((SIZE, SIZE)), **place)
    save_model(folder / "model.onnx", description(patch=64, overlap=0.25), repeat=2)
    return folder


@contextmanager
def running(command: list[str], environment: dict[str, str], **more) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def screen(environment: dict[str, str]) -> Iterator[str]:
    """Run a virtual screen, and yield its name: the server chooses a free one."""
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    with running(command, environment, pass_fds=(theirs,)), os.fdopen(ours) as answers:
        os.close(theirs)
        yield f":{answers.readline().strip()}"


def environment_of(home: Path, data: Path, package: Path, wheelhouse: str, weights: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "ICEMARGIN"))}
    return {
        **kept,
        # QGIS's Python looks for its home beside the first python3 on the PATH: that must be the system's.
        "PATH": "/usr/bin:/bin:" + os.environ.get("PATH", ""),
        "QT_QPA_PLATFORM": "xcb",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "ICEMARGIN_STEPS": str(ROOT / "scripts" / "desktop"),
        "ICEMARGIN_ZIP": str(package),
        "ICEMARGIN_DATA": str(data),
        "ICEMARGIN_PYTHON": sys.executable,
        "ICEMARGIN_WHEELHOUSE": wheelhouse,
        "ICEMARGIN_WEIGHTS": weights,
        "ICEMARGIN_HOME": str(home / "own data"),
        "ICEMARGIN_DONE": str(home / "done"),
        "ICEMARGIN_PICTURES": str(home),
    }


def run_session(home: Path, data: Path, package: Path, wheelhouse: str, weights: str) -> list[dict]:
    """Start QGIS with an empty profile, let it run the session, and return what it noted."""
    home.mkdir(mode=0o700)
    profile = home / "profiles" / "test" / "QGIS"
    profile.mkdir(parents=True)
    (profile / "QGIS3.ini").write_text(SETTINGS, encoding="utf-8")
    environment = environment_of(home, data, package, wheelhouse, weights)
    command = ["qgis", "--profiles-path", str(home), "--profile", "test", "--nologo", "--noversioncheck", "--code"]
    with ExitStack() as stack:
        environment["DISPLAY"] = stack.enter_context(screen(environment))
        stack.enter_context(running(["openbox"], environment))
        time.sleep(1)
        script = str(ROOT / "scripts" / "desktop" / "installed_zip.py")
        log = stack.enter_context(open(home / "qgis.log", "wb"))
        run = subprocess.run(
            [*command, script], env=environment, stdout=log, stderr=log, timeout=LIMIT_SECONDS, check=False
        )
    keep = os.environ.get("ICEMARGIN_KEEP_PICTURES")
    for picture in home.glob("*.png") if keep else ():
        shutil.copy(picture, keep)
    said = (home / "qgis.log").read_text(errors="replace")[-3000:]
    assert (home / "done").exists(), f"QGIS ended (code {run.returncode}) before the session was done:\n{said}"
    lines = (home / "done").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "done" and run.returncode == 0, f"code {run.returncode}:\n" + "\n".join(lines) + said
    return [json.loads(line) for line in lines[:-1]]


def needs_a_desktop() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"a real desktop session needs {', '.join(missing)}")


def told(notes: list[dict], capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    """Print the steps with their times, and return them by name."""
    with capsys.disabled():
        print("\n" + "\n".join(f"{note['seconds']:6.1f} s  {note}" for note in notes))
    return {note["step"]: note for note in notes if note["step"] != "checked"}


@pytest.mark.slow
def test_a_new_user_installs_the_zip_and_maps_twice(tmp_path, data, package, capsys):
    needs_a_desktop()
    steps = told(run_session(tmp_path / "home", data, package, "", ""), capsys)
    installed = Path(steps["installed"]["file"])
    assert installed.parent.parent == tmp_path / "home" / "profiles" / "test" / "python" / "plugins"
    assert steps["proposed"]["method"] == "glavitu-small"
    assert steps["bundled"].get("provider") == "CPUExecutionProvider" and steps["bundled"]["files"] == 3
    assert steps["classic"]["provider"] == "numpy" and steps["classic"]["files"] == 3
    assert steps["classic"]["outlines"] == 1 and steps["classic"]["km2"] == pytest.approx(0.283, rel=0.05)
    assert steps["model"].get("provider") == "CPUExecutionProvider", steps["model"]
    assert steps["model"]["files"] == 3
    assert steps["killed"]["error"] == "RuntimeCrashError" and "memory" in steps["killed"]["message"]
    assert steps["resumed"]["outlines"] == steps["model"]["outlines"] and steps["resumed"]["files"] == 3
    assert steps["loaded"]["foreign"] == [], "a wheel was imported into QGIS"


@pytest.mark.slow
def test_the_whole_way_from_the_zip_to_a_glavitu_map(tmp_path, data, package, shared, capsys):
    """Runtime from a wheelhouse, published-style weights imported, a map in the child: all through the dialogs."""
    needs_a_desktop()
    if not list(WHEELHOUSE.glob("onnxruntime-*.whl")):
        pytest.skip("`make wheelhouse` makes dist/wheelhouse, from which a runtime is set up")
    weights = shared / "fixtures" / "keras" / "glavitu_global_random_weights.h5"
    home = tmp_path / "home"
    steps = told(run_session(home, data, package, str(WHEELHOUSE), str(weights)), capsys)
    assert Path(steps["runtime"]["python"]).is_relative_to(home / "own data")
    assert steps["bundled"].get("provider") == "CPUExecutionProvider", "mapping follows the set-up that it asked for"
    assert steps["imported"]["model"].startswith("glavitu_global")
    assert steps["model"].get("provider") == "CPUExecutionProvider" and steps["model"]["files"] == 3, steps["model"]
    assert steps["killed"]["error"] == "RuntimeCrashError" and steps["resumed"]["files"] == 3
    assert steps["loaded"]["foreign"] == [], "a wheel was imported into QGIS"
