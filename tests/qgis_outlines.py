"""Layers of square glaciers in a project, and the Compare tab's work done in this process, without a runtime."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

from icemargin.inference.progress import NoProgress, Progress
from icemargin.inventory.change_values import ChangeInputs, change_values
from icemargin.inventory.change_values import DatedLayer as ReadLayer
from icemargin.inventory.comparison_values import ComparisonInputs, compared
from icemargin.inventory.difference import difference
from icemargin.reports.difference_layer import write_difference
from icemargin.tasks.comparison_request import ComparisonAnswer, Pictured
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis_scene import LEFT, TOP

Squares = Mapping[str, Tuple[float, float, float]]
"""By id: metres east and south of the scene's corner, and the length of a side."""
REFERENCE = {"G-1": (0, 0, 1000), "G-2": (2000, 0, 1000), "G-3": (4000, 0, 800), "G-4": (6000, 0, 500)}
CANDIDATE = {"M-1": (0, 0, 1000), "M-2": (2050, 0, 1000), "M-3": (4000, 0, 700), "M-9": (9000, 5000, 600)}


def add_squares(name: str, squares: Squares, id_field: str, crs: str = "EPSG:32643", **more: str) -> str:
    """Add a layer of squares to the project and return its id; `more` are fields with one value."""
    fields = "".join(f"&field={field}:string" for field in (id_field, *more))
    layer = QgsVectorLayer(f"Polygon?crs={crs}{fields}", name, "memory")
    features = []
    for key, (east, south, side) in squares.items():
        feature = QgsFeature(layer.fields())
        x, y = LEFT + east, TOP - south
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y - side, x + side, y)))
        feature.setAttributes([key, *more.values()])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)
    return str(layer.id())


def compare_here(asked: Any, runtime_python: str, progress: Progress) -> ComparisonAnswer:
    """Compare as the runtime's child would."""
    request = asked.request
    read = NoProgress()
    inputs = ComparisonInputs(
        candidate=request.candidate.read(read),
        reference=request.reference.read(read),
        reference_id_field=request.reference.id_field,
        pixel_m=request.pixel_m,
        extent=None if request.extent is None else request.extent.read(read),
        experts=tuple((source.name, source.read(read)) for source in request.experts),
    )
    found = compared(inputs, progress)
    write_difference(request.difference, difference(found.candidate, found.reference).to_layer())
    return ComparisonAnswer(found.values, request.difference, Pictured(b"", b"", (), ""))


def measure_here(asked: Any, runtime_python: str, progress: Progress) -> Dict[str, Any]:
    """Measure a change as the runtime's child would."""
    layers = tuple(ReadLayer(one.source.read(NoProgress()), one.day, one.pixel_m) for one in asked.request.layers)
    return change_values(ChangeInputs(layers, asked.request.id_field), progress)
