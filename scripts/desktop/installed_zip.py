"""The session of a new user: install the zip, map by the classic method, then with a model.

Runs inside QGIS (--code). ICEMARGIN_ZIP and ICEMARGIN_DATA (scene.tif, elevation.tif, model.onnx) say with what. The
model runs in ICEMARGIN_PYTHON, or where ICEMARGIN_WHEELHOUSE is given, in a runtime that is set up from there in
ICEMARGIN_HOME. The answers are JSON lines in ICEMARGIN_DONE.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, List

# QGIS runs this file by exec(): it has no __file__ of its own.
sys.path.insert(0, os.environ["ICEMARGIN_STEPS"])

import pyplugin_installer
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import active_plugins, iface, plugins
from steps import Runner, Session, after, shoot

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
    yield after(1.0)
    yield from press_run(presenter)
    yield lambda: len(results) == 1
    tell("classic", results[0])
    python: List[str] = []
    yield from get_runtime(python)
    choose_model(presenter.panel, python[0])
    yield after(1.0)
    yield from press_run(presenter)
    yield lambda: len(results) == 2
    tell("model", results[1])
    yield after(1.0)
    shoot("installed-zip")
    note("loaded", foreign=[name for name in FOREIGN if name in sys.modules])


def add_scene() -> None:
    """Add imagery and elevation, and show the imagery."""
    layers = [QgsRasterLayer(str(DATA / f"{name}.tif"), name) for name in ("elevation", "scene")]
    QgsProject.instance().addMapLayers(layers)
    QgsProject.instance().setCrs(layers[1].crs())
    iface.mapCanvas().setExtent(layers[1].extent())
    iface.mapCanvas().refresh()


def get_runtime(python: List[str]) -> Session:
    """Append the interpreter that runs models: the one given, or one that is set up now, in the background."""
    wheelhouse = os.environ.get("ICEMARGIN_WHEELHOUSE", "")
    if not wheelhouse:
        python.append(os.environ["ICEMARGIN_PYTHON"])
        return
    from icemargin.tasks.background_job import BackgroundJob
    from icemargin.tasks.environment import RuntimeManager

    manager = RuntimeManager(Path(os.environ["ICEMARGIN_HOME"]) / "runtime")
    job = BackgroundJob("Set up the runtime", lambda progress: manager.set_up("cpu", wheelhouse, progress))
    QgsApplication.taskManager().addTask(job)
    for _ in range(SLOW_STEPS):  # the runner gives up on a single step sooner
        over = after(30.0)
        yield lambda over=over: job.answer is not None or job.error is not None or over()
    if job.error is not None:
        raise job.error
    python.append(manager.python())
    note("runtime", python=python[0], state=manager.describe().text)


def choose_model(panel: Any, python: str) -> None:
    """Choose the model file, and the interpreter that runs it."""
    method = panel.method
    method.methodCombo.setCurrentIndex(method.methodCombo.findData("file"))
    method.modelFile.setFilePath(str(DATA / "model.onnx"))
    method.runtimeFile.setFilePath(python)
    panel.scene.elevationCombo.setLayer(QgsProject.instance().mapLayersByName("elevation")[0])


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
