"""Exports from the dialog *Hand in*: by a stand-in and in a real child, and what is shown of them."""

from __future__ import annotations

import pytest
import shapely
from icemargin.tasks.exporting import ExportAnswer
from icemargin.tests.unit.test_check_command import read, write
from icemargin.tests.unit.test_exporting import POLAR, true_km2
from icemargin.ui.export_findings import INFO, WARNING
from qgis.core import QgsGeometry, QgsProject
from qgis.PyQt.QtGui import QDesktopServices
from qgis_export import FAULT, add, answer, exported, listed, opened
from qgis_panels import layer_of

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_what_came_out_is_shown(hand_in, pair, tmp_path, qtbot, interface, monkeypatch):
    presenter = hand_in(answer)
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
    assert exported(presenter, qtbot) == "Written and read back: 2 outlines, 1.500 km² in all."
    assert listed(dialog, WARNING) == ["overlaps by 9 m2: g1"] and listed(dialog, INFO) == ["No outline has rgi_id."]
    before = interface.canvas.extent()
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    assert interface.canvas.extent() != before
    urls = []
    monkeypatch.setattr(QDesktopServices, "openUrl", urls.append)
    dialog.folderButton.click()
    assert [url.toLocalFile() for url in urls] == [str(tmp_path)]
    dialog.formatCombo.setCurrentIndex(1)
    assert not dialog.folderButton.isVisible() and listed(dialog)[0].startswith("Still to review")


def test_a_fault_of_what_the_layer_has_no_more_is_found_by_its_place(hand_in, pair, tmp_path, qtbot, interface):
    def elsewhere(request, python, progress):
        return ExportAnswer(request.target, 2, 1.5, (), ({**FAULT, "ids": ["gone"]}, {**FAULT, "ids": [], "box": None}))

    presenter = hand_in(elsewhere)
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
    exported(presenter, qtbot)
    before = interface.canvas.extent()
    dialog.foundList.itemClicked.emit(dialog.foundList.item(1))
    assert interface.canvas.extent() == before
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    assert interface.canvas.extent() != before


@pytest.mark.parametrize("form", ["gpkg", "shp", "geojson", "glims"])
def test_a_real_export(hand_in, pair, tmp_path, qtbot, form):
    """In the runtime's child, with an edit that is not saved and what the layer does not tell."""
    layer = layer_of(pair)
    layer.startEditing()
    key = next(one.id() for one in layer.getFeatures() if one["im_id"] == "g1")
    wider = QgsGeometry.fromWkt(shapely.box(5.1e5, 5e6, 5.13e5, 5.001e6).wkt)
    layer.changeGeometry(key, wider)
    presenter = hand_in()
    target = tmp_path / ("hand-in" if form == "glims" else f"a.{form}")
    dialog = opened(presenter, pair, form, target)
    assert "Edits that are not saved yet are handed in too." in listed(dialog, INFO)
    dialog.edits["src_date"].setText("2021-07-06")
    for spin in dialog.spins.values():
        spin.setValue(7)
    text = exported(presenter, qtbot)
    assert text.startswith("Written and read back: 2 outlines, 22.5"), (text, listed(dialog))
    path = target / "outlines.shp" if form == "glims" else target
    rows = {row.get("im_id") or row.get("local_id"): row for row, _ in read(path)}
    assert str(rows["g1"]["src_date"]).replace("/", "-") == "2021-07-06"
    assert (rows["g1"].get("area") or rows["g1"]["area_km2"]) == pytest.approx(3.0, rel=2e-3)
    if form == "glims":
        assert (rows["g0"]["analyst"], rows["g1"]["analyst"], rows["g1"]["loc_unc_y"]) == ("Ann", "Anna", 7)
        assert listed(dialog, INFO)[0] == "The check of the file found no fault."
    assert layer.isEditable() and layer.isModified()  # nothing is saved, nothing is filled in here
    layer.rollBack()
    assert sorted(one["src_date"] or "" for one in layer.getFeatures()) == ["", "2020-08-01"]


@pytest.mark.parametrize("form", ["gpkg", "shp", "geojson", "glims"])
def test_across_the_antimeridian_and_round_the_pole(hand_in, tmp_path, qtbot, form):
    presenter = hand_in()
    layer_id = add(write(tmp_path / "polar.gpkg", POLAR, epsg=3031), "Polar")
    dialog = opened(presenter, layer_id, form, tmp_path / f"a{'' if form == 'glims' else '.' + form}")
    for spin in dialog.spins.values():
        spin.setValue(10)
    text = exported(presenter, qtbot)
    assert text == f"Written and read back: 3 outlines, {sum(map(true_km2, POLAR)):.3f} km² in all."
    assert listed(dialog)[0] == "The check of the file found no fault."


def test_it_goes_into_the_map_once(hand_in, pair, tmp_path, qtbot):
    presenter = hand_in()
    target = tmp_path / "a.gpkg"
    dialog = opened(presenter, pair, "gpkg", target)
    exported(presenter, qtbot)
    dialog.addButton.click()
    dialog.addButton.click()
    names = sorted(layer.name() for layer in QgsProject.instance().mapLayers().values())
    assert names == ["Outlines", "a"]
    layer_of(pair).setSubsetString("\"im_id\" = 'g0'")
    dialog.formatCombo.setCurrentIndex(0)
    dialog.edits["method"].setText("x")  # another choice: the list of before again
    assert "The layer has a filter: what it hides is not handed in." in listed(dialog, WARNING)
    exported(presenter, qtbot)
    (added,) = QgsProject.instance().mapLayersByName("a")
    assert added.featureCount() == 1  # the layer in the map is the new file's


def test_a_bare_name_is_meant_beside_the_project(hand_in, pair, tmp_path, qtbot):
    presenter = hand_in(answer)
    opened(presenter, pair, "gpkg", "mine")
    exported(presenter, qtbot)
    assert presenter._answer.path == str(tmp_path / "IceMargin" / "mine.gpkg")


def test_lines_go_with_a_hand_in_only(hand_in, pair, tmp_path, qtbot):
    lines = add(write(tmp_path / "l.gpkg", [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])], layer="l"), "Centres")
    presenter = hand_in()
    dialog = opened(presenter, pair, "glims", tmp_path / "hand-in")
    dialog.lines["centerline"].set(layer_of(lines))
    assert list(dialog.line_layers()) == ["centerline"] and dialog.lines["debris_cov"].combo.currentText() == "none"
    exported(presenter, qtbot)
    assert len(read(tmp_path / "hand-in" / "centerline.shp")) == 1
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData("shp"))
    assert dialog.line_layers() == {}
