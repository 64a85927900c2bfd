"""What the QGIS does that log_scene.py kills: it maps, cuts a glacier, decides, and begins another stroke."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.ui.analyst import remember_analyst  # noqa: E402
from qgis.core import QgsPointXY  # noqa: E402
from qgis.PyQt.QtCore import QEvent, QPointF, Qt  # noqa: E402
from qgis.PyQt.QtGui import QMouseEvent  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import add_map, add_scene, tidy_window  # noqa: E402
from steps import Runner, Session, after  # noqa: E402

HOME = Path(os.environ["HOME"])


def send(kind: QEvent.Type, place: QgsPointXY) -> None:
    """Send a mouse event to the map."""
    canvas, left = iface.mapCanvas(), Qt.MouseButton.LeftButton
    pixel = canvas.getCoordinateTransform().transform(place)
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
    event = QMouseEvent(kind, QPointF(pixel.x(), pixel.y()), button, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.viewport(), event)


def session() -> Session:
    """Edit, tell it, and never end."""
    tidy_window()
    remember_analyst("Anna")
    add_scene()
    layer = add_map()
    iface.setActiveLayer(layer)
    yield after(2.0)
    bar = plugins["icemargin"]._editing
    bar.edit(layer)
    largest = max(layer.getFeatures(), key=lambda one: one.geometry().area())
    box = largest.geometry().boundingBox()
    bar.actions["cut"].trigger()
    start, end = (QgsPointXY(box.center().x(), y) for y in (box.yMaximum() + 100, box.yMinimum() - 100))
    send(QEvent.Type.MouseButtonPress, start)
    for share in range(1, 9):
        send(QEvent.Type.MouseMove, QgsPointXY(start.x(), start.y() + (end.y() - start.y()) * share / 8))
    send(QEvent.Type.MouseButtonRelease, end)
    yield after(3.0)
    plugins["icemargin"]._review.review(layer.id())
    plugins["icemargin"]._review.desk.decide(largest.id(), "accepted")
    yield after(1.0)
    send(QEvent.Type.MouseButtonPress, start)
    edits = [layer.undoStack().text(place) for place in range(layer.undoStack().count())]
    (HOME / "edited.part").write_text(f"{edits}, {layer.featureCount()} outlines", encoding="utf-8")
    (HOME / "edited.part").rename(HOME / "edited")
    yield after(600.0)


runner = Runner(session(), iface)
