"""What was gained, lost and common as a layer of the project."""

from __future__ import annotations

from qgis.core import QgsProject, QgsVectorLayer

from ..inference.errors import OutputError
from ..tasks.result_layers import RESULT_PROPERTY, STYLES

DIFFERENCE = "difference"
GLACIER_FIELD = "glacier"
PAIR_PROPERTY = "icemargin/compared"


def add_difference(project: QgsProject, path: str, title: str, pair: str) -> str:
    """Add the layer on top of all others and return its id; it takes the place of the one of the same pair.

    Raises OutputError if the file cannot be opened.
    """
    layer = QgsVectorLayer(f"{path}|layername={DIFFERENCE}", title, "ogr")
    if not layer.isValid():
        raise OutputError("The difference layer cannot be opened; compare again.")
    layer.loadNamedStyle(str(STYLES / "difference.qml"))
    layer.setCustomProperty(RESULT_PROPERTY, DIFFERENCE)
    layer.setCustomProperty(PAIR_PROPERTY, pair)
    before = [old.id() for old in project.mapLayers().values() if old.customProperty(PAIR_PROPERTY) == pair]
    project.removeMapLayers(before)
    project.addMapLayer(layer, False)
    project.layerTreeRoot().insertLayer(0, layer)
    return str(layer.id())
