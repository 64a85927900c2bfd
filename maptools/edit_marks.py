"""What tells that an outline was edited, also where QGIS's own tools did it: these know nothing of its fields."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any, Callable, Dict, Mapping, Optional

from qgis.core import NULL, QgsFeatureRequest, QgsVectorLayer
from qgis.PyQt.QtCore import QObject

from ..inventory.attributes_state import STALE, STATE
from ..inventory.rgi_fields import OFFICIAL
from .new_outlines import ID, Ids
from .texts import tr

STATUS, EDITED, EDITED_AT = "status", "edited", "edited_at"
Values = Dict[str, str]


def edit_marks(analyst: str) -> Values:
    """Return the values that tell an outline was edited now, by field's name."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {STATUS: EDITED, EDITED_AT: now, STATE: STALE, **({"analyst": analyst} if analyst else {})}


class SavedMarks(QObject):
    """Marks what was edited without a mark when a layer is saved: one undo step, which is saved with the rest.

    Outlines that were drawn or copied get an id of their own where they have none, or that of another one.
    """

    def __init__(self, layer: QgsVectorLayer, analyst: Callable[[], str], parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self._analyst = analyst
        layer.beforeCommitChanges.connect(self._mark)

    def stop(self) -> None:
        """Let go of the layer."""
        self._layer.beforeCommitChanges.disconnect(self._mark)

    def _mark(self, *_: Any) -> None:
        rows = {**self._marks_of_edited(), **self._marks_of_new()}
        if rows:
            self._layer.beginEditCommand(tr("Mark as edited"))
            for fid, values in rows.items():
                self._layer.changeAttributeValues(fid, values)
            self._layer.endEditCommand()

    def _marks_of_edited(self) -> Dict[int, Dict[int, str]]:
        """Return the values for outlines whose shape alone was changed; what was decided meanwhile stays."""
        buffer, marks = self._layer.editBuffer(), edit_marks(self._analyst())
        at = self._layer.fields().lookupField(EDITED_AT)
        decided = buffer.changedAttributeValues()
        found = {}
        for fid in buffer.changedGeometries():
            known = decided.get(fid, {})
            if at not in known:
                found[fid] = {place: value for place, value in self._places(marks).items() if place not in known}
        return {fid: values for fid, values in found.items() if values}

    def _marks_of_new(self) -> Dict[int, Dict[int, Any]]:
        """Return the values for outlines that were drawn or copied by other tools."""
        layer = self._layer
        added = layer.editBuffer().addedFeatures()
        place = layer.fields().lookupField(ID)
        if not added or place < 0:
            return {}
        request = QgsFeatureRequest().setSubsetOfAttributes([place]).setFlags(QgsFeatureRequest.Flag.NoGeometry)
        count = Counter(_text(feature[place]) for feature in layer.getFeatures(request))
        ids, marks, found = Ids(layer), self._places(edit_marks(self._analyst())), {}
        for fid, feature in added.items():
            name = _text(feature[place])
            if (not name or count[name] > 1) and feature.hasGeometry():
                count[name] -= 1
                official = self._places(dict.fromkeys(OFFICIAL, NULL)) if name else {}  # of the one it was split from
                found[fid] = {**marks, **official, place: ids.give(feature.geometry())}
        return found

    def _places(self, values: Mapping[str, Any]) -> Dict[int, Any]:
        """Return values by the place of their field, those that the layer has."""
        places = {self._layer.fields().lookupField(name): value for name, value in values.items()}
        places.pop(-1, None)
        return places


def _text(value: Any) -> str:
    return "" if value is None or value == NULL else str(value).strip()
