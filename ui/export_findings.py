"""What stands in the way of an export, what is missing, and what came out of it: in words, for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence

from qgis.core import QgsFeatureRequest, QgsVectorLayer, QgsWkbTypes

from ..inventory.export_order import TOLD
from ..inventory.export_tally import Tally, tally
from ..tasks.exporting import ExportAnswer
from ..tasks.layer_sources import flat_wkb, plain_row
from .texts import tr

POLYGON = QgsWkbTypes.GeometryType.PolygonGeometry
ERROR, WARNING, INFO = "error", "warning", "info"
WANTED = {"rgi7": TOLD[:1], "geojson": TOLD, "glims": TOLD}
"""What the outlines must tell, by format."""
SHOWN_NAMES = 3


@dataclass(frozen=True)
class Finding:
    """A line of the list: ERROR (nothing can be exported), WARNING or INFO; where it is mended, or the fault it is."""

    level: str
    text: str
    field: str = ""
    fault: Optional[Mapping[str, Any]] = None


def told_words() -> Dict[str, str]:
    """Return what the fields of TOLD hold, for people."""
    return {
        "src_date": tr("date"), "src_id": tr("image id"), "sensor": tr("instrument"), "analyst": tr("analyst"),
        "method": tr("method"),
    }  # fmt: skip


def tally_of(layer: QgsVectorLayer) -> Tally:
    """Count a layer as it is now, edits that are not saved and its filter included; one without polygons has none."""
    if layer.geometryType() != POLYGON:
        return Tally()
    names = layer.fields().names()
    features = layer.getFeatures(QgsFeatureRequest())
    return tally(names, ((plain_row(names, one.attributes()), flat_wkb(one.geometry())) for one in features))


def layer_findings(layer: Optional[QgsVectorLayer], found: Tally) -> List[Finding]:
    """Return what the layer is not, or what of it does not get into the export."""
    if layer is None:
        return [Finding(ERROR, tr("The layer is no longer in the project."))]
    if layer.geometryType() != POLYGON:
        return [Finding(ERROR, tr("The layer holds no polygons; outlines are polygons."))]
    listed = []
    if not layer.crs().isValid():
        listed.append(Finding(ERROR, tr("The layer has no CRS: set the one of its coordinates in its properties.")))
    if not found.outlines:
        listed.append(Finding(ERROR, tr("The layer has no outline that could be handed in.")))
    told = (
        (WARNING, found.to_review, tr("Still to review, handed in all the same: {}.")),
        (WARNING, found.stale, tr("Changed since the attributes were measured: {}. Measure them again first.")),
        (INFO, found.rejected, tr("Rejected, left out: {}.")),
        (INFO, found.empty, tr("Without geometry, left out: {}.")),
    )
    listed += [Finding(level, text.format(outlines_text(count))) for level, count, text in told if count]
    if layer.isModified():
        listed.append(Finding(INFO, tr("Edits that are not saved yet are handed in too.")))
    if layer.subsetString():
        listed.append(Finding(WARNING, tr("The layer has a filter: what it hides is not handed in.")))
    return listed


def untold_findings(form: str, found: Tally, filled: Collection[str], uncertain: bool) -> List[Finding]:
    """Return what reviewers would miss; `filled` is given for all, `uncertain`: the uncertainties are told."""
    words = told_words()
    listed = []
    for name in WANTED[form]:
        if found.untold[name] and name not in filled:
            text = tr("No {} in {}: reviewers return that. Fill it in above.")
            listed.append(Finding(WARNING, text.format(words[name], outlines_text(found.untold[name])), name))
    if form == "glims" and not uncertain:
        text = tr("The uncertainties of x and y are not told: reviewers return that. Fill them in under For GLIMS.")
        listed.append(Finding(WARNING, text, "uncertainty"))
    return listed


def outlines_text(count: int) -> str:
    """Return "1 outline" or "12 outlines"."""
    return tr("1 outline") if count == 1 else tr("{:,} outlines").format(count)


def answer_text(answer: ExportAnswer) -> str:
    """Return what was written, and how the check went."""
    written = tr("Written and read back: {}, {:.3f} km² in all.")
    if answer.unchecked:
        written = tr("Written: {}, {:.3f} km² in all.")
    return written.format(outlines_text(answer.count), answer.area_km2)


def answer_findings(answer: ExportAnswer) -> List[Finding]:
    """Return the faults of the file, and what was left out or is missing."""
    if answer.unchecked:
        first = [Finding(WARNING, tr("The file was not checked: {}").format(answer.unchecked))]
    elif not answer.faults:
        first = [Finding(INFO, tr("The check of the file found no fault."))]
    else:
        first = [Finding(WARNING, fault_text(fault), fault=fault) for fault in answer.faults]
    return [*first, *(Finding(INFO, note) for note in answer.notes)]


def fault_text(fault: Mapping[str, Any]) -> str:
    """Return a fault with the glaciers that it is about."""
    names: Sequence[str] = [name for name in dict.fromkeys(fault["ids"]) if name]
    shown = ", ".join(names[:SHOWN_NAMES])
    if len(names) > SHOWN_NAMES:
        shown = tr("{} and {} more").format(shown, len(names) - SHOWN_NAMES)
    return f"{fault['what']}: {shown}" if shown else str(fault["what"])
