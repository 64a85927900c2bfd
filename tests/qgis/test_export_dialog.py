"""The dialog *Hand in*: what is told before, what is proposed, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from icemargin.tests.unit.test_check_command import GLACIER, write
from icemargin.ui.export_findings import ERROR, INFO, WARNING
from qgis_export import add, answer, exported, listed, opened
from qgis_panels import layer_of

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_what_is_missing_is_told_and_mended(hand_in, pair):
    dialog = opened(hand_in(answer), pair, "glims")
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


def test_edits_made_meanwhile_are_counted(hand_in, pair):
    dialog, layer = opened(hand_in(answer), pair), layer_of(pair)
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


def test_a_line_leads_to_where_it_is_mended(hand_in, pair, interface):
    interface.window.show()
    dialog = opened(hand_in(answer), pair, "glims")
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
def test_formats(hand_in, pair, tmp_path, form, ending):
    dialog = opened(hand_in(answer), pair, form)
    name = {"gpkg": "rgi7", "shp": "rgi7"}.get(form, form)
    assert dialog.target() == str(tmp_path / "IceMargin" / f"Outlines_{name}{ending}")
    assert dialog.pages.isTabEnabled(1) == (form == "glims") and not Path(dialog.target()).parent.exists()
    own = tmp_path / "mine"
    dialog.targetFile.setFilePath(str(own))
    assert dialog.target() == f"{own}{ending}"


def test_the_user_s_own_name_follows_the_format(hand_in, pair, tmp_path):
    dialog = opened(hand_in(answer), pair, "gpkg", tmp_path / "mine.gpkg")
    for form, ending in (("shp", ".shp"), ("glims", ""), ("geojson", ".geojson")):
        dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData(form))
        assert dialog.target() == str(tmp_path / f"mine{ending}")


def test_a_proposed_name_is_new(hand_in, pair, tmp_path):
    (tmp_path / "IceMargin").mkdir()
    (tmp_path / "IceMargin" / "Outlines_rgi7.gpkg").touch()
    assert opened(hand_in(answer), pair).target().endswith("Outlines_rgi7_2.gpkg")


def test_another_layer_in_the_same_dialog(hand_in, pair, tmp_path):
    presenter = hand_in()
    dialog = opened(presenter, pair)
    presenter.show(layer_of(add(write(tmp_path / "b.gpkg", [GLACIER]), "B")))
    assert presenter.dialog is dialog and dialog.layerLabel.text() == "B: 1 outline"
    assert dialog.target().endswith("B_rgi7.gpkg")


def test_what_is_the_same_for_the_next_layer_is_kept(hand_in, pair, tmp_path, qtbot):
    presenter = hand_in(answer)
    dialog = opened(presenter, pair, "glims", tmp_path / "hand-in")
    dialog.edits["method"].setText("by hand on screen")
    dialog.edits["src_date"].setText("2021-07-06")
    dialog.spins["local_x"].setValue(5)
    exported(presenter, qtbot)
    dialog.close()
    again = opened(hand_in(answer), pair, "glims")
    assert again.edits["method"].text() == "by hand on screen" and again.edits["src_date"].text() == ""
    assert again.spins["local_x"].value() == 5 and again.form() == "glims"
