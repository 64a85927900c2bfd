from pathlib import Path

import pytest
from icemargin.inference.averages import Averages
from icemargin.inference.errors import InputError
from icemargin.inference.request import ClassicSettings, OutlineSettings
from icemargin.ui.extent_box import DRAW, LAYER, SELECTION, VIEW, ExtentBox
from icemargin.ui.health_line import DOT_COLOURS, HealthLine, headline
from icemargin.ui.map_settings import (
    recent_models,
    remember_model,
    remember_speed,
    restore_widgets,
    save_widgets,
    seconds_per_window,
)
from icemargin.ui.method_box import MODEL_FILE, MethodBox
from icemargin.ui.run_box import RunBox, duration_text, remaining_text, size_text
from qgis.PyQt.QtCore import Qt


def test_method_box_starts_with_the_core_defaults(qgis_app):
    box = MethodBox()
    assert (box.model(), box.classic(), box.outlines()) == ("classic", ClassicSettings(), OutlineSettings())
    assert (box.overlap(), box.resolution(), box.region()) == (None, None, "unknown")
    assert (box.value("device"), box.value("threads")) == ("auto", 0)


@pytest.mark.parametrize(
    ("widget", "value", "read", "expected"),
    [
        ("overlapSpin", 0, lambda box: box.overlap(), 0.0),
        ("overlapSpin", 25, lambda box: box.overlap(), 0.25),
        ("resolutionSpin", 20, lambda box: box.resolution(), 20.0),
        ("thresholdSpin", 0.3, lambda box: box.outlines().threshold, 0.3),
        ("areaSpin", 0.05, lambda box: box.outlines().minimum_area_km2, 0.05),
        ("ratioSpin", 1.7, lambda box: box.classic().ratio_threshold, 1.7),
        ("blueSpin", 0.11, lambda box: box.classic().blue_threshold, 0.11),
        ("ndsiSpin", 0.5, lambda box: box.classic().ndsi_threshold, 0.5),
    ],
)
def test_spin_boxes_reach_the_settings_and_are_told(qtbot, widget, value, read, expected):
    box = MethodBox()
    with qtbot.waitSignal(box.changed, timeout=1000):
        getattr(box, widget).setValue(value)
    assert read(box) == pytest.approx(expected)


def test_only_thresholds_of_the_chosen_method_are_shown(qgis_app):
    box = MethodBox()
    box.advancedGroup.setCollapsed(False)
    assert box.ratioSpin.isVisibleTo(box) and not box.ndsiSpin.isVisibleTo(box)
    box.indexCombo.setCurrentIndex(box.indexCombo.findData("ndsi"))
    assert box.ndsiSpin.isVisibleTo(box) and not box.blueSpin.isVisibleTo(box)
    box.methodCombo.setCurrentIndex(box.methodCombo.findData(MODEL_FILE))
    assert not box.ndsiSpin.isVisibleTo(box) and box.deviceCombo.isVisibleTo(box) and box.modelFile.isVisibleTo(box)


def test_averages_are_for_networks_only(qtbot):
    box = MethodBox([("a", "/a.onnx"), ("b", "/b.onnx"), ("c", "/c.onnx")])
    box.advancedGroup.setCollapsed(False)
    rows = (box.ensembleCombo, box.flipsCheck, box.passesSpin, box.ensembleLabel, box.passesLabel)
    box.flipsCheck.setChecked(True)
    assert not any(row.isVisibleTo(box) for row in rows) and box.averages() == Averages()
    box.choose("/b.onnx")
    assert all(row.isVisibleTo(box) for row in rows)
    assert [box.ensembleCombo.itemData(row) for row in range(box.ensembleCombo.count())] == ["/a.onnx", "/c.onnx"]
    with qtbot.waitSignal(box.changed, timeout=1000):
        box.ensembleCombo.toggleItemCheckState(1)  # as a click does
    with qtbot.waitSignal(box.changed, timeout=1000):
        box.passesSpin.setValue(5)
    assert box.averages() == Averages(("/c.onnx",), True, 5)
    box.choose("/a.onnx")
    assert box.averages().ensemble == ("/c.onnx",)  # the tick stays
    box.choose("/c.onnx")
    assert box.averages().ensemble == ()  # a model is not averaged with itself
    box.passesSpin.setValue(1)
    with pytest.raises(InputError, match="2 to 100"):
        box.averages()


def test_without_other_models_there_is_no_ensemble_to_choose(qgis_app):
    box = MethodBox([("a", "/a.onnx")])
    box.advancedGroup.setCollapsed(False)
    box.choose("/a.onnx")
    assert box.flipsCheck.isVisibleTo(box) and not box.ensembleCombo.isVisibleTo(box)


