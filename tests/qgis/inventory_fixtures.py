"""Fixtures of the tests of the Inventory tab and what it opens: Check, the edit log, Hand in."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from icemargin.maptools import edit_places
from icemargin.tasks.exporting import run_export
from icemargin.tasks.inventory_work import find_attributes, find_divides
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tests.unit.test_check_command import GLACIER, write
from icemargin.ui import edit_log_watch
from icemargin.ui.analyst import remember_analyst
from icemargin.ui.edit_log_watch import EditLogWatch
from icemargin.ui.export_presenter import ExportPresenter
from icemargin.ui.inventory_panel import InventoryPanel
from icemargin.ui.inventory_presenter import InventoryPresenter
from qgis_check import SessionHere, make_check, settle
from qgis_export import SECOND, add
from qgis_inventory import SQUARES, add_file
from qgis_panels import press
from qgis_scene import SIZE


@pytest.fixture
def check(interface, qtbot):
    """Return a function that makes a presenter for a layer, and checks it."""
    made = []

    def make(layer_id, session=None, wait=True):
        presenter = make_check(interface, qtbot, layer_id, session or SessionHere())
        made.append(presenter)
        if wait:
            press(presenter.box.run.runButton)
            settle(presenter, qtbot)
        return presenter

    yield make
    for presenter in made:
        presenter.stop()
        presenter.box.deleteLater()
        presenter.deleteLater()


@pytest.fixture
def hand_in(interface, qgis_app, tmp_path):
    """Return a function that makes a presenter; a runtime is set, and all may be written over."""
    set_runtime_python(sys.executable)
    remember_analyst("Anna")
    made = []

    def build(work=run_export, ask=lambda window, text: True) -> ExportPresenter:
        made.append(ExportPresenter(interface, work=work, ask=ask))
        return made[-1]

    yield build
    for presenter in made:
        presenter.stop()


@pytest.fixture
def pair(tmp_path):
    """A layer of two outlines, by its id: one has no metadata and is to review."""
    (tmp_path / "in").mkdir()
    rows = [{"status": "accepted"}, {"status": "to review", "analyst": "", "src_date": ""}]
    return add(write(tmp_path / "in" / "Outlines.gpkg", [GLACIER, SECOND], rows=rows))


@pytest.fixture
def inventory(interface, shown):
    """Return a function that makes panel and presenter; a runtime is set."""
    set_runtime_python(sys.executable)
    interface.setActiveLayer = lambda layer: interface.active.append(layer.name())
    interface.active = []

    def make(measure=find_attributes, divide=find_divides) -> InventoryPresenter:
        panel = InventoryPanel()
        panel.check.followCheck.setChecked(False)
        return shown(panel, InventoryPresenter(panel, interface, measure, divide))

    return make


@pytest.fixture
def dem(make_raster, add_layer):
    """A slope to the south below the squares; returns the layer's id."""
    rows = np.repeat(3000 - 2.0 * np.arange(SIZE)[:, None], SIZE, axis=1)
    return add_layer(make_raster("cop30_dem", rows[None].astype(np.float32)), "cop30_dem")


@pytest.fixture
def squares(tmp_path):
    """A GeoPackage of squares in the project; returns its id."""
    return add_file(tmp_path / "outlines.gpkg", SQUARES)


@pytest.fixture
def own_profile(tmp_path, monkeypatch):
    """Edit logs know of no other QGIS."""
    for module in (edit_places, edit_log_watch):
        monkeypatch.setattr(module, "profile_folder", lambda: tmp_path / "profile")


@pytest.fixture
def watch(interface, own_profile):
    watch = EditLogWatch(interface)
    yield watch
    watch.stop()
