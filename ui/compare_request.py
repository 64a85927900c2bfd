"""From the inputs of the Compare tab to what is asked: is it possible, what is missing, the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from qgis.core import QgsGeometry, QgsMapLayer, QgsProject
from qgis.gui import QgsMapCanvas

from ..inference.errors import InputError
from ..tasks.comparison_request import ComparisonRequest, LayerSource
from ..tasks.layer_paths import gdal_path
from ..tasks.layer_sources import source_of_geometry, source_of_layer, temporary_difference
from .compare_inputs import CompareInputs
from .extent_geometry import crs_text
from .layer_places import LayerPlaces
from .result_presenter import PageState, runtime_state, wrong_with
from .texts import tr

DEBRIS = "debris"


@dataclass(frozen=True, eq=False)
class AskedComparison:
    """A request, and what of the project its answer is shown in: titles, ids, never layers."""

    request: ComparisonRequest
    title: str
    pair: Tuple[str, str]
    id_field: str
    imagery: str

    @property
    def places(self) -> Tuple[LayerPlaces, LayerPlaces]:
        """Where the candidate's and the reference's glaciers are found."""
        return LayerPlaces(self.pair[0]), LayerPlaces(self.pair[1], self.id_field)


def compare_state(inputs: CompareInputs, any_layers: bool) -> PageState:
    """Return what stands in the way, or what would be compared."""
    candidate, reference = inputs.candidate.layer(), inputs.reference.layer()
    if not any_layers:
        text = tr(
            "Add two layers of polygons: your outlines, and a reference like RGI or GLIMS "
            "(Layer > Add Layer > Add Vector Layer ...)."
        )
        return PageState("none", text)
    if candidate is None or reference is None:
        text = tr("Choose {}; add another layer of polygons if it is not there.")
        return PageState("none", text.format(tr("a candidate") if candidate is None else tr("a reference")))
    if candidate is reference:
        return PageState("red", tr("Candidate and reference are the same layer; choose two."))
    problem = wrong_with((candidate, reference)) or _wrong_with_experts(inputs)
    if problem:
        return PageState("red", problem)
    counts = (candidate.featureCount(), reference.featureCount())
    return runtime_state(tr("{:,} outlines beside {:,} of the reference.").format(*counts))


def ask_comparison(inputs: CompareInputs, canvas: QgsMapCanvas) -> AskedComparison:
    """Return the comparison that the inputs mean. Raises InputError."""
    candidate, reference = inputs.candidate.layer(), inputs.reference.layer()
    if candidate is None or reference is None:
        raise InputError(tr("Choose a candidate and a reference."))
    experts = [QgsProject.instance().mapLayer(key) for key in inputs.expert_ids()]
    debris, imagery = inputs.debris.layer(), inputs.imagery.layer()
    request = ComparisonRequest(
        candidate=source_of_layer(candidate),
        reference=source_of_layer(reference, inputs.id_field()),
        pixel_m=inputs.pixelSpin.value(),
        experts=tuple(source_of_layer(layer) for layer in experts if layer is not None),
        extent=_extent(inputs, canvas),
        strata=inputs.strata(),
        zones=((DEBRIS, source_of_layer(debris)),) if debris is not None else (),
        dem=_path_of(inputs.elevation.layer()),
        confidence=_path_of(inputs.confidence.layer()),
        calibration=inputs.calibrationFile.filePath(),
        difference=temporary_difference(),
    )
    title = tr("{} against {}").format(candidate.name(), reference.name())
    pair = (candidate.id(), reference.id())
    return AskedComparison(request, title, pair, inputs.id_field(), _path_of(imagery))


def _extent(inputs: CompareInputs, canvas: QgsMapCanvas) -> Optional[LayerSource]:
    if inputs.in_view():
        crs = canvas.mapSettings().destinationCrs()
        crs_text(crs)  # refuses a map without one
        return source_of_geometry(QgsGeometry.fromRect(canvas.extent()), crs.toWkt())
    layer = inputs.extent.layer()
    return source_of_layer(layer) if layer is not None else None


def _path_of(layer: Optional[QgsMapLayer]) -> str:
    """Return a raster's file. Raises SourceError if it has none."""
    return gdal_path(layer) if layer is not None else ""


def _wrong_with_experts(inputs: CompareInputs) -> str:
    experts = inputs.expert_ids()
    if len(experts) == 1:
        return tr("One repeat digitisation has no spread: tick two layers of experts or more, or none.")
    if inputs.candidate.id() in experts:
        return tr("The candidate is ticked as an expert: it would be judged by itself.")
    return ""
