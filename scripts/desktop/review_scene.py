"""The session of the Review tab: from a new map to decisions, by the keys. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.ui.review_presenter import ReviewPresenter  # noqa: E402
from osgeo import ogr  # noqa: E402
from qgis.core import QgsApplication, QgsProject  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QDockWidget, QPushButton, QWidget  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import drawn, map_scene, open_tab, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

WINDOW = "IceMarginDock"


def press(widget: QWidget, keys: str) -> Session:
    """Press keys one after the other."""
    for key in keys:
        QTest.keyClick(widget, getattr(Qt.Key, f"Key_{key}"))
        yield from drawn()


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    yield from tidied()
    dock = open_tab(1)
    yield after(0.5)
    shoot("review-nothing-loaded", dock)
    dock.tabs.setCurrentIndex(0)
    yield from map_scene("Anna")
    yield from reviewed(plugins["icemargin"]._review)


def reviewed(review: ReviewPresenter) -> Session:
    """Go from the message to the queue, and decide."""
    # QGIS may have put messages of its own tasks above ours.
    offered = [one for one in iface.messageBar().findChildren(QPushButton) if one.text() == "Review"]
    runner.note(f"message: {offered[0].parent().text()}")
    review.panel.analystEdit.setText("Anna")
    copied = Path(review.desk.layer.layer().source().partition("|")[0])
    theirs = str(shutil.copy(copied, copied.with_name("ben.gpkg")))
    offered[0].click()
    yield lambda: not review.signs.runs.is_running
    yield from drawn()
    table = review.panel.table
    runner.note(f"state: {review.panel.health.textLabel.text()}")
    runner.note(f"queue: {[review.desk.row(key).entry for key in table.shown_keys()]}")
    shoot("review-queue")
    yield from press(table, "J")
    review.panel.tags.buttons["debris"].click()
    yield from press(table, "N")
    QTest.keyClicks(review.panel.noteEdit, "dead ice below?")
    QTest.keyClick(review.panel.noteEdit, Qt.Key.Key_Return)
    yield from press(table, "A")
    yield from press(iface.mapCanvas(), "R")
    yield from press(table, "U")
    runner.note(f"after undo: {review.desk.progress()}")
    yield from press(table, "E")
    runner.note(f"tool: {iface.mapCanvas().mapTool().action().text()}")
    shoot("review-edit")
    review.desk.layer.layer().rollBack()
    yield from merged(review, str(copied), theirs)
    QgsApplication.setUITheme("Night Mapping")
    yield from drawn()
    shoot("review-dark", iface.mainWindow().findChild(QDockWidget, WINDOW))
    QgsProject.instance().setDirty(False)


def merged(review: ReviewPresenter, ours: str, theirs: str) -> Session:
    """Merge with a copy in which another analyst has rejected the second glacier."""
    place = review.desk.row(review.panel.table.shown_keys()[1]).glacier.name
    ogr.Open(theirs, 1).ExecuteSQL(f"UPDATE outlines SET status = 'rejected', analyst = 'Ben' WHERE im_id = '{place}'")
    review.merger.runs.start("Merging", (ours, theirs, str(Path(ours).with_name("merged.gpkg"))), "")
    yield lambda: not review.merger.runs.is_running
    yield from drawn()
    review.panel.moreGroup.setCollapsed(False)
    yield from drawn()
    shoot("review-conflict")
    runner.note(f"conflict: {review.panel.whyLabel.text()}")
    review.panel.moreGroup.setCollapsed(True)


runner = Runner(session(), iface)
