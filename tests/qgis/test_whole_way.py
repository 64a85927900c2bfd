"""The whole way in one session: a map is reviewed, cut, measured, checked, handed in; each step's file is looked at."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.delineate import delineate
from icemargin.inference.request import DelineationRequest, SceneFacts, Source
from icemargin.maptools.cutting_edits import cut_by
from icemargin.maptools.outline_edit import apply_edit
from icemargin.tasks.result_layers import add_result
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tests.unit.test_check_command import read
from icemargin.ui.inventory_panel import InventoryPanel
from icemargin.ui.inventory_presenter import InventoryPresenter
from pyproj import Geod
from qgis.core import QgsGeometry, QgsPointXY, QgsProject
from qgis_check import settle as checked
from qgis_panels import A_RUN_MS, A_WHILE_MS, press
from qgis_review import press as press_keys
from qgis_scene import BAND_NAMES, LEFT, PIXEL, SIZE, TOP

GEOD = Geod(ellps="WGS84")
MIDDLE = LEFT + PIXEL * SIZE / 2


@pytest.fixture
def mapped(tmp_path, scene_path):
    """The classic method's map of the small scene, in the project; returns the outlines' file."""
    bands = {name: number for number, name in enumerate(BAND_NAMES, start=1)}
    facts = SceneFacts("S2A_1", "2023-08-17", "Sentinel-2A MSI")
    result = delineate(DelineationRequest((Source((scene_path,), bands),), str(tmp_path / "map"), scene=facts))
    add_result(QgsProject.instance(), result, "IceMargin 2023-08-17 classic")
    return result.outlines


@pytest.fixture
def dem(make_raster, add_layer):
    """A slope to the south, 2 m down a pixel of 10 m."""
    rows = np.repeat(3000 - 2.0 * np.arange(SIZE)[:, None], SIZE, axis=1)
    return add_layer(make_raster("cop30_dem", rows[None].astype(np.float32)), "cop30_dem")


def outlines_layer():
    (layer,) = QgsProject.instance().mapLayersByName("Outlines")
    return layer


def rows_of(path):
    return [row for row, _ in read(path, "outlines")]


def reviewed(review) -> None:
    """Accept all that the queue holds; decisions are saved at once."""
    presenter = review()
    presenter.panel.filter_for(("all", ""))
    press_keys(presenter, "A" * len(presenter.panel.table.shown_keys()))


def cut_in_two(path) -> None:
    """Cut the glacier from north to south through its middle, and save."""
    layer = outlines_layer()
    layer.startEditing()
    line = QgsGeometry.fromPolylineXY([QgsPointXY(MIDDLE, TOP), QgsPointXY(MIDDLE, TOP - PIXEL * SIZE)])
    apply_edit(layer, cut_by(layer, line), "Cut", "Anna")
    assert len(rows_of(path)) == 1  # nothing is saved yet
    assert layer.commitChanges()


def measured(presenter, qtbot) -> None:
    """Update the attributes in the runtime's child, and save."""
    work = presenter.attributes
    qtbot.waitUntil(work.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(work.box.run.runButton)
    qtbot.waitUntil(lambda: not work.runs.is_running, timeout=A_RUN_MS)
    assert outlines_layer().commitChanges()


def listed(dialog):
    return [dialog.foundList.item(row).text() for row in range(dialog.foundList.count())]


def handed_in(presenter, target, qtbot):
    """Hand in to GLIMS with what the layer does not tell; return what the window says."""
    press(presenter.panel.handInButton)
    dialog = presenter.hand_in.dialog
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData("glims"))
    dialog.targetFile.setFilePath(str(target))
    dialog.edits["analyst"].setText("Anna")
    for spin in dialog.spins.values():
        spin.setValue(10)
    before = listed(dialog)
    dialog.exportButton.click()
    qtbot.waitUntil(lambda: presenter.hand_in._job is None, timeout=A_RUN_MS)
    return before, dialog.headlineLabel.text(), listed(dialog)


def test_from_the_image_to_the_hand_in(mapped, dem, review, interface, shown, qtbot, tmp_path):
    set_runtime_python(sys.executable)
    (row,) = rows_of(mapped)
    assert (row["status"], row["src_id"], row["term_type"]) == ("to review", "S2A_1", 9)
    area = row["area_km2"]
    reviewed(review)
    (row,) = rows_of(mapped)
    assert (row["status"], row["analyst"]) == ("accepted", "Anna")

    cut_in_two(mapped)
    west, east = sorted(rows_of(mapped), key=lambda one: one["im_id"])
    assert west["im_id"] != east["im_id"] and {west["status"], east["status"]} == {"edited"}

    panel = InventoryPanel()
    presenter = shown(panel, InventoryPresenter(panel, interface))
    measured(presenter, qtbot)
    rows = rows_of(mapped)
    assert sum(one["area_km2"] for one in rows) == pytest.approx(area, rel=1e-6)
    assert {(one["aspect_sec"], one["attr_state"], one["dem_source"]) for one in rows} == {(5, "current", "cop30_dem")}
    assert [one["slope_deg"] for one in rows] == pytest.approx([np.degrees(np.arctan(0.2))] * 2, rel=0.01)

    press(presenter.panel.check.run.runButton)
    checked(presenter.check, qtbot)
    assert presenter.check.fault_count == 0, [fault.what for fault in presenter.check.desk.faults.values()]

    before, said, told = handed_in(presenter, tmp_path / "hand-in", qtbot)
    assert before == [] and said.startswith(f"Written and read back: 2 outlines, {area:.3f}")
    assert told[0] == "The check of the file found no fault."
    found = read(tmp_path / "hand-in" / "outlines.shp")
    assert {one["local_id"] for one, _ in found} == {one["im_id"] for one in rows}
    for one, shape in found:
        assert one["area"] == pytest.approx(abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6, rel=1e-9)
        assert (one["analyst"], one["image_id"], one["src_date"]) == ("Anna", "S2A_1", "2023-08-17")
        assert one["anlys_time"] and (one["loc_unc_x"], one["glob_unc_y"]) == (10, 10)
    with open(Path(tmp_path / "hand-in" / "images.csv"), encoding="utf-8") as stream:
        assert [row["outlines"] for row in csv.DictReader(stream)] == ["2"]
