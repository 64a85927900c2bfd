"""Hand in, driven as a user would: what is told before, exports by a stand-in and a real child, what may go wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import shapely
from icemargin.inference.errors import OutputError, RuntimeMissingError
from icemargin.inference.progress import NoProgress, stop_if_cancelled
from icemargin.tasks.exporting import ExportAnswer, run_export
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tests.unit.test_check_command import GLACIER, read, write
from icemargin.tests.unit.test_exporting import POLAR, true_km2
from icemargin.ui.analyst import remember_analyst
from icemargin.ui.export_findings import ERROR, INFO, WARNING
from icemargin.ui.export_presenter import ExportPresenter
from qgis.core import QgsApplication, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QDesktopServices

SECOND = shapely.box(5.1e5, 5e6, 5.12e5, 5.001e6)
FAULT = {"kind": "overlap", "what": "overlaps by 9 m2", "ids": ["g1"], "box": [9.1, 45.1, 9.2, 45.2], "places": [1]}


@pytest.fixture
def make(interface, qgis_app, tmp_path):
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
def outlines(tmp_path):
    """A layer of two outlines, by its id: one has no metadata and is to review."""
    (tmp_path / "in").mkdir()
    rows = [{"status": "accepted"}, {"status": "to review", "analyst": "", "src_date": ""}]
    return add(write(tmp_path / "in" / "Outlines.gpkg", [GLACIER, SECOND], rows=rows))


def add(path, name="Outlines"):
    layer = QgsVectorLayer(str(path), name, "ogr")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer.id()


def layer_of(layer_id):
    return QgsProject.instance().mapLayer(layer_id)


def opened(presenter, layer_id, form="gpkg", target=""):
    """Open the dialog for a layer, choose format and target; return the dialog."""
    presenter.show(layer_of(layer_id))
    dialog = presenter.dialog
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData(form))
    if target:
        dialog.targetFile.setFilePath(str(target))
    return dialog


def listed(dialog, level=""):
    found = [dialog.foundList.item(row).data(Qt.ItemDataRole.UserRole) for row in range(dialog.foundList.count())]
    return [one.text for one in found if not level or one.level == level]


def exported(presenter, qtbot):
    presenter.dialog.exportButton.click()
    qtbot.waitUntil(lambda: presenter._job is None, timeout=60000)
    return presenter.dialog.headlineLabel.text()


def answer(request, python, progress):
    """A stand-in that writes nothing."""
    return ExportAnswer(request.target, 2, 1.5, ("No outline has rgi_id.",), (FAULT,))


def test_what_is_missing_is_told_and_mended(make, outlines):
    dialog = opened(make(answer), outlines, "glims")
    assert dialog.layerLabel.text() == "Outlines: 2 outlines"
    told = listed(dialog, WARNING)
    assert told[0] == "Still to review, handed in all the same: 1 outline."
    assert told[1] == "No date in 1 outline: reviewers return that. Fill it in above."
    assert told[2].startswith("The uncertainties of x and y are not told") and len(told) == 3
    assert dialog.counts["src_date"].text() == "empty in 1 of 2" and dialog.counts["sensor"].text() == "told"
    assert not dialog.edits["sensor"].isEnabled() and dialog.edits["src_date"].placeholderText() == "2020-08-01"
    assert dialog.edits["analyst"].text() == "Anna"
    dialog.edits["src_date"].setText("2021-07-06")
    for spin in dialog.spins.values():
        spin.setValue(5)
    assert len(listed(dialog, WARNING)) == 1
    dialog.edits["src_date"].setText("6 July")
    assert listed(dialog, ERROR) == ["6 July is no date; write it like 2020-08-15."]
    assert not dialog.exportButton.isEnabled()


def test_edits_made_meanwhile_are_counted(make, outlines):
    dialog, layer = opened(make(answer), outlines), layer_of(outlines)
    status = layer.fields().lookupField("status")
    key = next(one.id() for one in layer.getFeatures() if one["im_id"] == "g1")

    def told():
        dialog.activated.emit()
        return dialog.layerLabel.text(), listed(dialog, INFO)

    layer.startEditing()
    layer.changeAttributeValue(key, status, "rejected")
    unsaved = "Edits that are not saved yet are handed in too."
    assert told() == ("Outlines: 1 outline", ["Rejected, left out: 1 outline.", unsaved])
    layer.undoStack().undo()
    assert told() == ("Outlines: 2 outlines", [])
    layer.undoStack().redo()
    layer.commitChanges()
    assert told() == ("Outlines: 1 outline", ["Rejected, left out: 1 outline."])


def test_a_line_leads_to_where_it_is_mended(make, outlines, interface):
    interface.window.show()
    dialog = opened(make(answer), outlines, "glims")
    for row in range(dialog.foundList.count()):
        item = dialog.foundList.item(row)
        dialog.foundList.itemClicked.emit(item)
        if "uncertainties" in item.text():
            assert dialog.pages.currentWidget() is dialog.glimsPage
        if "No date" in item.text():
            assert dialog.pages.currentWidget() is dialog.toldPage


@pytest.mark.parametrize(
    ("form", "ending"), [("gpkg", ".gpkg"), ("shp", ".shp"), ("geojson", ".geojson"), ("glims", "")]
)
def test_formats(make, outlines, tmp_path, form, ending):
    dialog = opened(make(answer), outlines, form)
    name = {"gpkg": "rgi7", "shp": "rgi7"}.get(form, form)
    assert dialog.target() == str(tmp_path / "IceMargin" / f"Outlines_{name}{ending}")
    assert dialog.pages.isTabEnabled(1) == (form == "glims") and not Path(dialog.target()).parent.exists()
    own = tmp_path / "mine"
    dialog.targetFile.setFilePath(str(own))
    assert dialog.target() == f"{own}{ending}"


def test_the_user_s_own_name_follows_the_format(make, outlines, tmp_path):
    dialog = opened(make(answer), outlines, "gpkg", tmp_path / "mine.gpkg")
    for form, ending in (("shp", ".shp"), ("glims", ""), ("geojson", ".geojson")):
        dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData(form))
        assert dialog.target() == str(tmp_path / f"mine{ending}")


def test_a_proposed_name_is_new(make, outlines, tmp_path):
    (tmp_path / "IceMargin").mkdir()
    (tmp_path / "IceMargin" / "Outlines_rgi7.gpkg").touch()
    assert opened(make(answer), outlines).target().endswith("Outlines_rgi7_2.gpkg")


def test_what_came_out_is_shown(make, outlines, tmp_path, qtbot, interface, monkeypatch):
    presenter = make(answer)
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
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


def test_a_fault_of_what_the_layer_has_no_more_is_found_by_its_place(make, outlines, tmp_path, qtbot, interface):
    def elsewhere(request, python, progress):
        return ExportAnswer(request.target, 2, 1.5, (), ({**FAULT, "ids": ["gone"]}, {**FAULT, "ids": [], "box": None}))

    presenter = make(elsewhere)
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
    exported(presenter, qtbot)
    before = interface.canvas.extent()
    dialog.foundList.itemClicked.emit(dialog.foundList.item(1))
    assert interface.canvas.extent() == before
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    assert interface.canvas.extent() != before


@pytest.mark.parametrize("form", ["gpkg", "shp", "geojson", "glims"])
def test_a_real_export(make, outlines, tmp_path, qtbot, form):
    """In the runtime's child, with an edit that is not saved and what the layer does not tell."""
    layer = layer_of(outlines)
    layer.startEditing()
    key = next(one.id() for one in layer.getFeatures() if one["im_id"] == "g1")
    wider = QgsGeometry.fromWkt(shapely.box(5.1e5, 5e6, 5.13e5, 5.001e6).wkt)
    layer.changeGeometry(key, wider)
    presenter = make()
    target = tmp_path / ("hand-in" if form == "glims" else f"a.{form}")
    dialog = opened(presenter, outlines, form, target)
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
def test_across_the_antimeridian_and_round_the_pole(make, tmp_path, qtbot, form):
    presenter = make()
    layer_id = add(write(tmp_path / "polar.gpkg", POLAR, epsg=3031), "Polar")
    dialog = opened(presenter, layer_id, form, tmp_path / f"a{'' if form == 'glims' else '.' + form}")
    for spin in dialog.spins.values():
        spin.setValue(10)
    text = exported(presenter, qtbot)
    assert text == f"Written and read back: 3 outlines, {sum(map(true_km2, POLAR)):.3f} km² in all."
    assert listed(dialog)[0] == "The check of the file found no fault."


