"""What the touched features of an edit session were like when they were looked at last, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterable, Mapping, Optional, Tuple

from qgis.core import QgsVectorLayer

from ..inference.edit_steps import Change
from ..inventory.id_fields import id_field_of
from .feature_states import M2_IN_KM2, Known, area_measure, current_features, difference, own_fields, stored_features

Looks = Mapping[int, Optional[Known]]
"""Features by number; None for those that are not there."""


class FeatureMemory:
    """Only touched features are read: as they are now, and at their first touch as the file has them."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        self._layer = layer
        self._known: Dict[int, Optional[Known]] = {}

    def recall(self, fids: Iterable[int]) -> Looks:
        """Return features as they were at the last look; before the first one they were as in the file."""
        fids = list(fids)
        new = [fid for fid in fids if fid not in self._known]
        stored = stored_features(self._layer, new)
        self._known.update({fid: stored.get(fid) for fid in new})
        return {fid: self._known[fid] for fid in fids}

    def look(self, fids: Iterable[int]) -> Looks:
        """Return features as they are now, and remember that."""
        fids = list(fids)
        found = current_features(self._layer, fids)
        now = {fid: found.get(fid) for fid in fids}
        self._known.update(now)
        return now

    def forget(self) -> None:
        """The edit session is over: the file is what counts."""
        self._known.clear()

    def changes(self, before: Looks, now: Looks, seconds: float) -> Tuple[Change, ...]:
        """Return what differs, with areas; the seconds of work are shared evenly among the glaciers."""
        found = []
        measure, id_field = area_measure(self._layer), id_field_of(list(own_fields(self._layer)))
        for fid, after in now.items():
            left, right = difference(before[fid], after)
            one = after or before[fid]
            if one is None or (left is not None and right is not None and left == right):
                continue
            km2 = [
                0.0 if side is None else measure.measureArea(side.geometry) / M2_IN_KM2 for side in (before[fid], after)
            ]
            found.append(Change(fid, _text(one, id_field), left, right, km2[0], km2[1], 0.0, _text(one, "reason"),
                                _text(one, "note")))  # fmt: skip
        return tuple(replace(change, seconds=seconds / len(found)) for change in found)


def _text(one: Known, field: str) -> str:
    value = one.values.get(field)
    return "" if value is None else str(value)
