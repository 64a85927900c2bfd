"""The glaciers of a result in the map: shown, selected, and told when the user selects them there."""

from __future__ import annotations

from typing import Collection, List, Optional

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .compare_values import NEW_MARK
from .layer_places import LayerPlaces

NOBODY = LayerPlaces("")


class GlacierFinder(QObject):
    """Goes by the reference; what it has not (or what left the project) is looked for in the difference layer.

    New outlines are the candidate's. `selected(keys)` tells a selection in the reference that the user made there.
    """

    selected = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._quiet = False
        self._watched = ""
        self._new_selected = False
        self.reference, self.candidate, self.difference = NOBODY, NOBODY, NOBODY

    def set_places(
        self, reference: LayerPlaces, candidate: LayerPlaces = NOBODY, difference: LayerPlaces = NOBODY
    ) -> None:
        """Look in these layers from now on."""
        self.reference, self.candidate, self.difference = reference, candidate, difference
        self._watch(reference.layer_id)

    def stop(self) -> None:
        """Let go of all layers."""
        self.set_places(NOBODY)

    def show(self, keys: Collection[str]) -> bool:
        """Zoom to glaciers and flash them; False where no layer has them any more."""
        names = [key for key in keys if not key.startswith(NEW_MARK)]
        new = [key[len(NEW_MARK) :] for key in keys if key.startswith(NEW_MARK)]
        if not names:
            return self.candidate.show(new, self._canvas)
        return self.reference.show(names, self._canvas) or self.difference.show(names, self._canvas)

    def select(self, keys: Collection[str]) -> None:
        """Select glaciers in their layers."""
        new = [key[len(NEW_MARK) :] for key in keys if key.startswith(NEW_MARK)]
        self._quiet = True
        _select(self.reference, [key for key in keys if not key.startswith(NEW_MARK)])
        if new or self._new_selected:  # else what the user has selected in the candidate stays
            _select(self.candidate, new)
        self._new_selected = bool(new)
        self._quiet = False

    def _watch(self, layer_id: str) -> None:
        """Follow the selection of one layer, by its id: it may be deleted at any time."""
        before = QgsProject.instance().mapLayer(self._watched)
        if before is not None:
            before.selectionChanged.disconnect(self._selection_changed)
        layer = self.reference.layer()
        self._watched = layer_id if layer is not None else ""
        if layer is not None:
            layer.selectionChanged.connect(self._selection_changed)

    def _selection_changed(self, *_: object) -> None:
        layer = self.reference.layer()
        if layer is not None and not self._quiet:
            keys: List[str] = self.reference.ids(layer.selectedFeatureIds())
            self.selected.emit(keys)


def _select(place: LayerPlaces, ids: Collection[str]) -> None:
    layer = place.layer()
    if layer is not None:
        layer.selectByIds(place.features(ids))