def test_it_goes_into_the_map_once(make, outlines, tmp_path, qtbot):
    presenter = make()
    target = tmp_path / "a.gpkg"
    dialog = opened(presenter, outlines, "gpkg", target)
    exported(presenter, qtbot)
    dialog.addButton.click()
    dialog.addButton.click()
    names = sorted(layer.name() for layer in QgsProject.instance().mapLayers().values())
    assert names == ["Outlines", "a"]
    layer_of(outlines).setSubsetString("\"im_id\" = 'g0'")
    dialog.formatCombo.setCurrentIndex(0)
    dialog.edits["method"].setText("x")  # another choice: the list of before again
    assert "The layer has a filter: what it hides is not handed in." in listed(dialog, WARNING)
    exported(presenter, qtbot)
    (added,) = QgsProject.instance().mapLayersByName("a")
    assert added.featureCount() == 1  # the layer in the map is the new file's


def test_a_bare_name_is_meant_beside_the_project(make, outlines, tmp_path, qtbot):
    presenter = make(answer)
    opened(presenter, outlines, "gpkg", "mine")
    exported(presenter, qtbot)
    assert presenter._answer.path == str(tmp_path / "IceMargin" / "mine.gpkg")


def test_a_file_is_written_over_only_if_the_user_wants(make, outlines, tmp_path, qtbot):
    asked = []
    presenter = make(ask=lambda window, text: asked.append(text))
    target = tmp_path / "a.gpkg"
    target.write_text("mine")
    opened(presenter, outlines, "gpkg", target)
    presenter.dialog.exportButton.click()
    assert presenter._job is None and target.read_text() == "mine"
    assert asked == [f"{target} is there already. Write over it?"]


