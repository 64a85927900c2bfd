"""Wires the Map tab: what is chosen becomes a request, is checked, run, and shown on the map."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Optional

from qgis.core import Qgis, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QMessageBox

from ..inference.errors import IceMarginError, OutputError
from ..inference.model import ModelDescription
from ..inference.request import DEM_BANDS, OPTICAL_BANDS, DelineationRequest, DelineationResult
from ..scenes.regions import region_of
from ..tasks.check_task import CheckReport
from ..tasks.map_runs import MapRuns
from ..tasks.result_layers import add_result, find_group, is_shown, remove_group, zoom_to_group
from ..tasks.runtime_setting import runtime_python, set_runtime_python
from ..tasks.scene_checks import SceneChecks
from . import map_settings
from .bands_controller import BandsController
from .extent_controller import ExtentController
from .health_line import headline
from .layer_choice import LayerChoice
from .map_choices import MapChoices, build_request, new_folder, run_name
from .map_panel import MapPanel
from .model_card import card_html
from .output_folder import checked_folder, default_folder
from .project_layers import crs_by_path, lonlat_of, path_of, raster_of
from .region_presenter import RegionFinder
from .review_desk import glaciers_in_need
from .run_box import BIG_MEMORY_MIB, LONG_RUN_SECONDS, duration_text, size_text
from .run_messages import RunMessages, failure_text, summary_text, title_of
from .texts import tr
from .tools import Tools

_log = logging.getLogger(__name__)


class MapPresenter(QObject):
    """Owns what stands behind the panel. `stop` undoes everything; `review_wanted(id)` of a new map's outlines."""

    review_wanted = pyqtSignal(str)

    def __init__(self, panel: MapPanel, iface: QgisInterface, runs: Optional[MapRuns] = None) -> None:
        super().__init__(panel)
        self.panel = panel
        self._iface = iface
        self.bands = BandsController(panel.scene, self)
        self.extents = ExtentController(panel.extent, iface.mapCanvas(), self)
        self.layers = LayerChoice(panel.scene, self.bands, self)
        self.runs = runs or MapRuns(parent=self)
        self.checks = SceneChecks(self._request_to_check, runtime_python, _speed, parent=self)
        self.messages = RunMessages(iface.messageBar())
        self._description: Optional[ModelDescription] = None
        self._location = ""
        self._run_when_checked = False
        self._runtime_missing = False
        self._run_when_ready = False
        self._project_left = False
        self.tools = Tools(iface.mainWindow(), panel.method.model, self)
        self.regions = RegionFinder(self.request, parent=self)
        panel.method.set_tools(self.tools.entries)
        self._offer_models()
        if self.tools.proposed():
            panel.method.choose(self.tools.proposed())
        self._restore()
        self._connect()
        self.layers.choose()
        self._changed()

    def stop(self) -> None:
        """Cancel what runs, remember the settings, let go of the project and the canvas."""
        self._save()
        self.tools.stop()
        self.regions.stop()
        self.checks.stop()
        self.runs.stop()
        self.bands.stop()
        self.layers.stop()
        self.extents.stop()
        self.messages.clear()
        QgsProject.instance().cleared.disconnect(self._project_cleared)

    def choices(self) -> MapChoices:
        """Return what the widgets say. Raises IceMarginError subclasses for what cannot be meant."""
        scene, method = self.panel.scene, self.panel.method
        project = QgsProject.instance()
        extent, area = self.extents.extent()
        elevation = scene.elevation_id()
        return MapChoices(
            bands=self.bands.places(),
            extent=extent,
            scale=self.bands.bands.scale,
            offset=self.bands.bands.offset,
            elevation=path_of(project, elevation) if elevation else "",
            extras={name: (path_of(project, key), number) for name, (key, number) in scene.extras().items()},
            crs=crs_by_path(project),
            area=area,
            model=method.model(),
            classic=method.classic(),
            outlines=method.outlines(),
            scene=scene.facts(),
            resolution=method.resolution(),
            overlap=method.overlap(),
            region=method.region(),
            region_vector=method.region_vector(),
            averages=method.averages(),
            device=method.value("device"),
            threads=method.value("threads"),
        )

    def request(self) -> DelineationRequest:
        """Return the request of a run that starts now, with a folder of its own. Raises IceMarginError subclasses."""
        choices = self.choices()
        typed = str(self.panel.method.value("output"))
        parent = checked_folder(Path(typed) if typed else default_folder(QgsProject.instance()))
        name = run_name(choices.model, choices.scene.src_date, date.today().isoformat())
        return build_request(choices, str(new_folder(parent, name)))

    def run(self) -> None:
        """Start a run; while a check is pending it waits for the check's answer, and without runtime for that."""
        if self.checks.pending:
            self._run_when_checked = True
            return
        if self._runtime_missing:
            self._set_up_first()
            return
        try:
            request = self.request()
        except IceMarginError as error:
            self.messages.show(str(error), Qgis.MessageLevel.Warning)
            return
        self._save()
        self.layers.keep_with_project()
        self._start(request)

    def _set_up_first(self) -> None:
        """Offer the runtime; mapping goes on by itself when it is there, unless something else was chosen meanwhile."""
        self._run_when_ready = True
        text = tr("GlaViTU runs in a runtime of its own, set up once: press Set up there. Mapping follows by itself.")
        self.messages.show(text, Qgis.MessageLevel.Info)
        self.tools.show_runtime()

    def _start(self, request: DelineationRequest) -> None:
        self._project_left = False
        self.messages.clear()
        self.runs.start(title_of(request.out_dir), request, runtime_python())

    def _connect(self) -> None:
        panel, runs = self.panel, self.runs
        panel.changed.connect(self._changed)
        self.bands.changed.connect(self._changed)
        self.extents.changed.connect(self._changed)
        panel.method.runtime_changed.connect(self._runtime_changed)
        panel.method.card_pressed.connect(self._show_card)
        panel.method.setup_pressed.connect(self.tools.show_runtime)
        panel.method.models_wanted.connect(self._offer_models)
        panel.method.find_region_pressed.connect(lambda: self.regions.show(self._iface.mainWindow()))
        self.regions.chosen.connect(panel.method.use_region_vector)
        panel.scene.imagery_changed.connect(self._propose_by_position)
        self.tools.models_changed.connect(self._offer_models)
        self.tools.model_chosen.connect(panel.method.choose)
        self.tools.runtime_ready.connect(self._runtime_ready)
        panel.run.run_pressed.connect(self.run)
        panel.run.cancel_pressed.connect(runs.cancel)
        self.checks.checked.connect(self._checked)
        runs.running.connect(panel.run.set_running)
        runs.told.connect(panel.run.show_progress)
        runs.done.connect(self._done)
        runs.failed.connect(self._failed)
        runs.cancelled.connect(self._cancelled)
        QgsProject.instance().cleared.connect(self._project_cleared)

    def _restore(self) -> None:
        method = self.panel.method
        map_settings.restore_widgets("map", method.saved_widgets())
        map_settings.restore_widgets("map", {"analyst": self.panel.scene.analystEdit})
        method.runtimeFile.setFilePath(runtime_python())
        method.outputFile.lineEdit().setPlaceholderText(tr("beside the project, else in Documents"))

    def _save(self) -> None:
        method = self.panel.method
        map_settings.save_widgets("map", method.saved_widgets())
        map_settings.save_widgets("map", {"analyst": self.panel.scene.analystEdit})

    def _runtime_changed(self, path: str) -> None:
        set_runtime_python(path)
        self._changed()

    def _runtime_ready(self, python: str) -> None:
        waiting, method = self._run_when_ready, self.panel.method
        method.runtimeFile.setFilePath(python)
        self._runtime_changed(python)
        if waiting:
            self.messages.clear()
            self._run_when_checked = True

    def _offer_models(self) -> None:
        self.panel.method.set_models(self.tools.offered())

    def _propose_by_position(self) -> None:
        """Propose the region of the imagery, and the model that the user made the default there."""
        self.panel.method.forget_region_vector()
        layer = raster_of(QgsProject.instance(), self.panel.scene.imagery_id())
        place = lonlat_of(layer) if layer is not None else None
        if place is None:
            return
        region = region_of(*place)
        self.panel.method.propose_region(region)
        default = self.tools.default_for(region)
        if default and not self.panel.method.picked_by_user:
            self.panel.method.choose(default)

    def _changed(self) -> None:
        self._run_when_checked = self._run_when_ready = False
        if not self.panel.scene.imagery_id():
            self._show_nothing_loaded()
        self.checks.schedule()

    def _show_nothing_loaded(self) -> None:
        text = tr("Add a multispectral image (Layer > Add Layer > Add Raster Layer ...) and choose it as Imagery.")
        self.panel.scene.health.show_health("none", text)
        self.panel.run.set_estimate("")
        self.panel.run.set_possible(False)

    def _request_to_check(self) -> Optional[DelineationRequest]:
        """Return what the checks shall look at; what cannot be meant is told at once."""
        if not self.panel.scene.imagery_id():
            self._show_nothing_loaded()
            return None
        try:
            if self.bands.problem:
                raise IceMarginError(self.bands.problem)
            return self.request()
        except IceMarginError as error:
            self._checked(CheckReport("red", str(error)))
            return None

    def _checked(self, report: CheckReport) -> None:
        text, why = headline(report.text), report.why or report.text
        if report.runtime_missing and report.level != "red":
            text += " " + tr("The classic method works without it.")
        self._runtime_missing = report.runtime_missing
        self.panel.method.show_setup(report.runtime_missing)
        self.panel.scene.health.show_health(report.level, text, why)
        self.panel.run.set_possible(report.level != "red")
        self._show_estimate(report)
        self._location = report.estimate.location if report.estimate else ""
        run_now, self._run_when_checked = self._run_when_checked and report.level != "red", False
        self._take_description(report.description)  # may ask for another check, for which the run waits
        if run_now:
            self.run()

    def _show_estimate(self, report: CheckReport) -> None:
        costs = report.estimate
        if costs is None:
            self.panel.run.set_estimate("")
            return
        windows = tr("1 window") if costs.windows == 1 else tr("{} windows").format(costs.windows)
        text = tr("{:.1f} \u00d7 {:.1f} km, {}, {}, {} memory, {} disk").format(
            costs.width_km,
            costs.height_km,
            windows,
            duration_text(costs.seconds),
            size_text(costs.memory_mib),
            size_text(costs.disk_mib),
        )
        self.panel.run.set_estimate(text, costs.seconds > LONG_RUN_SECONDS or costs.memory_mib > BIG_MEMORY_MIB)

    def _take_description(self, description: Optional[ModelDescription]) -> None:
        self._description = description
        if description is None:
            return
        known = OPTICAL_BANDS + DEM_BANDS
        self.panel.scene.show_extras([name for name in description.bands if name not in known])
        self.panel.method.set_location(description.location)

    def _show_card(self) -> None:
        title = tr("About the method")
        QMessageBox.information(self.panel, title, card_html(self._description, self._location))

    def _done(self, request: DelineationRequest, result: DelineationResult) -> None:
        runs = result.windows * request.averages.runs
        map_settings.remember_speed(request.model, request.device, sum(result.seconds.values()), runs)
        if request.model != "classic":
            map_settings.remember_model(request.model)
            self._offer_models()
        _log.info("Mapped into %s: %s", request.out_dir, result)
        if self._project_left:
            text = tr("The run is done, but its project was closed. {}").format(summary_text(result))
            self.messages.show(text, Qgis.MessageLevel.Info, tr("Add here"), lambda: self._add(request, result))
        else:
            self._add(request, result)

    def _add(self, request: DelineationRequest, result: DelineationResult) -> None:
        project = QgsProject.instance()
        try:
            group = add_result(project, result, title_of(request.out_dir))
        except OutputError as error:
            self.messages.show(str(error), Qgis.MessageLevel.Critical)
            return
        zoom_to_group(self._iface.mapCanvas(), project, group)
        level = Qgis.MessageLevel.Success if result.n_outlines else Qgis.MessageLevel.Warning
        text = summary_text(result)
        if result.n_outlines and not is_shown(group, "uncertain"):
            text += " " + tr("Mostly uncertain.")
        before = []
        outlines = group.findLayers()[0].layer()
        needing = glaciers_in_need(outlines)
        if needing:
            text += " " + (tr("1 needs review.") if needing == 1 else tr("{} need review.").format(needing))
            layer_id = str(outlines.id())
            before = [(tr("Review"), lambda: self.review_wanted.emit(layer_id))]
        self.messages.show(text, level, tr("Undo"), lambda: self._undo(request.out_dir), before=before)

    def _undo(self, folder: str) -> None:
        project = QgsProject.instance()
        remove_group(project, find_group(project, folder))
        self._iface.mapCanvas().refresh()

    def _failed(self, request: DelineationRequest, error: Optional[Exception]) -> None:
        _log.error("The run into %s failed: %s", request.out_dir, error)
        for line in getattr(error, "log", ()):  # the last words of a child process
            _log.error("%s", line)
        text, level = failure_text(error), Qgis.MessageLevel.Critical
        if isinstance(error, IceMarginError) and error.resumable:
            self.messages.show(text, level, tr("Resume"), lambda: self._start(replace(request, resume=True)))
        else:
            self.messages.show(text, level)

    def _cancelled(self) -> None:
        self.messages.show(tr("Cancelled; nothing was written."), Qgis.MessageLevel.Info, seconds=6)

    def _project_cleared(self) -> None:
        self._project_left = self.runs.is_running


def _speed(request: DelineationRequest) -> float:
    return map_settings.seconds_per_window(request.model, request.device)
