"""Which layers of outlines there are, and which is most likely the candidate, which the reference."""

from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer, QgsWkbTypes

from ..inventory.id_fields import id_field_of
from ..inventory.layer_dates import DATE_FIELDS
from ..tasks.result_layers import RESULT_PROPERTY
from .change_inputs import DatedLayer
from .scene_guess import guess_date

OUTLINES = "outlines"
OWN_ID = "im_id"
_INVENTORY = re.compile(r"(?<![a-z])(rgi|glims|sgi|inventory|reference|truth)", re.IGNORECASE)


def outline_layers(project: QgsProject) -> List[QgsVectorLayer]:
    """Return the valid layers of polygons in the order of the layer tree, results that are no outlines left out."""
    found = [node.layer() for node in project.layerTreeRoot().findLayers()]
    return [layer for layer in found if _is_polygons(layer) and _result(layer) in ("", OUTLINES)]


def other_results(project: QgsProject) -> List[QgsMapLayer]:
    """Return our own layers of polygons that are no outlines: uncertain areas, differences."""
    layers = project.mapLayers().values()
    return [layer for layer in layers if _is_polygons(layer) and _result(layer) not in ("", OUTLINES)]


def guess_pair(layers: Sequence[QgsVectorLayer]) -> Tuple[Optional[QgsVectorLayer], Optional[QgsVectorLayer]]:
    """Return candidate and reference: a map of IceMargin and an inventory where there are such, else by the order."""
    reference = next((layer for layer in layers if _is_inventory(layer)), None)
    others = [layer for layer in layers if layer is not reference]
    ours = [layer for layer in others if OWN_ID in layer.fields().names()]
    candidate = next(iter([*ours, *others]), None)
    if reference is None:
        reference = next((layer for layer in others if layer is not candidate), None)
    return candidate, reference


def guess_inventory(layers: Sequence[QgsVectorLayer], outlines: Optional[QgsVectorLayer]) -> Optional[QgsVectorLayer]:
    """Return the first layer other than the outlines that looks like an earlier inventory."""
    return next((layer for layer in layers if layer is not outlines and _is_inventory(layer)), None)


def dated_layer(layer: QgsVectorLayer) -> DatedLayer:
    """Return a layer with what its name and its fields tell of the day."""
    names = layer.fields().names()
    field = next((name for want in DATE_FIELDS for name in names if name.lower() == want), "")
    return DatedLayer(layer.name(), layer.id(), guess_date(layer.name()), field)


def _is_polygons(layer: Optional[QgsMapLayer]) -> bool:
    return (
        isinstance(layer, QgsVectorLayer)
        and layer.isValid()
        and layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
    )


def _result(layer: QgsMapLayer) -> str:
    return str(layer.customProperty(RESULT_PROPERTY) or "")


def _is_inventory(layer: QgsVectorLayer) -> bool:
    names = layer.fields().names()
    known = id_field_of(names).lower() not in ("", OWN_ID, "id")
    return not _result(layer) and OWN_ID not in names and (known or bool(_INVENTORY.search(layer.name())))