def test_averages_persist(qgis_app):
    models = [("a", "/a.onnx"), ("b", "/b.onnx"), ("c", "/c.onnx")]
    box = MethodBox(models)
    box.choose("/a.onnx")
    for row in (0, 1):
        box.ensembleCombo.setItemCheckState(row, Qt.CheckState.Checked)
    box.flipsCheck.setChecked(True)
    box.passesSpin.setValue(10)
    save_widgets("map", box.saved_widgets())
    again, fewer = MethodBox(models), MethodBox(models[:2])
    for other in (again, fewer):
        restore_widgets("map", other.saved_widgets())
    assert again.averages() == Averages(("/b.onnx", "/c.onnx"), True, 10)
    assert fewer.averages().ensemble == ("/b.onnx",)


def test_recent_models_are_offered_newest_first_and_the_missing_left_out(tmp_path):
    for name in ("a.onnx", "b.onnx", "gone.onnx"):
        (tmp_path / name).touch()
        remember_model(str(tmp_path / name))
    (tmp_path / "gone.onnx").unlink()
    box = MethodBox([(Path(path).stem, path) for path in recent_models()])
    assert [box.methodCombo.itemText(row) for row in range(1, 3)] == ["b", "a"]
    box.methodCombo.setCurrentIndex(2)
    assert box.model() == str(tmp_path / "a.onnx")


def test_settings_persist(qgis_app):
    box = MethodBox()
    box.ratioSpin.setValue(1.8)
    box.smoothCheck.setChecked(False)
    box.indexCombo.setCurrentIndex(1)
    save_widgets("map", box.saved_widgets())
    again = MethodBox()
    restore_widgets("map", again.saved_widgets())
    assert (again.classic(), again.outlines()) == (box.classic(), box.outlines())


def test_speed_is_remembered_per_model_and_device(qgis_app):
    first_guess = seconds_per_window("m.onnx", "cpu")
    remember_speed("m.onnx", "cpu", 30.0, 20)
    assert seconds_per_window("m.onnx", "cpu") == 1.5
    assert seconds_per_window("m.onnx", "cuda") == first_guess != 1.5


@pytest.mark.parametrize(
    ("choice", "text"), [(VIEW, "view"), (LAYER, "layer"), (SELECTION, "selected"), (DRAW, "drawn")]
)
def test_button_says_what_is_mapped(qgis_app, choice, text):
    box = ExtentBox()
    box.set_choice(choice)
    assert box.choice() == choice
    assert f"Map glaciers in {text}" in box.button_text()
    rows = {LAYER: box.layerCombo, SELECTION: box.selectionRow, DRAW: box.drawRow}
    assert [name for name, row in rows.items() if row.isVisibleTo(box)] == [name for name in rows if name == choice]


@pytest.mark.parametrize("level", DOT_COLOURS)
def test_health_line_shows_level_and_unfolds(qgis_app, level):
    line = HealthLine()
    line.show_health(level, "97 % valid", "why so")
    assert DOT_COLOURS[level] in line.dotLabel.styleSheet()
    assert not line.whyLabel.isVisibleTo(line)
    line.whyButton.click()
    assert line.whyLabel.isVisibleTo(line) and line.whyLabel.text() == "why so"


def test_long_messages_are_cut_after_a_sentence():
    assert headline("Short. Stays.") == "Short. Stays."
    assert headline("First sentence. " + "Second " * 20) == "First sentence."


def test_running_blocks_the_button_and_offers_cancel(qtbot):
    box = RunBox()
    box.set_possible(True)
    box.set_running(True)
    assert not box.runButton.isEnabled() and box.progressRow.isVisibleTo(box)
    with qtbot.waitSignal(box.cancel_pressed, timeout=1000):
        box.cancelButton.click()
    box.show_progress(0.5, "Window 5 of 10")
    assert not box.cancelButton.isEnabled() and box.progressLabel.text() == "Stopping ..."
    box.set_running(False)
    assert box.runButton.isEnabled() and not box.progressRow.isVisibleTo(box)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "under 5 s"), (41, "about 40 s"), (180, "about 3 min"), (9000, "about 2.5 h")]
)
def test_durations(seconds, text):
    assert duration_text(seconds) == text


def test_sizes_and_remaining_time():
    assert (size_text(0.2), size_text(327.4), size_text(1434)) == ("1 MB", "327 MB", "1.4 GB")
    assert remaining_text(0.25, 60) == "3:00 left"
    assert remaining_text(0.01, 60) == ""
