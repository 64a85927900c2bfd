"""The form of a result's outlines: words for codes, nothing to type where nothing may be typed."""

from __future__ import annotations

import pytest
from icemargin.inference.columns import REAL, TEXT, Field
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import NoProgress
from icemargin.inventory.review import STATUSES
from icemargin.inventory.rgi_fields import BY_NAME
from icemargin.tasks.layer_editing import apply_layer_edits
from icemargin.tasks.layer_sources import source_of_layer
from icemargin.tasks.result_layers import add_result
from qgis.core import QgsEditFormConfig, QgsFeature, QgsProject
from qgis.gui import QgsAttributeForm
from qgis.PyQt.QtWidgets import QComboBox, QLineEdit, QTabWidget
from qgis_panels import layer_of

CODED = ("primeclass", "conn_lvl", "surge_type", "term_type", "aspect_sec")
READ_ONLY = ("im_id", "area_km2", "cenlon", "zmin_m", "slope_deg", "lmax_m", "edited_at", "conf_mean", "aspect_sec")
TABS = ["Glacier", "Area and confidence", "Terrain", "Source", "Review"]


@pytest.fixture
def outlines(some_result):
    """The id of a result's layer of outlines."""
    group = add_result(QgsProject.instance(), some_result, "result")
    return group.findLayerIds()[0]


def words_of(layer, name):
    """Return the values of a value map by their words."""
    setup = layer.editorWidgetSetup(layer.fields().indexOf(name))
    assert setup.type() == "ValueMap"
    return {words: value for entry in setup.config()["map"] for words, value in entry.items()}


@pytest.mark.parametrize("name", CODED)
def test_codes_are_those_of_the_rgi(outlines, name):
    field, words = BY_NAME[name], words_of(layer_of(outlines), name)
    assert {int(value) for value in words.values()} == {*field.codes, field.missing}
    assert int(words["not assigned"]) == field.missing


def test_regions_and_statuses(outlines):
    regions = words_of(layer_of(outlines), "o1region")
    assert regions.pop("not assigned") in ("", None)  # newer QGIS: a null text, which equals an empty one
    assert list(regions.values()) == [f"{n:02}" for n in range(1, 21)]
    assert all(words.startswith(f"{value} ") for words, value in regions.items())
    assert all(not BY_NAME["o1region"].fault_of(value) for value in regions.values())
    assert tuple(words_of(layer_of(outlines), "status").values()) == STATUSES


def test_what_is_computed_is_read_only(outlines):
    layer = layer_of(outlines)
    form, fields = layer.editFormConfig(), layer.fields()
    assert form.layout() == QgsEditFormConfig.EditorLayout.TabLayout
    assert [tab.name() for tab in form.tabs()] == TABS
    assert all(form.readOnly(fields.indexOf(name)) for name in READ_ONLY)
    assert not any(form.readOnly(fields.indexOf(name)) for name in ("glac_name", "term_type", "status", "note"))


def test_fields_that_come_later_have_their_form(outlines):
    """The attributes' own fields are there only once they were measured."""
    layer = layer_of(outlines)
    edits = LayerEdits(fields=(Field("attr_state", TEXT, "not measured"), Field("area_sigma_km2", REAL)))
    apply_layer_edits(layer, source_of_layer(layer).read(NoProgress()), edits, "fields")
    place = layer.fields().indexOf("attr_state")
    assert layer.editFormConfig().readOnly(place) and layer.attributeAlias(place) == "Attributes are"
    assert layer.editorWidgetSetup(layer.fields().indexOf("area_sigma_km2")).type() == "Range"


def test_a_form_saves_what_was_typed_and_nothing_else(outlines, qtbot):
    layer = layer_of(outlines)
    layer.startEditing()
    feature = next(layer.getFeatures())
    before = dict(zip(layer.fields().names(), feature.attributes()))
    form = QgsAttributeForm(layer, QgsFeature(feature))
    qtbot.addWidget(form)
    form.show()
    tabs = form.findChild(QTabWidget)
    assert [tabs.tabText(place) for place in range(tabs.count())] == TABS
    combo = form.findChild(QComboBox, "term_type")
    assert combo.currentText() == "not assigned"
    combo.setCurrentIndex(combo.findText("lake"))
    form.changeAttribute("glac_name", "Hintereisferner")
    assert form.save() and layer.commitChanges()
    after = dict(zip(layer.fields().names(), layer.getFeature(feature.id()).attributes()))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"term_type", "glac_name"} and after["term_type"] == 2
    assert not form.findChild(QLineEdit, "im_id").isEnabled() or form.findChild(QLineEdit, "im_id").isReadOnly()
