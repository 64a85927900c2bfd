"""How things are with a review, in one line."""

from __future__ import annotations

from typing import Tuple

from qgis.core import QgsVectorLayer

from .review_desk import ReviewDesk
from .texts import tr


def review_state(desk: ReviewDesk, signs: Tuple[str, str]) -> Tuple[str, str, str]:
    """Return the health line's level, text and details; `signs` is what is said of them, in short and more."""
    layer = desk.layer.layer()
    if layer is None:
        return "none", tr("Map glaciers first, or choose outlines to review."), ""
    if desk.layer.why_not():
        return "red", desk.layer.why_not(), ""
    missing = desk.missing()
    if missing:
        text = tr("{} has no field {}: decisions have no place yet.").format(layer.name(), ", ".join(missing))
        return "amber", text, signs[1]
    return "green", " ".join(filter(None, (_all_is_well(desk, layer), signs[0]))), signs[1]


def _all_is_well(desk: ReviewDesk, layer: QgsVectorLayer) -> str:
    done = desk.progress()
    if done.total and not done.left:
        text = tr("The queue is done.")
    else:
        text = tr("{} of {} glaciers need eyes.").format(done.total, len(desk))
    if layer.isEditable():
        text += " " + tr("The layer is being edited: decisions are saved with the edits.")
    return text
