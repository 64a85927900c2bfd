"""The session of the editing tools: each is used once with a real mouse (xdotool). Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import List, Sequence, Tuple

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.maptools.faces import border_of  # noqa: E402
from qgis.core import QgsGeometry, QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer  # noqa: E402
from qgis.PyQt.QtCore import QPoint  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import drawn, map_scene, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

PAUSE = "0.08"  # s between the movements of the mouse


def mouse(*words: object) -> Session:
    """Have xdotool do something, while QGIS goes on."""
    process = subprocess.Popen(["xdotool", *(str(word) for word in words)])
    yield lambda: process.poll() is not None
    yield after(0.4)


def pixel(point: QgsPointXY) -> Tuple[int, int]:
    """Return where a place on the map is on the screen."""
    canvas = iface.mapCanvas()
    there = canvas.getCoordinateTransform().transform(point)
    on_screen = canvas.viewport().mapToGlobal(QPoint(round(there.x()), round(there.y())))
    return on_screen.x(), on_screen.y()


def moves(points: Sequence[QgsPointXY]) -> List[object]:
    """Return xdotool's words for going from place to place in small steps."""
    words: List[object] = []
    for start, end in zip(points, points[1:]):
        for step in range(1, 9):
            between = QgsPointXY(*(start[n] + (end[n] - start[n]) * step / 8 for n in (0, 1)))
            words += ["mousemove", *pixel(between), "sleep", PAUSE]
    return words


def drag(points: Sequence[QgsPointXY], release: bool = True) -> Session:
    """Drag over the map."""
    ends = ["mouseup", 1] if release else []
    yield from mouse("mousemove", *pixel(points[0]), "sleep", PAUSE, "mousedown", 1, *moves(points), *ends)


def chosen(name: str) -> Session:
    """Choose a tool by its key, on the map."""
    action = plugins["icemargin"]._editing.actions[name]
    middle = iface.mapCanvas().viewport().rect().center()
    there = iface.mapCanvas().viewport().mapToGlobal(middle)
    keys = action.shortcut().toString().lower()
    iface.mapCanvas().setFocus()
    yield from mouse("mousemove", there.x(), there.y(), "key", keys)
    runner.note(f"{keys}: {type(iface.mapCanvas().mapTool()).__name__}, status bar: "
                f"{iface.statusBarIface().currentMessage()[:60]}")  # fmt: skip


def told(layer: QgsVectorLayer) -> None:
    """Note the last undo step, what there is, and what the message bar says."""
    item = iface.messageBar().currentItem()
    hectares = sorted(round(one.geometry().area() / 1e4, 1) for one in layer.getFeatures())
    runner.note(f"  {layer.undoStack().count()} steps, last: {layer.undoStack().undoText()}; "
                f"{len(hectares)} outlines, {hectares[-3:]} ha; told: {item.text() if item else ''}")  # fmt: skip
    iface.messageBar().clearWidgets()


def shown(box: QgsRectangle) -> Session:
    """Show a part of the map."""
    iface.mapCanvas().setExtent(box)
    iface.mapCanvas().refresh()
    yield from drawn()


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    yield from tidied()
    yield from map_scene()
    editing = plugins["icemargin"]._editing
    found = QgsProject.instance().mapLayersByName("Outlines") or QgsProject.instance().mapLayers().values()
    layer = next(one for one in found if isinstance(one, QgsVectorLayer) and "im_id" in one.fields().names())
    iface.setActiveLayer(layer)
    editing.actions["toggle"].trigger()
    yield after(0.5)
    largest = max(layer.getFeatures(), key=lambda one: one.geometry().area()).id()
    yield from painted(layer, largest)
    yield from divided(layer, largest)
    yield from holed(layer, largest)
    while layer.undoStack().canUndo():
        layer.undoStack().undo()
    told(layer)
    layer.rollBack()
    QgsProject.instance().setDirty(False)


def painted(layer: QgsVectorLayer, fid: int) -> Session:
    """Brush, snapping and smoothing along the margin."""
    border, inner = border_of(layer.getGeometry(fid)).asGeometryCollection()[0], layer.extent().buffered(-600)
    along = [border.interpolate(border.length() * share / 100).asPoint() for share in range(100)]
    first = next(n for n in range(95) if all(inner.contains(point) for point in along[n : n + 6]))
    path = along[first : first + 6]
    yield from shown(QgsRectangle(path[0], path[-1]).buffered(400))
    iface.messageBar().clearWidgets()
    yield from chosen("threshold")
    yield from drag(path, release=False)
    yield from mouse(*["click", "--delay", "60", "--repeat", "20", 4])
    shoot("editing-brush")
    yield from mouse("mouseup", 1)
    told(layer)
    yield from chosen("snap")
    yield from drag(path)
    told(layer)
    yield from chosen("smooth")
    yield from drag(path)
    told(layer)


def divided(layer: QgsVectorLayer, fid: int) -> Session:
    """Cut, reshape the divide, merge."""
    box = layer.getGeometry(fid).boundingBox()
    yield from shown(box.buffered(300))
    middle = layer.getGeometry(fid).pointOnSurface().asPoint()
    yield from chosen("cut")
    yield from drag([QgsPointXY(middle.x(), box.yMaximum() + 60), QgsPointXY(middle.x(), box.yMinimum() - 60)])
    told(layer)
    yield from chosen("border")
    along = QgsGeometry.fromPolylineXY([QgsPointXY(middle.x(), box.yMinimum()), QgsPointXY(middle.x(), box.yMaximum())])
    inside = max(along.intersection(layer.getGeometry(fid)).asGeometryCollection(), key=lambda part: part.length())
    low, high = (inside.interpolate(inside.length() * share).asPoint() for share in (0.3, 0.7))
    aside = [QgsPointXY(point.x() + inside.length() / 5, point.y()) for point in (low, high)]
    yield from drag([QgsPointXY(low.x() - 40, low.y()), *aside, QgsPointXY(high.x() - 40, high.y())], release=False)
    shoot("editing-divide")
    yield from mouse("mouseup", 1)
    told(layer)
    yield from chosen("debris")
    tongue = sorted(layer.getFeatures(), key=lambda one: -one.geometry().area())[2].geometry().boundingBox()
    yield from shown(tongue.buffered(300))
    lower = tongue.yMinimum() + tongue.height() / 3
    yield from drag([QgsPointXY(x, lower) for x in (tongue.xMinimum() - 60, tongue.xMaximum() + 60)])
    told(layer)
    yield from shown(box.buffered(300))
    yield from chosen("merge")
    piece = layer.getGeometry(fid)
    others = [one.geometry() for one in layer.getFeatures() if one.id() != fid and one.geometry().touches(piece)]
    yield from drag([one.pointOnSurface().asPoint() for one in (layer.getGeometry(fid), *others[:1])])
    told(layer)


def holed(layer: QgsVectorLayer, fid: int) -> Session:
    """Take rock out, and fill it."""
    middle = layer.getGeometry(fid).pointOnSurface().asPoint()
    yield from shown(QgsRectangle(middle, middle).buffered(600))
    yield from chosen("nunatak")
    ring = QgsGeometry.fromPointXY(middle).buffer(120, 3).asPolygon()[0]
    yield from drag(ring)
    told(layer)
    yield from mouse("mousemove", *pixel(middle), "click", 1)
    told(layer)


runner = Runner(session(), iface)
