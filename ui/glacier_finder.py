"""The glaciers of a result in the map: shown, selected, and told when the user selects them there."""

from __future__ import annotations

from typing import Collection, List, Optional, Tuple

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .compare_values import NEW_MARK
from .layer_places import LayerPlaces
from .map_sight import line_over

NOBODY = LayerPlaces("")


class GlacierFinder(QObject):
    """Goes by the reference; what it has not (or what left the project) is looked for in the difference layer.

    New outlines are the candidate's. One glacier is outlined: QGIS fills what is selected, which would hide the
    imagery that the margin is looked at on. Several are selected. `selected(keys)` tells a selection that the user made
    in the reference.
    """

    selected = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._quiet = False
        self._watched = ""
        self.outline: Optional[QgsRubberBand] = None
        self.reference, self.candidate, self.difference = NOBODY, NOBODY, NOBODY

    def set_places(
        self, reference: LayerPlaces, candidate: LayerPlaces = NOBODY, difference: LayerPlaces = NOBODY
    ) -> None:
        """Look in these layers from now on."""
        self._remove_outline()
        self.reference, self.candidate, self.difference = reference, candidate, difference
        self._watch(reference.layer_id)

    def stop(self) -> None:
        """Let go of all layers and of the canvas."""
        self.set_places(NOBODY)

    def show(self, keys: Collection[str]) -> bool:
        """Zoom to glaciers and flash them; False where no layer has them any more."""
        return any(place.show(names, self._canvas) for place, names in self._where(keys))

    def select(self, keys: Collection[str]) -> None:
        """Outline one glacier, or select several in their layers; what was so before is no longer."""
        self._remove_outline()
        self._quiet = True
        for place, marked in ((self.reference, False), (self.candidate, True)):
            layer = place.layer()
            names = [key[len(NEW_MARK) * marked :] for key in keys if key.startswith(NEW_MARK) is marked]
            if layer is not None and (names or not marked):  # what the user has selected in the candidate stays
                layer.selectByIds(place.features(names) if len(keys) > 1 else [])
        self._quiet = False
        if len(keys) == 1:
            self._draw_outline(keys)

    def _where(self, keys: Collection[str]) -> List[Tuple[LayerPlaces, List[str]]]:
        """Return where glaciers are looked for, and under which names, the best place first."""
        names = [key for key in keys if not key.startswith(NEW_MARK)]
        new = [key[len(NEW_MARK) :] for key in keys if key.startswith(NEW_MARK)]
        return [(self.reference, names), (self.difference, names), (self.candidate, new)]

    def _draw_outline(self, keys: Collection[str]) -> None:
        for place, names in self._where(keys):
            geometries = place.geometries(names)
            if geometries:
                self.outline = line_over(self._canvas, self._canvas.selectionColor())
                for geometry in geometries:
                    self.outline.addGeometry(geometry, place.layer())
                return

    def _remove_outline(self) -> None:
        if self.outline is not None:
            self._canvas.scene().removeItem(self.outline)
            self.outline = None

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
            self._remove_outline()
            keys: List[str] = self.reference.ids(layer.selectedFeatureIds())
            self.selected.emit(keys)
