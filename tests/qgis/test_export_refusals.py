"""Exports that cannot be, are left, or fail: what is told, and what stays as it was."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import shapely
from icemargin.inference.errors import OutputError, RuntimeMissingError
from icemargin.inference.progress import NoProgress, stop_if_cancelled
from icemargin.tasks.exporting import run_export
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tests.unit.test_check_command import GLACIER, read, write
from icemargin.ui.export_findings import ERROR
from qgis.core import QgsApplication, QgsProject
from qgis_export import add, answer, exported, listed, opened
from qgis_panels import layer_of

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_a_file_is_written_over_only_if_the_user_wants(hand_in, pair, tmp_path, qtbot):
    asked = []
    presenter = hand_in(ask=lambda window, text: asked.append(text))
    target = tmp_path / "a.gpkg"
    target.write_text("mine")
    opened(presenter, pair, "gpkg", target)
    presenter.dialog.exportButton.click()
    assert presenter._job is None and target.read_text() == "mine"
    assert asked == [f"{target} is there already. Write over it?"]


def test_a_file_that_is_edited_here_is_not_written_over(hand_in, pair, tmp_path):
    presenter = hand_in(ask=lambda window, text: pytest.fail("not to be asked"))
    other = layer_of(add(write(tmp_path / "b.gpkg", [GLACIER]), "B"))
    other.startEditing()
    other.deleteFeature(next(other.getFeatures()).id())
    dialog = opened(presenter, pair, "gpkg", tmp_path / "b.gpkg")
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
def test_places_that_cannot_be_meant(hand_in, pair, tmp_path, target, form, words):
    presenter = hand_in()
    dialog = opened(presenter, pair, form, tmp_path / target)
    dialog.exportButton.click()
    assert presenter._job is None and words in dialog.headlineLabel.text()
    assert len(read(tmp_path / "in" / "Outlines.gpkg")) == 2


def test_a_folder_that_is_read_only(hand_in, pair, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    dialog = opened(hand_in(), pair, "gpkg", tmp_path / "a.gpkg")
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
def test_layers_that_cannot_be_handed_in(hand_in, tmp_path, more, words):
    shapes = more.pop("geometry", [GLACIER])
    path = write(tmp_path / "x.gpkg", shapes, **more) if "epsg" not in more else unplaced(tmp_path)
    dialog = opened(hand_in(), add(path))
    assert any(words in text for text in listed(dialog, ERROR)) and not dialog.exportButton.isEnabled()


def unplaced(folder):
    """A shapefile without a CRS."""
    path = write(folder / "x.shp", [GLACIER], driver="ESRI Shapefile")
    Path(path).with_suffix(".prj").unlink()
    return path


def test_without_a_runtime(hand_in, pair, qtbot):
    set_runtime_python("")
    presenter = hand_in()
    dialog = opened(presenter, pair)
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
def test_a_failure_is_told(hand_in, pair, tmp_path, qtbot, error, setup):
    def fail(request, python, progress):
        raise error

    presenter = hand_in(fail)
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
    assert exported(presenter, qtbot) == f"Nothing was written: {error}"
    assert dialog.setupButton.isVisibleTo(dialog) == setup and dialog.exportButton.isEnabled()


def endless(request, python, progress):
    while True:
        stop_if_cancelled(progress)


@pytest.mark.parametrize("end", ["cancel", "close", "stop"])
def test_it_can_be_left_at_any_time(hand_in, pair, tmp_path, qtbot, end):
    presenter = hand_in(endless)
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
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


def test_cancelled_in_the_check_the_file_stays(hand_in, pair, tmp_path, qtbot):
    presenter = hand_in(lambda request, python, progress: run_export(request, python, CancelledLate(progress)))
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
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


def test_a_layer_removed_meanwhile(hand_in, pair, tmp_path, qtbot):
    """The run has all it needs; afterwards nothing can be exported again."""
    presenter = hand_in()
    dialog = opened(presenter, pair, "gpkg", tmp_path / "a.gpkg")
    dialog.exportButton.click()
    QgsProject.instance().removeMapLayer(pair)
    qtbot.waitUntil(lambda: presenter._job is None, timeout=60000)
    assert dialog.headlineLabel.text().startswith("Written and read back: 2 outlines")
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    dialog.edits["method"].setText("x")
    assert listed(dialog) == ["The layer is no longer in the project."] and not dialog.exportButton.isEnabled()


def test_a_layer_removed_before(hand_in, pair):
    dialog = opened(hand_in(), pair)
    QgsProject.instance().removeMapLayer(pair)
    assert listed(dialog) == ["The layer is no longer in the project."] and not dialog.exportButton.isEnabled()


def test_lines_that_leave_the_project_are_let_go(hand_in, pair, tmp_path):
    """The combo box would go on to a neighbour, and that would be handed in."""
    line = [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])]
    first, _ = (add(write(tmp_path / f"{name}.gpkg", line, layer="l"), name) for name in "ab")
    dialog = opened(hand_in(answer), pair, "glims")
    dialog.lines["centerline"].set(layer_of(first))
    QgsProject.instance().removeMapLayer(first)
    assert dialog.line_layers() == {}
