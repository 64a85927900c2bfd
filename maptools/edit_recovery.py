"""Edits that a QGIS which ended without warning left in the log: found, and made again."""

from __future__ import annotations

import contextlib
import platform
from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

from qgis.core import QgsVectorLayer

from ..inference.edit_steps import DISCARDED, Step
from ..inference.edit_store import EditStore
from ..inference.errors import OutlinesError
from ..inference.living import forget_sign, is_living
from ..inventory.edit_log import all_together
from .edit_places import log_place
from .edit_recorder import EditRecorder
from .edit_replay import apply_changes, numbers_if_done
from .texts import tr


@dataclass(frozen=True)
class LostEdits:
    """Steps that were not saved, in their order, and the signs of the QGIS that made them."""

    steps: Tuple[Step, ...] = ()
    signs: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Restored:
    """How many steps were made again, and why others were not."""

    count: int
    refused: Tuple[str, ...]


def lost_edits(layer: QgsVectorLayer) -> LostEdits:
    """Return what a layer has lost; what another QGIS is at, here or on another computer, is not lost.

    What the file has all the same, as QGIS ended after saving it, is marked as saved. Raises OutputError.
    """
    place = log_place(layer)
    if not place.path.is_file():
        return LostEdits()
    store = place.open()
    try:
        found = [
            (step, session)
            for step, session in store.open_steps(place.layer)
            if session.host == platform.node() and not is_living(session.lock)
        ]
        steps = tuple(step for step, _ in found)
        signs = tuple({session.lock for _, session in found})
        there = numbers_if_done(layer, all_together(steps)) if steps and not layer.isModified() else None
        if there is not None:
            store.save([step.id for step in steps], there)
            return LostEdits()
    finally:
        store.close()
    return LostEdits(steps, signs)


def discard_lost(layer: QgsVectorLayer, lost: LostEdits) -> None:
    """Give lost edits up; the log keeps them as discarded. Raises OutputError."""
    with _log_of(layer, lost) as store:
        store.mark([step.id for step in lost.steps], DISCARDED)


def restore_lost(layer: QgsVectorLayer, lost: LostEdits, recorder: EditRecorder) -> Restored:
    """Make lost edits again in an edit session, one undo step each. Nothing is saved.

    Those whose outlines are others now are told; they stay lost edits. Raises OutlinesError where the layer cannot be
    edited, and OutputError.
    """
    if not layer.isEditable() and not layer.startEditing():
        raise OutlinesError(tr("{} cannot be edited, so nothing was restored.").format(layer.name()))
    fids: Dict[int, int] = {}
    again: List[int] = []
    refused: List[str] = []
    for step in lost.steps:
        try:
            with recorder.redoing(step):
                apply_changes(layer, step.changes, step.name, fids)
            again.append(step.id)
        except OutlinesError as error:
            refused.append(f"{step.name}: {error}")
    with _log_of(layer, lost) as store:
        store.drop(again)  # they are in the log anew
    return Restored(len(again), tuple(refused))


@contextlib.contextmanager
def _log_of(layer: QgsVectorLayer, lost: LostEdits) -> Iterator[EditStore]:
    """Yield the log; then the signs of those who have ended are removed."""
    store = log_place(layer).open()
    try:
        yield store
    finally:
        store.close()
    for sign in lost.signs:
        forget_sign(sign)
