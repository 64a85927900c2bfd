"""How things are with a review, in one line."""

from __future__ import annotations

from typing import Tuple

from qgis.core import QgsVectorLayer

from .review_desk import ReviewDesk
from .texts import tr


def review_state(desk: ReviewDesk) -> Tuple[str, str]:
    """Return the health line's level and text."""
    layer = desk.layer.layer()
    if layer is None:
        return "none", tr("Map glaciers first, or choose outlines to review.")
    if desk.layer.why_not():
        return "red", desk.layer.why_not()
    missing = desk.missing()
    if missing:
        return "amber", tr("{} has no field {}: decisions have no place yet.").format(layer.name(), ", ".join(missing))
    return "green", _all_is_well(desk, layer)


def _all_is_well(desk: ReviewDesk, layer: QgsVectorLayer) -> str:
    done = desk.progress()
    if done.total and not done.left:
        text = tr("The queue is done.")
    else:
        text = tr("{} of {} glaciers need eyes.").format(done.total, len(desk))
    if layer.isEditable():
        text += " " + tr("The layer is being edited: decisions are saved with the edits.")
    return text