def test_a_file_that_is_edited_here_is_not_written_over(make, outlines, tmp_path):
    presenter = make(ask=lambda window, text: pytest.fail("not to be asked"))
    other = layer_of(add(write(tmp_path / "b.gpkg", [GLACIER]), "B"))
    other.startEditing()
    other.deleteFeature(next(other.getFeatures()).id())
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "b.gpkg")
    dialog.exportButton.click()
    assert presenter._job is None and "with edits that are not saved" in dialog.headlineLabel.text()
    other.rollBack()


@pytest.mark.parametrize(
    ("target", "form", "words"),
    [
        ("in/Outlines.gpkg", "gpkg", "outlines' own file"),
        ("a.kml", "gpkg", "does not fit"),
        ("in", "glims", "is there already"),
        ("/proc/nowhere/a.gpkg", "gpkg", "cannot be written"),
    ],
)
def test_places_that_cannot_be_meant(make, outlines, tmp_path, target, form, words):
    presenter = make()
    dialog = opened(presenter, outlines, form, tmp_path / target)
    dialog.exportButton.click()
    assert presenter._job is None and words in dialog.headlineLabel.text()
    assert len(read(tmp_path / "in" / "Outlines.gpkg")) == 2


def test_a_folder_that_is_read_only(make, outlines, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    dialog = opened(make(), outlines, "gpkg", tmp_path / "a.gpkg")
    dialog.exportButton.click()
    assert "no permission" in dialog.headlineLabel.text() and not (tmp_path / "a.gpkg").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"rows": [{"status": "rejected"}]}, "no outline that could be handed in"),
        ({"epsg": 0}, "has no CRS"),
        ({"geometry": [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])]}, "holds no polygons"),
    ],
)
def test_layers_that_cannot_be_handed_in(make, tmp_path, more, words):
    shapes = more.pop("geometry", [GLACIER])
    path = write(tmp_path / "x.gpkg", shapes, **more) if "epsg" not in more else unplaced(tmp_path)
    dialog = opened(make(), add(path))
    assert any(words in text for text in listed(dialog, ERROR)) and not dialog.exportButton.isEnabled()


def unplaced(folder):
    """A shapefile without a CRS."""
    path = write(folder / "x.shp", [GLACIER], driver="ESRI Shapefile")
    Path(path).with_suffix(".prj").unlink()
    return path


def test_without_a_runtime(make, outlines, qtbot):
    set_runtime_python("")
    presenter = make()
    dialog = opened(presenter, outlines)
    assert not dialog.exportButton.isEnabled() and any("runtime" in text for text in listed(dialog, ERROR))
    with qtbot.waitSignal(presenter.setup_wanted, timeout=30000):
        dialog.setupButton.click()
    set_runtime_python(sys.executable)
    dialog.activated.emit()
    assert dialog.exportButton.isEnabled() and not dialog.setupButton.isVisible()


@pytest.mark.parametrize(
    ("error", "setup"),
    [(OutputError("disk full"), False), (RuntimeMissingError("lacks shapely"), True), (ArithmeticError("!"), False)],
)
def test_a_failure_is_told(make, outlines, tmp_path, qtbot, error, setup):
    def fail(request, python, progress):
        raise error

    presenter = make(fail)
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
    assert exported(presenter, qtbot) == f"Nothing was written: {error}"
    assert dialog.setupButton.isVisibleTo(dialog) == setup and dialog.exportButton.isEnabled()


def endless(request, python, progress):
    while True:
        stop_if_cancelled(progress)


