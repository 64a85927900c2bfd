"""Keeps the chosen layers in step with the project: guessed when it opens, kept with it, let go when deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional

from qgis.core import QgsMapLayer, QgsProject
from qgis.PyQt.QtCore import QObject, QTimer

from .bands_controller import BandsController
from .map_settings import project_choice, save_project_choice
from .optical_bands import bands_from_dict
from .project_layers import guess_elevation, guess_imagery, raster_of, rasters
from .scene_box import SceneBox
from .scene_guess import guess_facts


class LayerChoice(QObject):
    """Chooses imagery and elevation where the user has not; holds ids, never layers."""

    def __init__(self, box: SceneBox, bands: BandsController, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._box = box
        self._bands = bands
        self._imagery_id = ""
        box.imagery_changed.connect(self._imagery_changed)
        project = QgsProject.instance()
        project.layersRemoved.connect(self._layers_gone)
        # The layer tree and the combo boxes take a new layer up later than this signal comes.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.choose)
        project.layersAdded.connect(self._layers_added)
        project.readProject.connect(self._project_read)

    def stop(self) -> None:
        """Let go of the project."""
        project = QgsProject.instance()
        project.layersRemoved.disconnect(self._layers_gone)
        project.layersAdded.disconnect(self._layers_added)
        self._later.stop()
        project.readProject.disconnect(self._project_read)

    def choose(self) -> None:
        """Choose imagery and elevation, but for what the user has picked."""
        layers = rasters(QgsProject.instance())
        if not self._box.elevation_id():
            self._box.set_elevation(guess_elevation(layers))
        before = self._box.imagery_id()
        if not (before and (self._box.picked_by_user or self._bands.corrected)):
            self._box.set_imagery(guess_imagery(layers))
        imagery = raster_of(QgsProject.instance(), before)
        if imagery is not None and imagery.bandCount() == 1 and not self._bands.corrected:
            # A further band of the same scene may have come.
            self._bands.guess()

    def keep_with_project(self) -> None:
        """Write the choice into the project (it is saved when the user saves the project)."""
        self._box.picked_by_user = True
        choice = {
            "imagery": self._box.imagery_id(),
            "elevation": self._box.elevation_id(),
            "bands": self._bands.bands.to_dict(),
        }
        save_project_choice(QgsProject.instance(), choice)

    def _layers_added(self, layers: List[QgsMapLayer]) -> None:
        for layer in layers:
            layer.crsChanged.connect(self._box.changed)
        self._later.start()

    def _project_read(self) -> None:
        """Take up the choice that was kept with the project; guess where it cannot be read or the layers are gone."""
        project = QgsProject.instance()
        choice = project_choice(project)
        imagery = raster_of(project, str(choice.get("imagery", "")))
        if imagery is None:
            self.choose()
            return
        self._box.set_elevation(raster_of(project, str(choice.get("elevation", ""))))
        self._box.set_imagery(imagery)
        try:
            bands = bands_from_dict(choice["bands"])
        except (KeyError, TypeError, ValueError, IndexError):
            return
        if all(raster_of(project, layer_id) for layer_id, _ in bands.places.values()):
            self._box.picked_by_user = True
            self._bands.set_bands(bands)

    def _imagery_changed(self) -> None:
        if self._box.imagery_id() == self._imagery_id:
            return
        self._imagery_id = self._box.imagery_id()
        layer = raster_of(QgsProject.instance(), self._imagery_id)
        if layer is not None:
            self._box.suggest_facts(guess_facts(layer.name()))
        self._bands.guess()

    def _layers_gone(self, ids: List[str]) -> None:
        """Let go of deleted layers: the combo boxes have chosen a neighbour instead."""
        if self._box.meant_elevation in ids:
            self._box.set_elevation(None)
        if self._box.meant_imagery in ids:
            self._box.set_imagery(None)
        bands = self._bands.bands
        kept = {name: place for name, place in bands.places.items() if place[0] not in ids}
        if len(kept) < len(bands.places):
            self._bands.set_bands(replace(bands, places=kept))
        self._box.changed.emit()
