"""The session of the edit log: another QGIS is killed in the middle of editing, and its edits are restored.

Runs inside QGIS (--code), as does the QGIS that is killed (log_killed.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from qgis.core import QgsProject, QgsVectorLayer  # noqa: E402
from qgis.PyQt.QtCore import QTimer  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QMessageBox, QPushButton  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import MAP, add_scene, drawn, tidy_window  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

HOME = Path(os.environ["HOME"])
EDITED = HOME / "edited"
"""The other QGIS makes this file when it has edited."""


def killed() -> Session:
    """Start another QGIS, let it edit, and kill it."""
    command = ["qgis", "--profiles-path", str(HOME), "--profile", "test", "--nologo", "--noversioncheck", "--code"]
    other = subprocess.Popen([*command, str(PLUGIN / "scripts" / "desktop" / "log_killed.py")])
    yield EDITED.exists
    os.kill(other.pid, signal.SIGKILL)
    runner.note(f"killed: {other.wait(30)}; {EDITED.read_text(encoding='utf-8')}")


def agree() -> None:
    """Press OK in the question whether others go along."""
    question = QApplication.activeModalWidget()
    runner.note(f"question: {question.text()}")
    question.button(QMessageBox.StandardButton.Ok).click()


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    tidy_window()
    yield after(2.5)
    yield from killed()
    tidy_window()
    add_scene()
    layer = QgsVectorLayer(f"{MAP / 'outlines.gpkg'}|layername=outlines", "Outlines", "ogr")
    layer.loadNamedStyle(str(PLUGIN / "resources" / "styles" / "outlines.qml"))
    QgsProject.instance().addMapLayer(layer)
    iface.setActiveLayer(layer)
    yield from drawn()
    runner.note(f"message: {iface.messageBar().currentItem().text()}; {layer.featureCount()} outlines")
    shoot("log-offer")
    restore = [one for one in iface.messageBar().findChildren(QPushButton) if one.text() == "Restore"]
    restore[0].click()
    yield from drawn()
    stack = layer.undoStack()
    runner.note(f"restored: {[stack.text(place) for place in range(stack.count())]}; {layer.featureCount()} outlines")
    runner.note(f"message: {iface.messageBar().currentItem().text()}")
    iface.messageBar().clearWidgets()
    layer.commitChanges(False)
    log = plugins["icemargin"]._inventory.log
    log.show(layer)
    yield from drawn()
    log.dialog.table.table.selectRow(log.dialog.table.table.model().rowCount() - 1)
    log._zoom(log.dialog.key())
    yield from drawn()
    shoot("log-dialog", log.dialog)
    QTimer.singleShot(1500, agree)
    log.dialog.allButton.click()
    runner.note(f"undone: {stack.undoText()}; {log.dialog.wordsLabel.text()}")
    layer.rollBack()
    QgsProject.instance().setDirty(False)


runner = Runner(session(), iface)
