"""A finished run's files as a styled group of layers. Main thread only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Protocol, Tuple

from qgis.core import (
    QgsCoordinateTransform,
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas

from ..inference.errors import OutputError

STYLES = Path(__file__).resolve().parent.parent / "resources" / "styles"
RESULT_PROPERTY = "icemargin/result"
RUN_PROPERTY = "icemargin/run"
CONFIDENT = 0.95
BINS = 100
SAMPLE = 250_000
MOSTLY = 0.5
"""Where more than this share is uncertain, hatching would hide the map: the layer is added, but not shown."""


class ResultFiles(Protocol):
    """The paths that a result has; a DelineationResult is one."""

    @property
    def probability(self) -> str: ...

    @property
    def confidence(self) -> str: ...

    @property
    def outlines(self) -> str: ...

    @property
    def spread(self) -> Optional[str]: ...


@dataclass(frozen=True)
class _Part:
    """One layer of a result: its name for people, its style, and whether it is shown at first."""

    name: str
    style: str
    visible: bool = True


_OUTLINES = _Part("Outlines", "outlines")
_UNCERTAIN = _Part("Uncertain areas", "uncertain")
_CONFIDENCE = _Part("Confidence below 0.95", "confidence")
_PROBABILITY = _Part("Probability", "probability", visible=False)
_SPREAD = _Part("Spread of members", "spread", visible=False)


def add_result(project: QgsProject, result: ResultFiles, title: str) -> QgsLayerTreeGroup:
    """Add a group with the result's layers above all others, outlines on top, and return it.

    The uncertain areas are not shown at first where they would cover most of the map.

    Raises OutputError, and adds nothing, if one of the files cannot be opened.
    """
    layers = _open_layers(result)
    hidden = {_UNCERTAIN} if result_doubt(layers[2][1]) > MOSTLY else set()
    group = project.layerTreeRoot().insertGroup(0, title)
    group.setCustomProperty(RUN_PROPERTY, str(Path(result.outlines).parent))
    for part, layer in layers:
        layer.loadNamedStyle(str(STYLES / f"{part.style}.qml"))
        layer.setCustomProperty(RESULT_PROPERTY, part.style)
        project.addMapLayer(layer, False)
        node = group.addLayer(layer)
        node.setItemVisibilityChecked(part.visible and part not in hidden)
        node.setExpanded(False)
    return group


def result_doubt(confidence: QgsRasterLayer) -> float:
    """Return the share of a confidence raster below 0.95, from a sample."""
    histogram = confidence.dataProvider().histogram(1, BINS, 0.0, 1.0, QgsRectangle(), SAMPLE)
    counts = histogram.histogramVector
    return float(sum(counts[: round(BINS * CONFIDENT)]) / max(sum(counts), 1))


def _open_layers(result: ResultFiles) -> List[Tuple[_Part, QgsMapLayer]]:
    """Open the layers in their order from top to bottom; the spread is there where several members were averaged."""
    layers: List[Tuple[_Part, QgsMapLayer]] = [
        (_OUTLINES, QgsVectorLayer(f"{result.outlines}|layername=outlines", _OUTLINES.name, "ogr")),
        (_UNCERTAIN, QgsVectorLayer(f"{result.outlines}|layername=uncertain", _UNCERTAIN.name, "ogr")),
        (_CONFIDENCE, QgsRasterLayer(result.confidence, _CONFIDENCE.name)),
        (_PROBABILITY, QgsRasterLayer(result.probability, _PROBABILITY.name)),
    ]
    if result.spread is not None:
        layers.append((_SPREAD, QgsRasterLayer(result.spread, _SPREAD.name)))
    broken = [part.name for part, layer in layers if not layer.isValid()]
    if broken:
        raise OutputError(f"The result's layer {broken[0]!r} cannot be opened; map again into another folder.")
    return layers


def remove_group(project: QgsProject, group: Optional[QgsLayerTreeGroup]) -> None:
    """Take a result's group and its layers out of the project; the files stay."""
    if group is None:
        return
    project.removeMapLayers(group.findLayerIds())
    parent = group.parent()
    if parent is not None:
        parent.removeChildNode(group)


def find_group(project: QgsProject, folder: str) -> Optional[QgsLayerTreeGroup]:
    """Return the group of the run that wrote into `folder`, None if the user has removed it."""
    groups = project.layerTreeRoot().findGroups(True)
    return next((group for group in groups if group.customProperty(RUN_PROPERTY) == folder), None)


def is_shown(group: QgsLayerTreeGroup, style: str) -> bool:
    """Return True if the result's layer of that style ("outlines", "uncertain" ...) is shown."""
    nodes = group.findLayers()
    return any(node.isVisible() for node in nodes if node.layer().customProperty(RESULT_PROPERTY) == style)


def zoom_to_group(canvas: QgsMapCanvas, project: QgsProject, group: QgsLayerTreeGroup) -> None:
    """Show all of the outlines; where nothing was found the view stays."""
    layers = [node.layer() for node in group.findLayers()]
    outlines = next((layer for layer in layers if layer.customProperty(RESULT_PROPERTY) == "outlines"), None)
    if outlines is None or outlines.featureCount() == 0:
        return
    transform = QgsCoordinateTransform(outlines.crs(), canvas.mapSettings().destinationCrs(), project)
    extent: QgsRectangle = transform.transformBoundingBox(outlines.extent())
    extent.scale(1.1)
    canvas.setExtent(extent)
    canvas.refresh()
