"""The session of a new user: install the zip, map with the network that ships, which sets up the runtime, map by the
classic method, get a model, map with it.

Runs inside QGIS (--code) and goes through the dialogs. ICEMARGIN_ZIP and ICEMARGIN_DATA (scene.tif, elevation.tif,
model.onnx) say with what. The model runs in ICEMARGIN_PYTHON, or where ICEMARGIN_WHEELHOUSE is given, in a runtime that
is set up from there in ICEMARGIN_HOME. Where ICEMARGIN_WEIGHTS names Keras weights, they are imported and mapped with.
The answers are JSON lines in ICEMARGIN_DONE.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, List

# QGIS runs this file by exec(): it has no __file__ of its own.
sys.path.insert(0, os.environ["ICEMARGIN_STEPS"])

import pyplugin_installer
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtWidgets import QDockWidget, QPushButton
from qgis.utils import active_plugins, iface, plugins
from steps import Runner, Session, Wait, after, shoot

DATA = Path(os.environ["ICEMARGIN_DATA"])
FOREIGN = ("onnxruntime", "onnx", "h5py", "torch", "shapely", "scipy")
SLOW_STEPS = 6
started = time.monotonic()


def note(step: str, **facts: Any) -> None:
    """Keep what a step came to, and when."""
    runner.note(json.dumps({"step": step, "seconds": round(time.monotonic() - started, 1), **facts}))


def session() -> Session:
    """Do what a new user does; yield what to wait for."""
    yield after(1.0)
    pyplugin_installer.instance().installFromZipFile(os.environ["ICEMARGIN_ZIP"])
    yield lambda: "icemargin" in active_plugins
    yield after(0.5)
    note("installed", place=plugins["icemargin"].__class__.__module__, file=sys.modules["icemargin"].__file__)
    presenter = plugins["icemargin"]._presenter
    results: List[Any] = []
    presenter.runs.done.connect(lambda _, result: results.append(result))
    presenter.runs.failed.connect(lambda _, error: results.append(error))
    window = iface.mainWindow()
    window.showNormal()
    window.resize(1280, 800)
    window.findChild(QDockWidget, "IceMarginDock").show()
    add_scene()
    presenter.panel.scene.elevationCombo.setLayer(QgsProject.instance().mapLayersByName("elevation")[0])
    yield after(1.0)
    note("proposed", method=presenter.panel.method.methodCombo.currentText())
    yield from press_run(presenter)
    yield from get_runtime(presenter)
    yield from patiently(lambda: len(results) == 1)
    tell("bundled", results[0])
    presenter.panel.method.choose("classic")
    yield from press_run(presenter)
    yield lambda: len(results) == 2
    tell("classic", results[1])
    yield from get_model(presenter)
    yield after(1.0)
    yield from press_run(presenter)
    yield from patiently(lambda: len(results) == 3)
    tell("model", results[2])
    yield after(1.0)
    shoot("installed-zip")
    yield from kill_the_child(presenter, results)
    note("loaded", foreign=[name for name in FOREIGN if name in sys.modules])


def add_scene() -> None:
    """Add imagery and elevation, and show the imagery."""
    layers = [QgsRasterLayer(str(DATA / f"{name}.tif"), name) for name in ("elevation", "scene")]
    QgsProject.instance().addMapLayers(layers)
    QgsProject.instance().setCrs(layers[1].crs())
    iface.mapCanvas().setExtent(layers[1].extent())
    iface.mapCanvas().refresh()


def patiently(condition: Wait) -> Session:
    """Wait for `condition` longer than the runner waits for a single step."""
    for _ in range(SLOW_STEPS):
        over = after(30.0)
        yield lambda over=over: condition() or over()


def get_runtime(presenter: Any) -> Session:
    """Set the runtime up in the dialog that the press opened; mapping follows. Or name a Python and press again."""
    wheelhouse = os.environ.get("ICEMARGIN_WHEELHOUSE", "")
    yield lambda: presenter.tools._runtime is not None and presenter.tools._runtime.isVisible()
    dialog = presenter.tools._runtime
    if not wheelhouse:
        dialog.close()
        presenter.panel.method.runtimeFile.setFilePath(os.environ["ICEMARGIN_PYTHON"])
        yield from press_run(presenter)
        return
    yield after(1.0)
    shoot("runtime-offered", dialog)
    began = time.monotonic()
    dialog.set_up_from(wheelhouse)
    yield after(3.0)
    shoot("runtime-running", dialog)
    yield from patiently(lambda: not dialog.running)
    yield after(0.5)
    shoot("runtime-ready", dialog)
    python = presenter.panel.method.runtimeFile.filePath()
    note("runtime", python=python, state=dialog.statusLabel.text(), took=round(time.monotonic() - began, 1))
    dialog.close()


def get_model(presenter: Any) -> Session:
    """Import the weights through the dialogs and use the model, or choose the model's file."""
    panel, manager = presenter.panel, presenter.tools.models
    weights = os.environ.get("ICEMARGIN_WEIGHTS", "")
    if not weights:
        panel.method.choose(str(DATA / "model.onnx"))
        return
    presenter.tools.show_models()
    manager.show_import()
    manager.import_dialog.modelFile.setFilePath(weights)
    yield after(0.7)
    shoot("model-import", manager.import_dialog)
    began = time.monotonic()
    manager.import_dialog.importButton.click()
    yield from patiently(lambda: manager._job is None)
    yield after(0.7)
    shoot("models", manager.dialog)
    name = manager.store.offered()[-1].name
    note("imported", model=name, took=round(time.monotonic() - began, 1))
    manager.use(name)


def kill_the_child(presenter: Any, results: List[Any]) -> Session:
    """Map again, kill the child process in the middle, see what is said, and resume."""
    yield from press_run(presenter)
    yield lambda: bool(children())
    # A tiny model is done in a moment; GlaViTU is in the middle of its window by then.
    yield after(0.8 if os.environ.get("ICEMARGIN_WEIGHTS") else 0.0)
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    yield from patiently(lambda: len(results) == 4)
    yield after(1.0)
    shoot("child-killed")
    message = iface.messageBar().currentItem()
    note("killed", error=type(results[3]).__name__, message=message.text())
    message.findChild(QPushButton).click()
    yield from patiently(lambda: len(results) == 5)
    tell("resumed", results[4])


def children() -> List[int]:
    """Return the processes of this QGIS that run models."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rsplit(")", 1)[1].split()[1])
            command = (status.parent / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if parent == os.getpid() and b"child.py" in command:
            found.append(int(status.parent.name))
    return found


def press_run(presenter: Any) -> Session:
    """Wait until the check is done, then press the main button."""
    yield lambda: not presenter.checks.pending
    health = presenter.panel.scene.health
    note("checked", level=health.level, text=health.textLabel.text())
    yield presenter.panel.run.runButton.isEnabled
    presenter.panel.run.runButton.click()


def tell(step: str, result: Any) -> None:
    """Note what a run came to: its facts, or its error."""
    if isinstance(result, Exception):
        note(step, error=f"{type(result).__name__}: {result}")
        return
    files = [path for path in (result.probability, result.confidence, result.outlines) if Path(path).is_file()]
    note(step, provider=result.provider, outlines=result.n_outlines, km2=result.glacier_area_km2, files=len(files))


runner = Runner(session(), iface)
