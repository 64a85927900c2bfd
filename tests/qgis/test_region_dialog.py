"""Finding a region by entropy in the dock: asked, run off the main thread, shown, and used only on request."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from builders import request_for
from icemargin.inference.errors import ExtentError, RuntimeCrashError
from icemargin.inference.model import REGIONS, ModelDescription
from icemargin.inference.progress import stop_if_cancelled
from icemargin.inference.region_descent import Step
from icemargin.inference.region_search import WARNING, RegionSearch, SampleMap
from icemargin.tasks.region_task import run_search
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui.region_dialog import RegionDialog
from icemargin.ui.region_pictures import SIDE, drawn, side_by_side
from icemargin.ui.region_presenter import RegionFinder
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model
from qgis.core import QgsApplication
from unit.keras_files import random_arrays

VECTOR = tuple({"HMA": 0.62, "CA": 0.38}.get(name, 0.0) for name in REGIONS)


def sample_map(size: int = 64) -> SampleMap:
    rows, columns = np.mgrid[:size, :size]
    before = columns < size // 2
    counted = rows > size // 8
    return SampleMap(np.full((size, size, 3), 100, np.uint8), before, columns < size // 4, counted)


def some_search(**changes) -> RegionSearch:
    entropies = {name: 0.3 + 0.01 * number for number, name in enumerate(REGIONS)}
    values = {
        "entropies": entropies, "before": Step(VECTOR, 0.31), "start": Step((1 / 12,) * 12, 0.4),
        "found": Step(VECTOR, 0.25), "trajectory": (Step(VECTOR, 0.25),), "evaluations": 85, "converged": True,
        "changed": 0.037, "pixels": 1000, "seconds": 3.0, "maps": (sample_map(), sample_map()), **changes,
    }  # fmt: skip
    return RegionSearch(**values)


def rows(dialog):
    tree = dialog.regionsTree
    return [
        (tree.topLevelItem(number).text(0), tree.topLevelItem(number).text(1))
        for number in range(tree.topLevelItemCount())
    ]


@pytest.fixture
def finder(qgis_app):
    made = []

    def make(search, request=lambda: request_for(["scene.tif"], "out", model="m.onnx")):
        finder = RegionFinder(request, search)
        made.append(finder)
        return finder

    yield make
    for finder in made:
        finder.stop()


def test_nothing_can_be_used_before_it_was_found(qgis_app):
    dialog = RegionDialog()
    dialog.show()
    assert not dialog.useButton.isEnabled() and not dialog.resultBox.isVisible()
    dialog.show_search(some_search(), "HMA 0.62, CA 0.38", WARNING)
    assert dialog.useButton.isEnabled() and dialog.resultBox.isVisible()
    dialog.set_running(True)
    assert not dialog.useButton.isEnabled() and not dialog.resultBox.isVisible()
    dialog.close()


def test_shows_the_table_the_pictures_and_the_warning(qgis_app):
    dialog = RegionDialog()
    dialog.show_search(some_search(warnings=("The scene is dark.",)), "HMA 0.62, CA 0.38", WARNING)
    table = rows(dialog)
    assert table[0] == ("Found: HMA 0.62, CA 0.38", "0.2500") and table[1] == ("As before", "0.3100")
    assert table[2] == ("European Alps (ALP)", "0.3000") and len(table) == 15
    assert [value for _, value in table[2:14]] == sorted(value for _, value in table[2:14])
    assert dialog.warningLabel.text() == "Low entropy is not accuracy: compare the two maps before you use it."
    assert "3.7 % of the pixels" in dialog.costsLabel.text() and "The scene is dark." in dialog.costsLabel.text()
    before, after = dialog.beforePicture.pixmap().toImage(), dialog.afterPicture.pixmap().toImage()
    assert before.width() == 2 * 192 + 6 and before != after
    dialog.close()


def test_the_class_is_drawn_over_the_imagery():
    one = sample_map()
    picture = drawn(one.picture, one.before, one.counted)
    assert (picture[:3, :3] == picture[0, 0]).all(), "each pixel thrice as large"
    picture = picture[::3, ::3]
    assert picture[40, 31].tolist() == [255, 170, 0], "the edge"
    assert picture[40, 10].tolist() == [146, 121, 70], "tinted: 0.7 * 100 + 0.3 * colour"
    assert picture[40, 50].tolist() == [100, 100, 100], "rock as it is"
    assert picture[2, 50].tolist() == picture[2, 10].tolist() == [35, 35, 35], "what does not count is darkened"


@pytest.mark.parametrize("size, shown", [(64, 192), (100, 100), (192, 192), (193, 97), (384, 192), (500, 167)])
def test_windows_are_shown_at_about_one_size(qgis_app, size, shown):
    assert shown <= SIDE
    pixmap = side_by_side([sample_map(size)], after=False)
    assert (pixmap.width(), pixmap.height()) == (shown, shown)


@pytest.mark.parametrize(
    "regions, looks, minutes", [((), "up to 86 times", "about 11 min"), (("ALP", "HMA"), "up to 23 times", "3 min")]
)
def test_costs_are_told_before_anything_runs(finder, tmp_path, regions, looks, minutes):
    """12 regions, as before, the start, 6 steps of 12; or 3 (with "unknown"), 1, 1, 6 of 3."""
    ran, model = [], write_region_model(tmp_path / "m.onnx", regions=regions)
    asked = finder(lambda *_: ran.append(1), lambda: request_for(["scene.tif"], "out", model=model))
    asked.show()
    text = asked.dialog.costsLabel.text()
    assert "4 windows" in text and looks in text and minutes in text and not ran
    assert not asked.dialog.useButton.isEnabled()


def test_searches_off_the_main_thread_and_hands_over_what_the_user_wants(finder, qtbot):
    threads = []

    def search(request, python, progress):
        threads.append(threading.current_thread())
        progress.report(0.5, "Step 1 of at most 6: entropy 0.3000")
        return some_search()

    asked = finder(search)
    asked.show()
    asked.dialog.searchButton.click()
    assert not asked.dialog.searchButton.isEnabled()
    qtbot.waitUntil(asked.dialog.useButton.isEnabled, timeout=5000)
    assert threads and threading.main_thread() not in threads
    with qtbot.waitSignal(asked.chosen, timeout=1000) as heard:
        asked.dialog.useButton.click()
    assert heard.args == [VECTOR, "HMA 0.62, CA 0.38"] and asked.dialog is None


def test_a_vector_that_makes_the_model_less_sure_is_told(finder, qtbot):
    asked = finder(lambda *_: some_search(before=Step(VECTOR, 0.2)))
    asked.show()
    asked.search()
    qtbot.waitUntil(asked.dialog.useButton.isEnabled, timeout=5000)
    assert asked.dialog.warningLabel.text().startswith("The model is not surer with the vector found than as before")
    assert "Low entropy is not accuracy" in asked.dialog.warningLabel.text()


def test_a_region_that_is_better_alone_is_told(finder, qtbot):
    asked = finder(lambda *_: some_search(entropies={**some_search().entropies, "CA": 0.2}))
    asked.show()
    asked.search()
    qtbot.waitUntil(asked.dialog.useButton.isEnabled, timeout=5000)
    assert asked.dialog.warningLabel.text().startswith("Caucasus (CA) alone has less entropy than the mixture")


@pytest.mark.parametrize("other", [{"model": "n.onnx"}, {"paths": ["other.tif"]}, {}])
def test_a_vector_is_not_used_for_another_model_or_image(finder, qtbot, other):
    now = {"paths": ["scene.tif"], "model": "m.onnx"}
    asked, heard = finder(lambda *_: some_search(), lambda: request_for(now["paths"], "out", model=now["model"])), []
    asked.chosen.connect(lambda *arguments: heard.append(arguments))
    asked.show()
    asked.search()
    qtbot.waitUntil(asked.dialog.useButton.isEnabled, timeout=5000)
    now.update(other)
    asked.dialog.useButton.click()
    assert bool(heard) == (not other)
    if other:
        assert "search again" in asked.dialog.headlineLabel.text() and not asked.dialog.useButton.isEnabled()


def test_discarding_uses_nothing(finder, qtbot):
    asked, heard = finder(lambda *_: some_search()), []
    asked.chosen.connect(lambda *arguments: heard.append(arguments))
    asked.show()
    asked.search()
    qtbot.waitUntil(asked.dialog.useButton.isEnabled, timeout=5000)
    asked.dialog.discardButton.click()
    assert asked.dialog is None and not heard


def endless(request, python, progress):
    while True:
        stop_if_cancelled(progress)


@pytest.mark.parametrize("end", ["cancel", "close", "stop"])
def test_a_search_can_be_left_at_any_time(finder, qtbot, end):
    asked = finder(endless)
    asked.show()
    asked.search()
    if end == "cancel":
        asked.dialog.cancelButton.click()
        qtbot.waitUntil(asked.dialog.searchButton.isEnabled, timeout=5000)
        assert asked.dialog.headlineLabel.text() == "Cancelled." and not asked.dialog.useButton.isEnabled()
    elif end == "close":
        asked.dialog.discardButton.click()
        assert asked.dialog is None
    asked.stop()
    qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0, timeout=5000)


@pytest.mark.parametrize("error", [RuntimeCrashError("the child died"), ZeroDivisionError("the child died")])
def test_a_failure_is_told(finder, qtbot, error):
    def search(request, python, progress):
        raise error

    asked = finder(search)
    asked.show()
    asked.search()
    qtbot.waitUntil(asked.dialog.searchButton.isEnabled, timeout=5000)
    assert "the child died" in asked.dialog.headlineLabel.text() and not asked.dialog.useButton.isEnabled()


def test_what_cannot_be_asked_is_told(finder):
    def request():
        raise ExtentError("The extent has no area.")

    asked = finder(endless, request)
    asked.show()
    assert "no area" in asked.dialog.costsLabel.text()
    asked.search()
    assert "no area" in asked.dialog.headlineLabel.text() and asked._job is None


def write_region_model(path, **more) -> str:
    sizes = Architecture(
        features=(("optical", 6),), location=12, width=4, depth=1, heads=1, key_size=4, hidden=4, patch=32, steps=1
    )
    described = ModelDescription("small", (FEATURES["optical"],), 32, 10.0, "region", overlap=0.5, **more)
    path.write_bytes(build_model(sizes, random_arrays(sizes, 5), described).SerializeToString())
    return str(path)


def test_the_real_search_in_the_runtimes_child(finder, qtbot, scene_path, tmp_path):
    """The predictor in a child process, the search in this one."""
    set_runtime_python(sys.executable)
    model = write_region_model(tmp_path / "m.onnx")
    asked = finder(run_search, lambda: request_for([scene_path], tmp_path, model=model, region="HMA"))
    asked.show()
    asked.search()
    qtbot.waitUntil(lambda: asked._job is None, timeout=60000)
    assert asked.dialog.useButton.isEnabled(), asked.dialog.headlineLabel.text()
    assert dict(rows(asked.dialog))["As before"] == dict(rows(asked.dialog))["High-Mountain Asia (HMA)"]


def test_a_model_without_region_is_refused(finder, qtbot, scene_path, tmp_path):
    asked = finder(run_search, lambda: request_for([scene_path], tmp_path))
    asked.show()
    asked.search()
    qtbot.waitUntil(lambda: asked._job is None, timeout=10000)
    assert "not told its region" in asked.dialog.headlineLabel.text()


@pytest.fixture
def panel(make_presenter, settle, add_layer, scene_path, tmp_path):
    """The Map tab with a scene in the Himalaya and a model with region encoding."""
    set_runtime_python(sys.executable)
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    presenter.panel.method.choose(write_region_model(tmp_path / "m.onnx"))
    settle(presenter)
    assert presenter.panel.method.region() == "HMA"
    return presenter


def find_action(presenter):
    return presenter.panel.method.toolsButton.menu().actions()[-1]


def test_the_entry_is_for_models_with_region_only(panel, settle):
    assert find_action(panel).text() == "Find region by entropy ..." and find_action(panel).isEnabled()
    panel.panel.method.choose("classic")
    settle(panel)
    assert not find_action(panel).isEnabled()


def test_the_region_that_is_shown_is_the_one_that_was_checked(panel):
    """The row comes into sight with the first check's answer; the card tells what the next map is told."""
    assert panel._location == "region HMA" and panel.request().region == "HMA"


