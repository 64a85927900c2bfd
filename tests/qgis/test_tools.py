"""What stands behind the tools button, and what the panel makes of it."""

import sys

import pytest
from icemargin.inference.errors import RuntimeMissingError
from icemargin.inference.progress import NoProgress
from icemargin.models.adding import add_onnx
from icemargin.models.store import ModelStore
from icemargin.tasks import check_task
from icemargin.tasks.runtime_setting import runtime_python
from icemargin.tests.unit.tiny_onnx import description, save_model
from qgis.PyQt.QtWidgets import QDialog


@pytest.fixture
def installed(tmp_path):
    """Two installed models, by name."""
    store = ModelStore()
    for name, patch in (("alps", 32), ("world", 64)):
        path = save_model(tmp_path / f"{name}.onnx", description(patch=patch))
        add_onnx(store, str(path), lambda *_: "", NoProgress(), name)
    return {model.name: model.path for model in store.offered()}


def names(presenter):
    combo = presenter.panel.method.methodCombo
    return [combo.itemText(row) for row in range(combo.count())]


def dialogs(interface):
    return [dialog for dialog in interface.window.findChildren(QDialog) if dialog.isVisible()]


def test_installed_models_are_offered_and_a_new_one_appears(make_presenter, installed, tmp_path):
    presenter = make_presenter()
    assert names(presenter)[1:3] == ["alps", "world"]
    presenter.tools.models.store.remove("alps")
    presenter.tools.models.changed.emit()
    assert "alps" not in names(presenter)


def test_a_model_chosen_in_the_list_is_the_method(make_presenter, installed):
    presenter = make_presenter()
    presenter.tools.models.chosen.emit(installed["world"])
    assert presenter.panel.method.model() == installed["world"]


def test_the_regions_default_is_proposed_until_the_user_picks(make_presenter, installed, settle, add_layer, scene_path):
    presenter = make_presenter()
    presenter.tools.models.store.set_default("HMA", "world")
    layer_id = add_layer(scene_path, "scene")
    settle(presenter)
    assert presenter.panel.method.model() == installed["world"]
    assert presenter.panel.method.value("region") == "HMA"
    assert "by position" in presenter.panel.method.regionCombo.currentText()
    presenter.panel.method.methodCombo.setCurrentIndex(0)
    presenter.panel.method.methodCombo.activated.emit(0)
    presenter.panel.scene.imagery_changed.emit()
    assert presenter.panel.method.model() == "classic" and layer_id


@pytest.mark.parametrize("entry", [0, 1, 2, 3])
def test_each_entry_opens_its_dialog_and_stop_closes_it(make_presenter, interface, entry, qtbot):
    presenter = make_presenter()
    interface.window.show()
    presenter.panel.method.toolsButton.menu().actions()[entry].trigger()
    qtbot.waitUntil(lambda: len(dialogs(interface)) == 1)
    presenter.tools.stop()
    qtbot.waitUntil(lambda: not dialogs(interface), timeout=5000)


def test_a_missing_runtime_is_offered_to_be_set_up(
    make_presenter, installed, settle, add_layer, scene_path, interface, monkeypatch
):
    def missing(_):
        raise RuntimeMissingError("no runtime")

    monkeypatch.setattr(check_task, "_usable_runtime", missing)
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    presenter.panel.method.choose(installed["world"])
    settle(presenter)
    method = presenter.panel.method
    assert method.setupButton.isVisibleTo(presenter.panel)
    interface.window.show()
    method.setupButton.click()
    assert len(dialogs(interface)) == 1
    presenter.panel.method.choose("classic")
    settle(presenter)
    assert not method.setupButton.isVisibleTo(presenter.panel)


@pytest.mark.parametrize("change_of_mind", [False, True])
def test_mapping_follows_the_set_up_that_it_asked_for(
    make_presenter, tmp_path, settle, add_layer, scene_path, interface, monkeypatch, change_of_mind
):
    def usable(python):
        if not python:
            raise RuntimeMissingError("no runtime")

    monkeypatch.setattr(check_task, "_usable_runtime", usable)
    presenter = make_presenter()
    started = []
    monkeypatch.setattr(presenter, "_start", started.append)
    add_layer(scene_path, "scene")
    model = save_model(tmp_path / "net.onnx", description(patch=64, optional=("elevation", "slope")))
    presenter.panel.method.choose(str(model))
    settle(presenter)
    interface.window.show()
    presenter.panel.run.run_pressed.emit()
    settle(presenter)  # a press during a check waits for its answer
    assert len(dialogs(interface)) == 1 and not started
    if change_of_mind:
        presenter.panel.method.choose("classic")
        settle(presenter)
    presenter.tools.runtime_ready.emit(sys.executable)
    settle(presenter)
    assert len(started) == (0 if change_of_mind else 1)


def test_a_runtime_that_is_ready_fills_the_setting(make_presenter):
    presenter = make_presenter()
    presenter.tools.runtime_ready.emit(sys.executable)
    assert presenter.panel.method.runtimeFile.filePath() == sys.executable == runtime_python()
