"""One comparison from layers to values: what the command line and the runtime's child both run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from .. import __version__
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from .beside_experts import among_experts, beside_published
from .candidate_facts import status_classes, status_counts, training_doubts
from .clipping import Extent, clipped
from .comparison import compare
from .difference import Difference, difference
from .fields import Pixels
from .ground import grounds_of
from .layer_dates import date_doubts
from .outlines import Outlines, common_crs
from .plain_layers import classes_of, cleaned, ground_of, side_of, source_of, zones_of
from .results import Comparison, ComparisonSettings
from .strata import Zones


@dataclass(frozen=True, eq=False)
class ComparisonInputs:
    """What is compared, as it was read.

    Attributes:
        candidate, reference: the outlines to judge, and those to judge by.
        candidate_id_field, reference_id_field: "" to look for one.
        pixel_m: of the imagery, in metres.
        extent: polygons; only what lies in them is compared.
        zones: kinds ("debris") and polygons of ground.
        strata: fields of the reference.
        experts: names and layers of repeat digitisations; none, or two or more.
        before: the candidate before it was edited.
        model: the candidate's ("model", "trained_on"), as far as it is known.
        calibration: that model's reliability, for the page.
        quality: what is known of the reference's accuracy.
        elevation, confidence: rasters that tell of the ground: metres; the map's calibrated confidence.
    """

    candidate: VectorLayer
    reference: VectorLayer
    candidate_id_field: str = ""
    reference_id_field: str = ""
    pixel_m: float = 10.0
    extent: Optional[VectorLayer] = None
    zones: Tuple[Tuple[str, VectorLayer], ...] = ()
    strata: Tuple[str, ...] = ()
    experts: Tuple[Tuple[str, VectorLayer], ...] = ()
    before: Optional[VectorLayer] = None
    model: Mapping[str, str] = field(default_factory=dict)
    calibration: Optional[Mapping[str, Any]] = None
    quality: str = ""
    elevation: Optional[Pixels] = None
    confidence: Optional[Pixels] = None


@dataclass(frozen=True, eq=False)
class Compared:
    """The values, and the layers that were compared: clean, in one plane, clipped to the extent."""

    values: Dict[str, Any]
    candidate: Outlines
    reference: Outlines

    def difference(self, progress: Progress) -> Difference:
        """Return what was gained, lost and common. Raises Cancelled."""
        return difference(self.candidate, self.reference, 2 * self.values["settings"]["pixel_m"], progress)


def compared(inputs: ComparisonInputs, progress: Progress) -> Compared:
    """Return the values of a comparison (docs/comparison.md). Raises InputError subclasses, Cancelled."""
    settings = ComparisonSettings(pixel_m=inputs.pixel_m)
    ours, our_ids = side_of(inputs.candidate, inputs.candidate_id_field)
    theirs, their_ids = side_of(inputs.reference, inputs.reference_id_field)
    plane = common_crs((ours.wkb, ours.crs), (theirs.wkb, theirs.crs))
    candidate, reference = cleaned(ours, our_ids, plane), cleaned(theirs, their_ids, plane)
    extent = None if inputs.extent is None else Extent.of(ground_of(inputs.extent, plane))
    zones = [zones_of(kind, layer, plane) for kind, layer in inputs.zones]
    classes: Dict[str, Sequence[str]] = {name: classes_of(theirs, name, reference) for name in inputs.strata}
    classes.update(status_classes(ours, candidate, reference))
    grounds = grounds_of(inputs.elevation, inputs.confidence, reference, settings.pixel_m / 2)
    part = PartOfProgress(progress, 0.0, 0.8)
    found = compare(candidate, reference, settings, part, extent, zones, classes, grounds)
    extra = _extra(inputs, reference, settings, extent)
    told = {"candidate": {**source_of(ours, candidate), **inputs.model, **status_counts(ours)}}
    told["reference"] = {**source_of(theirs, reference), **({"quality": inputs.quality} if inputs.quality else {})}
    if extent is not None:  # for the experts and the pictures
        candidate, reference = clipped(candidate, extent)[0], clipped(reference, extent)[0]
    experts = _experts(inputs, found, candidate, reference, zones, extent, PartOfProgress(progress, 0.8, 1.0))
    warnings = (*date_doubts(ours, theirs), *training_doubts(inputs.model), *found.warnings)
    found = replace(found, sources=told, warnings=warnings, experts=experts)
    return Compared({"icemargin": __version__, **found.to_json(), **extra}, candidate, reference)


def _experts(
    inputs: ComparisonInputs, found: Comparison, candidate: Outlines, reference: Outlines, zones: Sequence[Zones],
    extent: Optional[Extent], progress: Progress,
) -> Dict[str, Any]:  # fmt: skip
    if not inputs.experts:
        return beside_published(found, reference, zones)
    repeats = [cleaned(*side_of(layer), reference.crs) for _, layer in inputs.experts]
    if extent is not None:
        repeats = [clipped(layer, extent)[0] for layer in repeats]
    names = [name for name, _ in inputs.experts]
    return among_experts(candidate, reference, repeats, names, inputs.pixel_m / 2, progress)


def _extra(
    inputs: ComparisonInputs, reference: Outlines, settings: ComparisonSettings, extent: Optional[Extent]
) -> Dict[str, Any]:
    """Return what the values have besides the comparison: figures before the editing, the model's calibration."""
    found: Dict[str, Any] = {}
    if inputs.before is not None:
        before = compare(cleaned(*side_of(inputs.before), reference.crs), reference, settings, extent=extent)
        found["before"] = {"file": os.path.basename(inputs.before.path), "total": before.to_json()["total"]}
    if inputs.calibration:
        found["calibration"] = dict(inputs.calibration)
    return found
