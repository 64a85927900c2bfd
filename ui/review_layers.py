"""Which layers a review is about: the outlines, and what is drawn below them."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer, QgsVectorLayer

from ..tasks.corrections import corrected_maps, outlines_path
from ..tasks.result_layers import RESULT_PROPERTY
from .project_layers import guess_imagery, rasters

CONFIDENCE = "confidence"


def guess_outlines(project: QgsProject) -> Optional[QgsVectorLayer]:
    """Return the newest map of IceMargin."""
    return next(iter(corrected_maps(project)), None)


def run_folder(layer: QgsVectorLayer) -> Optional[Path]:
    """Return the folder of the run that wrote a layer's file, None where the layer is of none."""
    path = outlines_path(layer) if layer.providerType() == "ogr" else ""
    return Path(path).parent if path and Path(path).with_name("confidence.tif").is_file() else None


def picture_layers(project: QgsProject, layer: QgsVectorLayer) -> List[QgsMapLayer]:
    """Return what the small picture shows, from top to bottom: outlines, low confidence, imagery, as far as known."""
    folder = run_folder(layer)
    found = [one for one in project.mapLayers().values() if one.customProperty(RESULT_PROPERTY) == CONFIDENCE]
    confidence = [one for one in found if isinstance(one, QgsRasterLayer) and Path(one.source()).parent == folder]
    root = project.layerTreeRoot()
    visible = [one for one in rasters(project) if root.findLayer(one.id()).isVisible()]
    imagery = guess_imagery(visible)
    return [layer, *confidence[:1], *([imagery] if imagery is not None else [])]
