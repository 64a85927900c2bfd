"""What goes on beside a review: signs from scenes and other layers, merging two analysts' files, QGIS's own tools."""

from __future__ import annotations

import shutil

import pytest
from icemargin.inference.errors import BandError
from icemargin.inference.request import DelineationRequest, Source
from osgeo import ogr
from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgsAdvancedDigitizingDockWidget, QgsMapToolDigitizeFeature, QgsMapToolPan
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog
from qgis_outlines import add_squares
from qgis_panels import A_WHILE_MS, LEFT_BUTTON, message
from qgis_review import UNCERTAIN, add_reviewed, field, health, name, names, press
from qgis_scene import BAND_NAMES

SQUARES = {key: (2000 * place, 0, 1000) for place, key in enumerate(UNCERTAIN)}
"""The map that is reviewed, as `add_squares` takes it."""


def path_of(layer_id: str) -> str:
    return QgsProject.instance().mapLayer(layer_id).source().partition("|")[0]


def decide_in_file(path: str, **statuses: str) -> None:
    """Be Ben, who decides in a copy of the file."""
    source = ogr.Open(path, 1)
    layer = source.GetLayerByName("outlines")
    for feature in layer:
        status = statuses.get(feature["im_id"].replace("-", ""))
        if status:
            feature["status"], feature["analyst"], feature["edited_at"] = status, "Ben", "2026-11-22T12:00:00Z"
            layer.SetFeature(feature)


def row_of(presenter, glacier: str):
    return next(row for row in presenter.desk.rows() if row.glacier.name == glacier)


@pytest.fixture
def answers(monkeypatch):
    """The files that the user names, one after the other."""
    given = []
    for dialog in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, dialog, lambda *_: (given.pop(0), ""))
    return given


def merge(presenter, qtbot) -> None:
    QTest.mouseClick(presenter.panel.mergeButton, LEFT_BUTTON)
    qtbot.waitUntil(lambda: not presenter.merger.runs.is_running, timeout=A_WHILE_MS)
    qtbot.wait(20)


@pytest.fixture
def reviewed(review, outlines, tmp_path):
    """Anna has accepted G-3 and G-2 in her file; Ben rejects G-3 and accepts G-6 in his."""
    presenter = review()
    presenter.panel.moreGroup.setCollapsed(False)
    theirs = str(tmp_path / "ben.gpkg")
    shutil.copy(path_of(outlines), theirs)
    decide_in_file(theirs, G3="rejected", G6="accepted")
    for glacier in ("G-3", "G-2"):
        presenter.panel.table.choose(row_of(presenter, glacier).glacier.key)
        press(presenter, "A")
    return presenter, theirs


def test_two_files_become_one_and_conflicts_are_in_front(reviewed, answers, outlines, interface, qtbot, tmp_path):
    presenter, theirs = reviewed
    answers += [theirs, str(tmp_path / "merged")]
    merge(presenter, qtbot)
    assert "Merged: 8 glaciers, 2 decided; conflicts: 1." in message(interface)
    merged = presenter.desk.layer.layer_id
    assert merged != outlines and path_of(merged).endswith("merged.gpkg")
    assert names(presenter) == ["G-3"] and name(presenter) == "G-3"
    assert "Conflict: Anna accepted, Ben rejected" in presenter.panel.whyLabel.text()
    assert {key: field(merged, key)["status"] for key in ("G-2", "G-3", "G-6")} == {
        "G-2": "accepted", "G-3": "to review", "G-6": "accepted",
    }  # fmt: skip
    assert field(merged, "G-6")["analyst"] == "Ben" and field(outlines, "G-6")["status"] == "to review"
    press(presenter, "A")
    assert field(merged, "G-3") == {
        "status": "accepted", "analyst": "Anna", "note": "Anna accepted, Ben rejected", "reason": "",
    }  # fmt: skip


def test_dialogs_that_are_closed_merge_nothing(reviewed, answers, outlines, qtbot):
    presenter, theirs = reviewed
    for files in ([""], [theirs, ""]):
        answers += files
        merge(presenter, qtbot)
        assert not answers and presenter.desk.layer.layer_id == outlines


def test_what_cannot_be_merged_is_told(reviewed, answers, outlines, interface, qtbot, tmp_path):
    presenter, theirs = reviewed
    answers += [theirs, theirs]
    merge(presenter, qtbot)
    assert "is one of the files to merge" in message(interface)
    stranger = path_of(add_reviewed(tmp_path / "stranger"))
    source = ogr.Open(stranger, 1)
    source.ExecuteSQL("UPDATE outlines SET im_id = 'X' || im_id")
    source = None
    answers += [stranger, str(tmp_path / "merged.gpkg")]
    merge(presenter, qtbot)
    assert "share 0 glaciers" in message(interface) and not (tmp_path / "merged.gpkg").exists()
    layer = QgsProject.instance().mapLayer(outlines)
    layer.startEditing()
    layer.deleteFeature(presenter.panel.table.key())
    merge(presenter, qtbot)
    assert "save it, and its edits, first" in message(interface)
    layer.rollBack()


