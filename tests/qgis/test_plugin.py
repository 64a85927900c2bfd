import logging
from pathlib import Path

import icemargin
from icemargin.plugin import IceMarginPlugin
from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QAction, QDockWidget

SIGNALS = ("cleared", "layersAdded", "layersRemoved", "readProject")


def traces(interface) -> dict:
    """Return all that a plugin could leave behind."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    project, canvas = QgsProject.instance(), interface.canvas
    return {
        "docks": len(interface.window.findChildren(QDockWidget)),
        "actions": [a.objectName() for a in interface.window.findChildren(QAction) if "IceMargin" in a.objectName()],
        "menu": list(interface.menu),
        "toolbar": list(interface.toolbar),
        "project": {name: project.receivers(getattr(project, name)) for name in SIGNALS},
        "canvas": canvas.receivers(canvas.extentsChanged) + canvas.receivers(canvas.destinationCrsChanged),
        "tools": canvas.receivers(canvas.mapToolSet),
        "tool": canvas.mapTool(),
        "tasks": QgsApplication.taskManager().countActiveTasks(),
        "handlers": list(logging.getLogger("icemargin").handlers),
    }


def test_unload_leaves_nothing_behind_twice(interface, add_layer, scene_path):
    before = traces(interface)
    for _ in range(2):
        plugin = IceMarginPlugin(interface)
        plugin.initGui()
        assert len(interface.menu) == len(interface.toolbar) == 1
        assert len(interface.window.findChildren(QDockWidget, "IceMarginDock")) == 1
        plugin._presenter.panel.extent.set_choice("draw")
        views = plugin._comparing[0].views
        views.swipe(True)
        views.show_beside(True)
        plugin.unload()
        assert traces(interface) == before


def test_unload_during_a_run_stops_it(interface, add_layer, scene_path, qtbot, monkeypatch):
    from icemargin.inference.progress import stop_if_cancelled

    plugin = IceMarginPlugin(interface)
    plugin.initGui()
    presenter = plugin._presenter

    def endless(request, runtime_python, progress):
        while True:
            stop_if_cancelled(progress)

    presenter.runs._work = endless
    add_layer(scene_path, "scene")
    qtbot.waitUntil(presenter.panel.run.runButton.isEnabled, timeout=10000)
    presenter.panel.run.runButton.click()
    qtbot.waitUntil(lambda: presenter.runs.is_running, timeout=5000)
    plugin.unload()
    qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0, timeout=5000)


def test_action_shows_and_hides_the_dock(interface):
    plugin = IceMarginPlugin(interface)
    plugin.initGui()
    interface.window.show()
    dock = interface.window.findChild(QDockWidget, "IceMarginDock")
    action = interface.menu[0]
    shown = dock.isVisible()
    action.trigger()
    assert dock.isVisible() is not shown
    plugin.unload()


def test_class_factory_and_metadata_agree(interface):
    assert isinstance(icemargin.classFactory(interface), IceMarginPlugin)
    lines = (Path(icemargin.__file__).parent / "metadata.txt").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    assert fields["version"] == icemargin.__version__
    assert (Path(icemargin.__file__).parent / fields["icon"]).is_file()
