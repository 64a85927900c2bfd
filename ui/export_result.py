"""What can be done with an export once it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Mapping

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices

from ..tasks.layer_sources import file_of
from .layer_places import LayerPlaces
from .map_sight import show_box


def layers_of(path: str) -> List[QgsVectorLayer]:
    """Return the project's layers that are from a file."""
    layers = [one for one in QgsProject.instance().mapLayers().values() if isinstance(one, QgsVectorLayer)]
    return [one for one in layers if file_of(one) and Path(file_of(one)).resolve() == Path(path).resolve()]


def show_again(path: str) -> None:
    """Have the project's layers take up a file that was written anew."""
    for layer in layers_of(path):
        layer.dataProvider().reloadData()
        layer.triggerRepaint()


def open_folder(path: str) -> None:
    """Show the file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))


def add_to_map(path: str, form: str) -> None:
    """Add the outlines of an export to the project, unless they are there; a hand-in is called as its folder."""
    if not layers_of(path):
        place = Path(path)
        name = place.parent.name if form == "glims" else place.stem
        QgsProject.instance().addMapLayer(QgsVectorLayer(path, name, "ogr"))


def go_to(fault: Mapping[str, Any], layer_id: str, canvas: QgsMapCanvas) -> None:
    """Show the glaciers of a fault in the map, or its place where the layer has them no more."""
    if LayerPlaces(layer_id).show(fault["ids"], canvas) or not fault["box"]:
        return
    positions = QgsCoordinateReferenceSystem("EPSG:4326")
    show_box(canvas, QgsRectangle(*fault["box"]), positions)