def test_from_the_menu_to_the_request(panel, interface, qtbot):
    """Searched, used, seen in the row, carried by the request; the search itself wrote nothing."""
    interface.window.show()
    find_action(panel).trigger()
    dialog = panel.regions.dialog
    assert "about" in dialog.costsLabel.text() and panel.request().region_vector == ()
    dialog.searchButton.click()
    qtbot.waitUntil(dialog.useButton.isEnabled, timeout=60000)
    found = panel.regions._found
    assert panel.request().region_vector == (), "nothing is used before the user says so"
    dialog.useButton.click()
    assert panel.panel.method.regionCombo.currentText().startswith("Found by entropy: ")
    assert panel.request().region_vector == pytest.approx(found.found.vector)


@pytest.mark.parametrize("other", ["region", "model", "imagery"])
def test_any_other_choice_forgets_the_vector(panel, other, settle, tmp_path, add_layer, make_raster):
    method = panel.panel.method
    method.use_region_vector(VECTOR, "HMA 0.62, CA 0.38")
    assert panel.request().region_vector == VECTOR and method.regionCombo.count() == len(REGIONS) + 1
    if other == "region":
        method.regionCombo.setCurrentIndex(method.regionCombo.findData("CA"))
    elif other == "model":
        (tmp_path / "other").mkdir()
        method.choose(write_region_model(tmp_path / "other" / "n.onnx"))
        settle(panel)
    else:
        panel.panel.scene.imagery_changed.emit()
    assert panel.request().region_vector == () and method.regionCombo.count() == len(REGIONS)
    assert panel.request().region == ("CA" if other == "region" else "HMA")


def test_another_vector_takes_the_place_of_the_first(panel):
    method = panel.panel.method
    method.use_region_vector(VECTOR, "first")
    method.use_region_vector(VECTOR[::-1], "second")
    assert method.regionCombo.count() == len(REGIONS) + 1
    assert method.regionCombo.currentText() == "Found by entropy: second"
    assert panel.request().region_vector == VECTOR[::-1]


def test_a_vector_does_not_outlive_the_session(panel, make_presenter, settle):
    panel.panel.method.use_region_vector(VECTOR, "HMA 0.62, CA 0.38")
    panel._save()
    again = make_presenter()
    settle(again)
    assert again.panel.method.region_vector() == () and again.panel.method.regionCombo.count() == len(REGIONS)
    assert again.panel.method.value("region") == "HMA"
