"""Mouse and keys on a map, at places in metres to the east and south of the scene's corner."""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import QEvent, QPointF, Qt
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent
from qgis.PyQt.QtWidgets import QApplication
from qgis_scene import LEFT, TOP, UTM43

LEFT_BUTTON, RIGHT_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def pixel_of(canvas, place) -> QPointF:
    """Return where a place is on the screen, whatever the map's CRS."""
    map_crs = canvas.mapSettings().destinationCrs()
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem(UTM43), map_crs, QgsProject.instance())
    point = to_map.transform(QgsPointXY(LEFT + place[0], TOP - place[1]))
    return canvas.getCoordinateTransform().transform(point).toQPointF()


def send(canvas, kind, place, button=LEFT_BUTTON, keys=Qt.KeyboardModifier.NoModifier):
    pixel = pixel_of(canvas, place)
    moved = kind == QEvent.Type.MouseMove
    event = QMouseEvent(kind, pixel, Qt.MouseButton.NoButton if moved else button, button, keys)
    QApplication.sendEvent(canvas.viewport(), event)


def drag(canvas, *places, steps=6):
    """Drag over the map through places, metres to the east and south of the scene's corner."""
    send(canvas, QEvent.Type.MouseButtonPress, places[0])
    for (x, y), (to_x, to_y) in zip(places, places[1:]):
        for step in range(1, steps + 1):
            send(canvas, QEvent.Type.MouseMove, (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps))
    send(canvas, QEvent.Type.MouseButtonRelease, places[-1])


def click(canvas, place, button=LEFT_BUTTON):
    send(canvas, QEvent.Type.MouseButtonPress, place, button)
    send(canvas, QEvent.Type.MouseButtonRelease, place, button)


def press_key(canvas, key):
    QApplication.sendEvent(canvas, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))
