"""Bands of the imagery: guessed when a layer is chosen, shown in one line, corrected in the band table."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Mapping, Optional

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QDialog

from ..inference.errors import InputError
from ..scenes.presets import ScaleSuggestion, suggest_scale
from ..tasks.layer_paths import gdal_path
from ..tasks.value_ranges import BandRange, RangesTask
from .band_guess import guess_optical, preset_bands
from .bands_dialog import BandsDialog
from .map_choices import BandPlace, bands_text
from .optical_bands import LayerBand, OpticalBands, needs_units, stored_range, units_text
from .project_layers import path_of, raster_of, rasters
from .scene_box import SceneBox
from .texts import tr


class BandsController(QObject):
    """Holds the OpticalBands that the scene box shows. `changed` when they change.

    `problem` says why nothing could be guessed; `corrected` is True once the user has used the band table.
    """

    changed = pyqtSignal()

    def __init__(self, box: SceneBox, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.bands = OpticalBands()
        self.problem = ""
        self.corrected = False
        self._box = box
        self._ranges: Dict[LayerBand, BandRange] = {}
        self._tasks: List[RangesTask] = []
        self._dialog: Optional[BandsDialog] = None
        box.bands_pressed.connect(self.edit)
        box.hint_pressed.connect(self._hint_pressed)
        self._show()

    def guess(self) -> None:
        """Guess anew for the imagery that is chosen now."""
        self.problem = ""
        self.corrected = False
        self.set_bands(self._guessed())

    def set_bands(self, bands: OpticalBands) -> None:
        """Take these bands, look at their values in the background, and tell."""
        self.bands = bands
        self._read_ranges()
        self._show()
        self.changed.emit()

    def places(self) -> Mapping[str, BandPlace]:
        """Return the bands with paths in place of layer ids. Raises SourceError if a layer is gone."""
        project = QgsProject.instance()
        return {name: (path_of(project, layer_id), number) for name, (layer_id, number) in self.bands.places.items()}

    def edit(self) -> None:
        """Show the band table; take what it says if it is accepted."""
        dialog = BandsDialog(self.bands, self._ranges, self._box.window())
        dialog.preset_chosen.connect(lambda sensor: self._apply_preset(dialog, sensor))
        dialog.guess_pressed.connect(lambda: dialog.set_bands(self._guessed()))
        dialog.places_changed.connect(lambda: self._read_ranges(dialog.bands()))
        self._dialog = dialog
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        self._dialog = None
        bands = dialog.bands()
        dialog.deleteLater()
        if accepted:
            self.corrected = True
            self.set_bands(bands)

    def stop(self) -> None:
        """Cancel what runs in the background."""
        for task in list(self._tasks):
            task.cancel()
            task.waitForFinished(1000)

    def _guessed(self) -> OpticalBands:
        project = QgsProject.instance()
        imagery = raster_of(project, self._box.imagery_id())
        if imagery is None:
            return OpticalBands()
        try:
            return guess_optical(imagery, rasters(project))
        except InputError as error:
            self.problem = str(error)
            return OpticalBands()

    def _apply_preset(self, dialog: BandsDialog, sensor: str) -> None:
        imagery = raster_of(QgsProject.instance(), self._box.imagery_id())
        if imagery is not None:
            places = preset_bands(sensor, imagery.id(), imagery.bandCount())
            dialog.set_bands(replace(dialog.bands(), places=places, preset=sensor))

    def _read_ranges(self, bands: Optional[OpticalBands] = None) -> None:
        """Read the ranges of layers that are not known yet."""
        project = QgsProject.instance()
        wanted = {layer_id for layer_id, _ in (bands or self.bands).places.values()}
        layers = (raster_of(project, layer_id) for layer_id in wanted - {key for key, _ in self._ranges})
        paths = {gdal_path(layer): layer.id() for layer in layers if layer and layer.providerType() == "gdal"}
        if not paths:
            return
        task = RangesTask(list(paths))
        self._tasks.append(task)
        task.ended.connect(lambda: self._ranges_read(task, paths))
        QgsApplication.taskManager().addTask(task)

    def _ranges_read(self, task: RangesTask, paths: Mapping[str, str]) -> None:
        self._tasks.remove(task)
        found = {(paths[path], number): extremes for (path, number), extremes in task.ranges.items()}
        self._ranges.update(found)
        if self._dialog is not None:
            self._dialog.set_ranges(found)
        self._show()

    def _hint_pressed(self, link: str) -> None:
        if link == "table":
            self.edit()
        else:
            self.corrected = True
            self.set_bands(self.bands.with_units(link))

    def _show(self) -> None:
        """Write the line of the bands, and the hint where the values are no reflectance."""
        bands = self.bands
        parts = [bands_text(bands.places), units_text(bands)]
        text = ", ".join(part for part in parts if part)
        if bands.preset and text:
            text = f"{bands.preset}: {text}"
        self._box.set_bands(text or "-", bands.text)
        self._box.set_hint(self._hint())

    def _hint(self) -> str:
        bands = self.bands
        if not bands.places:
            return ""
        stored = stored_range(bands, self._ranges)
        if stored is not None and needs_units(bands, self._ranges):
            return _units_hint(suggest_scale(*stored, bands.preset), *stored)
        if not bands.sure:
            return tr('Guessed; please <a href="table">check the bands</a>.')
        return ""


def _units_hint(suggestion: Optional[ScaleSuggestion], low: float, high: float) -> str:
    """Return the hint that offers a scale, with links for the box to report."""
    table = tr('<a href="table">other ...</a>')
    if suggestion is None or suggestion.scaling is None:
        return tr("Values from {:g} to {:g} are not reflectance; say what they are: {}").format(low, high, table)
    scaling = suggestion.scaling
    units = units_text(OpticalBands(scale=scaling.scale, offset=scaling.offset))
    return tr(
        'Values from {:g} to {:g} are not reflectance. They look like {}: <a href="{}">apply {}</a> or {}'
    ).format(low, high, scaling.product, scaling.product, units, table)