@pytest.mark.parametrize("end", ["cancel", "close", "stop"])
def test_it_can_be_left_at_any_time(make, outlines, tmp_path, qtbot, end):
    presenter = make(endless)
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
    dialog.exportButton.click()
    assert not dialog.exportButton.isEnabled() and not dialog.pages.isEnabled()
    if end == "cancel":
        dialog.cancelButton.click()
        qtbot.waitUntil(lambda: presenter._job is None, timeout=30000)
        assert dialog.headlineLabel.text() == "Cancelled." and dialog.exportButton.isEnabled()
    elif end == "close":
        dialog.close()
        assert presenter.dialog is None
    else:
        presenter.stop()
        QgsProject.instance().layersRemoved.connect(presenter._layers_removed)  # the fixture stops it again
    qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0, timeout=30000)


def test_cancelled_in_the_check_the_file_stays(make, outlines, tmp_path, qtbot):
    presenter = make(lambda request, python, progress: run_export(request, python, CancelledLate(progress)))
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
    text = exported(presenter, qtbot)
    assert text.startswith("Written: 2 outlines") and listed(dialog)[0] == "The file was not checked: cancelled"
    assert len(read(tmp_path / "a.gpkg")) == 2


class CancelledLate(NoProgress):
    """Cancelled once the file is written."""

    def __init__(self, progress):
        self.progress, self.late = progress, False

    def report(self, fraction, text):
        self.late = self.late or text.startswith("Reading it back")
        self.progress.report(fraction, text)

    def is_cancelled(self):
        return self.late


def test_a_layer_removed_meanwhile(make, outlines, tmp_path, qtbot):
    """The run has all it needs; afterwards nothing can be exported again."""
    presenter = make()
    dialog = opened(presenter, outlines, "gpkg", tmp_path / "a.gpkg")
    dialog.exportButton.click()
    QgsProject.instance().removeMapLayer(outlines)
    qtbot.waitUntil(lambda: presenter._job is None, timeout=60000)
    assert dialog.headlineLabel.text().startswith("Written and read back: 2 outlines")
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    dialog.edits["method"].setText("x")
    assert listed(dialog) == ["The layer is no longer in the project."] and not dialog.exportButton.isEnabled()


def test_a_layer_removed_before(make, outlines):
    dialog = opened(make(), outlines)
    QgsProject.instance().removeMapLayer(outlines)
    assert listed(dialog) == ["The layer is no longer in the project."] and not dialog.exportButton.isEnabled()


def test_another_layer_in_the_same_dialog(make, outlines, tmp_path):
    presenter = make()
    dialog = opened(presenter, outlines)
    presenter.show(layer_of(add(write(tmp_path / "b.gpkg", [GLACIER]), "B")))
    assert presenter.dialog is dialog and dialog.layerLabel.text() == "B: 1 outline"
    assert dialog.target().endswith("B_rgi7.gpkg")


def test_what_is_the_same_for_the_next_layer_is_kept(make, outlines, tmp_path, qtbot):
    presenter = make(answer)
    dialog = opened(presenter, outlines, "glims", tmp_path / "hand-in")
    dialog.edits["method"].setText("by hand on screen")
    dialog.edits["src_date"].setText("2021-07-06")
    dialog.spins["local_x"].setValue(5)
    exported(presenter, qtbot)
    dialog.close()
    again = opened(make(answer), outlines, "glims")
    assert again.edits["method"].text() == "by hand on screen" and again.edits["src_date"].text() == ""
    assert again.spins["local_x"].value() == 5 and again.form() == "glims"


def test_lines_go_with_a_hand_in_only(make, outlines, tmp_path, qtbot):
    lines = add(write(tmp_path / "l.gpkg", [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])], layer="l"), "Centres")
    presenter = make()
    dialog = opened(presenter, outlines, "glims", tmp_path / "hand-in")
    dialog.lines["centerline"].set(layer_of(lines))
    assert list(dialog.line_layers()) == ["centerline"] and dialog.lines["debris_cov"].combo.currentText() == "none"
    exported(presenter, qtbot)
    assert len(read(tmp_path / "hand-in" / "centerline.shp")) == 1
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData("shp"))
    assert dialog.line_layers() == {}


def test_lines_that_leave_the_project_are_let_go(make, outlines, tmp_path):
    """The combo box would go on to a neighbour, and that would be handed in."""
    line = [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])]
    first, _ = (add(write(tmp_path / f"{name}.gpkg", line, layer="l"), name) for name in "ab")
    dialog = opened(make(answer), outlines, "glims")
    dialog.lines["centerline"].set(layer_of(first))
    QgsProject.instance().removeMapLayer(first)
    assert dialog.line_layers() == {}
