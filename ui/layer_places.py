"""From glaciers' ids to features of a layer and back; the layer may be gone at any time."""

from __future__ import annotations

from typing import Collection, Dict, List, Optional

from qgis.core import QgsFeatureRequest, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..inventory.id_fields import id_field_of
from .map_sight import box_of, show_box


class LayerPlaces:
    """The features of a layer by the ids in one of its fields ("": the field that is known to hold ids).

    An id that several features have stands for all of them.
    """

    def __init__(self, layer_id: str, field: str = "") -> None:
        self.layer_id = layer_id
        self._field = field
        self._features: Optional[Dict[str, List[int]]] = None

    def layer(self) -> Optional[QgsVectorLayer]:
        """Return the layer, None if it has left the project."""
        layer = QgsProject.instance().mapLayer(self.layer_id)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def features(self, ids: Collection[str]) -> List[int]:
        """Return the feature ids of glaciers; those that the layer has not are left out."""
        known = self._known()
        return [feature for name in ids for feature in known.get(name, ())]

    def ids(self, features: Collection[int]) -> List[str]:
        """Return the glaciers of features."""
        wanted = set(features)
        return [name for name, own in self._known().items() if wanted.intersection(own)]

    def show(self, ids: Collection[str], canvas: QgsMapCanvas) -> bool:
        """Zoom to glaciers and flash them; False where there are none here."""
        layer, features = self.layer(), self.features(ids)
        if layer is None or not features or not show_box(canvas, box_of(self.geometries(ids)), layer.crs()):
            return False
        canvas.flashFeatureIds(layer, features)
        return True

    def geometries(self, ids: Collection[str]) -> List[QgsGeometry]:
        """Return the outlines of glaciers, in the layer's CRS."""
        layer, features = self.layer(), self.features(ids)
        if layer is None or not features:
            return []
        request = QgsFeatureRequest().setFilterFids(features).setNoAttributes()
        return [feature.geometry() for feature in layer.getFeatures(request)]

    def _known(self) -> Dict[str, List[int]]:
        layer = self.layer()
        if layer is None:
            return {}
        if self._features is None:
            self._features = _features_by_id(layer, self._field)
        return self._features


def _features_by_id(layer: QgsVectorLayer, field: str) -> Dict[str, List[int]]:
    names = layer.fields().names()
    name = field if field in names else id_field_of(names)
    if not name:
        return {}
    place = names.index(name)
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([place])
    found: Dict[str, List[int]] = {}
    for feature in layer.getFeatures(request):
        found.setdefault(str(feature[place]).strip(), []).append(feature.id())
    return found
