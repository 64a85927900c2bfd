"""What an analyst has corrected in a map, as its file holds it: what `icemargin learn` would learn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import List, Set

from qgis.core import QgsFeatureRequest, QgsProject, QgsProviderRegistry, QgsVectorLayer

from .result_layers import RESULT_PROPERTY

ACCEPTED, EDITED, REJECTED = "accepted", "edited", "rejected"
ENOUGH = 2
"""Corrected glaciers: one to learn from, one to check with."""
_LAYER, _STATUS, _KEY = "outlines", "status", "im_id"


@dataclass(frozen=True)
class Corrections:
    """Outlines by status; `glaciers` are the accepted and edited ones, those with one id counted once."""

    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    to_review: int = 0
    glaciers: int = 0


def corrected_maps(project: QgsProject) -> List[QgsVectorLayer]:
    """Return the layers of outlines with a status, from top to bottom, results of IceMargin first.

    A new result is put on top, so the first is the newest unless the user has moved it.
    """
    layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
    found = [layer for layer in layers if isinstance(layer, QgsVectorLayer) and _has_status(layer)]
    return sorted(found, key=lambda layer: layer.customProperty(RESULT_PROPERTY) != _LAYER)


def outlines_path(layer: QgsVectorLayer) -> str:
    """Return the file that a layer reads."""
    return str(QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("path") or "")


def corrections_of(layer: QgsVectorLayer) -> Corrections:
    """Count what is saved; edits that are not saved do not count."""
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    names = [name for name in (_STATUS, _KEY) if layer.fields().indexOf(name) >= 0]
    request.setSubsetOfAttributes(names, layer.dataProvider().fields())
    counts: Counter[str] = Counter()
    glaciers: Set[str] = set()
    for feature in layer.dataProvider().getFeatures(request):
        status = str(feature[_STATUS] or "")
        counts[status] += 1
        if status in (ACCEPTED, EDITED):
            glaciers.add(str((feature[_KEY] if _KEY in names else "") or feature.id()))
    corrected = {name: counts.pop(name, 0) for name in (ACCEPTED, EDITED, REJECTED)}
    return Corrections(**corrected, to_review=sum(counts.values()), glaciers=len(glaciers))


def _has_status(layer: QgsVectorLayer) -> bool:
    if not layer.isValid() or layer.providerType() != "ogr" or layer.fields().indexOf(_STATUS) < 0:
        return False
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    return str(parts.get("path") or "").endswith(".gpkg") and parts.get("layerName") == _LAYER