def test_what_lies_beside_differs_and_is_in_the_queue(review, outlines, qtbot):
    presenter = review()
    assert row_of(presenter, "G-1").entry.causes in ((), ("audit",))
    reference = add_squares("RGI", {**SQUARES, "G-1": (0, 0, 500)}, "rgi_id")
    presenter.panel.against.set(QgsProject.instance().mapLayer(reference))
    qtbot.waitUntil(lambda: "RGI" in row_of(presenter, "G-1").entry.causes, timeout=A_WHILE_MS)
    assert row_of(presenter, "G-1").entry.at_stake_km2 == pytest.approx(0.75, rel=0.05)
    assert all("RGI" not in row_of(presenter, key).entry.causes for key in SQUARES if key != "G-1")
    presenter.panel.filter_for(("cause", "RGI"))
    assert names(presenter) == ["G-1"] and "unlike RGI" in presenter.panel.whyLabel.text()
    QgsProject.instance().removeMapLayer(reference)
    qtbot.waitUntil(lambda: "RGI" not in row_of(presenter, "G-1").entry.causes, timeout=A_WHILE_MS)


def test_outlines_of_no_run_are_looked_at_in_the_scene_of_the_map_tab(review, outlines, scene_path, qtbot):
    bands = {band: number for number, band in enumerate(BAND_NAMES, start=1)}
    presenter = review(lambda: DelineationRequest((Source((scene_path,), bands),), ""))
    qtbot.waitUntil(lambda: "classic" in row_of(presenter, "G-1").entry.causes, timeout=A_WHILE_MS)
    assert row_of(presenter, "G-1").entry.at_stake_km2 == pytest.approx(1.0 - 0.28, rel=0.05)
    assert "of 8 glaciers need eyes" in health(presenter)[1] and "alone" not in health(presenter)[1]
    assert "tab Map" in presenter.panel.health.whyLabel.text()


def test_without_a_scene_the_fields_decide_alone_and_that_is_said(review, outlines, qtbot):
    def nothing_chosen() -> DelineationRequest:
        raise BandError("No band is assigned.")

    presenter = review(nothing_chosen)
    assert health(presenter)[0] == "green" and "from the fields alone" in health(presenter)[1]
    assert "tab Map" in presenter.panel.health.whyLabel.text()
    assert "No band is assigned." in presenter.panel.health.whyLabel.text()


def test_a_scene_somewhere_else_is_told(review, outlines, scene_path, qtbot):
    bands = {band: number for number, band in enumerate(BAND_NAMES, start=1)}
    add_squares("far away", {"G-1": (90_000, 0, 1000)}, "rgi_id", status="to review")
    presenter = review(lambda: DelineationRequest((Source((scene_path,), bands),), ""))
    presenter.review(QgsProject.instance().mapLayersByName("far away")[0].id())
    qtbot.waitUntil(lambda: "outside the imagery" in presenter.panel.health.whyLabel.text(), timeout=A_WHILE_MS)


def test_a_scene_that_is_chosen_later_is_looked_at_when_the_tab_comes_back(review, outlines, scene_path, qtbot):
    chosen = []

    def scene() -> DelineationRequest:
        if not chosen:
            raise BandError("No band is assigned.")
        return chosen[0]

    presenter = review(scene)
    presenter.panel.hide()
    bands = {band: number for number, band in enumerate(BAND_NAMES, start=1)}
    chosen.append(DelineationRequest((Source((scene_path,), bands),), ""))
    presenter.panel.show()
    qtbot.waitUntil(lambda: "classic" in row_of(presenter, "G-1").entry.causes, timeout=A_WHILE_MS)


def test_tools_of_qgis_keep_their_letters_on_the_map(review, outlines, interface):
    """R chooses a range of vertices there; the review goes on by J and K."""
    presenter = review()
    order, canvas = names(presenter), interface.canvas
    dock = QgsAdvancedDigitizingDockWidget(canvas, interface.window)
    tool = QgsMapToolDigitizeFeature(canvas, dock)
    QgsProject.instance().mapLayer(outlines).startEditing()
    tool.setLayer(QgsProject.instance().mapLayer(outlines))
    canvas.setMapTool(tool)
    press(presenter, "RAJ", canvas)
    assert name(presenter) == order[1] and {row.glacier.status for row in presenter.desk.rows()} == {"to review"}
    press(presenter, "A")  # the table's letters stay the review's
    assert field(outlines, order[1])["status"] == "accepted"
    pan = QgsMapToolPan(canvas)
    canvas.setMapTool(pan)
    press(presenter, "R", canvas)
    assert "rejected" in {row.glacier.status for row in presenter.desk.rows()}
    canvas.unsetMapTool(pan)
    QgsProject.instance().mapLayer(outlines).rollBack()


def test_a_closed_project_leaves_nothing_behind(review, outlines, interface, qtbot):
    presenter = review()
    press(presenter, "J")
    QgsProject.instance().clear()
    press(presenter, "JA")
    qtbot.wait(20)
    assert health(presenter)[0] == "none" and names(presenter) == [] and presenter.sight.spot.outline is None
    assert not presenter.panel.decideBox.isEnabled() and not presenter.panel.mergeButton.isEnabled()


def test_an_empty_layer_has_nothing_to_decide(review, outlines, qtbot):
    presenter = review()
    empty = QgsVectorLayer("Polygon?crs=EPSG:32643&field=im_id:string&field=status:string", "empty", "memory")
    QgsProject.instance().addMapLayer(empty)
    presenter.review(empty.id())
    qtbot.wait(20)
    assert names(presenter) == [] and not presenter.panel.decideBox.isEnabled()
    press(presenter, "JARN")
    assert health(presenter)[0] == "amber"  # it has no field for reasons
