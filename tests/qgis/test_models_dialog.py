"""*Models...*: what the dialogs show and do, with real jobs in a real child."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from icemargin.inference.errors import OutputError
from icemargin.inference.model import Calibration, Feature, Golden, ModelDescription
from icemargin.models.store import CHANGED, Model, ModelStore
from icemargin.ui.import_model_dialog import TABLES, ImportModelDialog
from icemargin.ui.model_manager import ModelManager
from icemargin.ui.model_texts import PAPER, card_html, region_texts, weights_help_html
from icemargin.ui.models_dialog import ModelsDialog
from icemargin.weights.published import _TABLE_OF
from qgis.core import QgsApplication

WAIT = 300000
DESCRIPTION = ModelDescription(
    "GlaViTU <global>",
    (Feature("optical", ("red", "nir"), (0.0,) * 2, (1.0,) * 2), Feature("dem", ("slope",), (0.0,), (90.0,))),
    384,
    10.0,
    "region",
    calibration=Calibration((0.0, 1.0), (0.5, 0.9), "the authors' table"),
    licence="see the authors' release",
    citation="Maslov et al. (2025), doi 10.1038/s41467-024-54956-x",
    trained_on="all regions",
    tested_on="IoU 0.844 in the Alps",
    golden=Golden(((0, 0),), (0.5,), 1e-3),
)
GOOD = Model("global", "/m/global.onnx", "imported", DESCRIPTION, "ab" * 32, 40 << 20, "onnxruntime 1.17, CPU")
BAD = replace(GOOD, name="damaged", problem=CHANGED)


@pytest.fixture
def store(tmp_path) -> ModelStore:
    return ModelStore(tmp_path / "models", tmp_path / "shipped")


@pytest.fixture
def manager(qgis_app, store, tmp_path):
    manager = ModelManager(store, lambda: sys.executable)
    manager.show()
    yield manager
    manager.stop()


@pytest.fixture
def files(tmp_path, qgis_app) -> Path:
    """A folder with small weights and a tiny ONNX file, made in another process: this one imports no wheel for it."""
    code = (
        "import sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "from icemargin.tests.unit.keras_files import save_random; save_random(folder / 'glavitu_global_weights.h5')\n"
        "from icemargin.tests.unit.tiny_onnx import save_model; save_model(folder / 'tiny.onnx')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    return tmp_path


@pytest.fixture
def dialog(qgis_app):
    dialog = ModelsDialog()
    yield dialog
    dialog.close()


def rows(dialog):
    tree = dialog.modelsTree
    return [[tree.topLevelItem(n).text(column) for column in range(3)] for n in range(tree.topLevelItemCount())]


def select(dialog, name):
    tree = dialog.modelsTree
    items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    tree.setCurrentItem(next(item for item in items if item.text(0) == name))


def import_file(manager, path):
    manager.dialog.importButton.click()
    manager.import_dialog.modelFile.setFilePath(str(path))
    manager.import_dialog.importButton.click()


def test_the_list_says_what_is_offered(dialog, store):
    dialog.set_models([*store.models(), GOOD, replace(GOOD, name="new", checked=""), BAD], {"HMA": "global"})
    assert rows(dialog) == [
        ["classic", "built in", "always works"], ["global", "imported", "checked"],
        ["new", "imported", "not checked"], ["damaged", "imported", "not offered"],
    ]  # fmt: skip
    buttons = ("checkButton", "removeButton", "useButton", "defaultButton")
    enabled = {}
    for name in ("classic", "global", "damaged"):
        select(dialog, name)
        enabled[name] = [getattr(dialog, button).isEnabled() for button in buttons]
    assert enabled == {
        "classic": [False, False, True, True], "global": [True, True, True, True],
        "damaged": [True, True, False, False],
    }  # fmt: skip
    assert "another checksum" in dialog.cardBrowser.toPlainText()


def test_the_card_tells_all(dialog):
    text = card_html(GOOD, ["HMA"])
    for part in ("all regions", "IoU 0.844", "see the authors", " MiB", "optical: red, nir; dem: slope; region",
                 "table", "ab" * 32, "High-Mountain Asia", "&lt;global&gt;"):  # fmt: skip
        assert part in text, part
    assert '<a href="https://doi.org/10.1038/s41467-024-54956-x">' in text


def test_where_to_get_weights_is_told_with_exact_names(dialog):
    dialog.helpButton.click()
    text = dialog.cardBrowser.toPlainText()
    for name in ("global", "regionencoding", "coordinateencoding", "finetuning_ALP", "global_insar"):
        assert f"glavitu_{name}_weights.h5" in text
    assert f'href="{PAPER}"' in weights_help_html() and "Code availability" in text


def test_every_region_and_table_is_known():
    assert len(region_texts()) == 12 and set(TABLES) == set(_TABLE_OF.values())


def test_the_choice_stays_when_the_list_changes(dialog):
    dialog.set_models([GOOD, BAD], {})
    select(dialog, "damaged")
    dialog.set_models([BAD, GOOD], {})
    assert dialog.current() == "damaged"
    dialog.set_models([GOOD], {})
    assert dialog.current() == "global"


@pytest.mark.parametrize(
    ("file", "rows_shown", "calibration"), [("a.h5", True, "none"), ("a.onnx", False, None), ("", False, None)]
)
def test_the_import_dialog_asks_what_weights_need(qgis_app, file, rows_shown, calibration):
    dialog = ImportModelDialog()
    dialog.modelFile.setFilePath(file)
    dialog.featuresEdit.setText("optical, dem")
    dialog.calibrationCombo.setCurrentIndex(dialog.calibrationCombo.findData("none"))
    assert dialog.calibrationCombo.isVisibleTo(dialog) is rows_shown
    assert dialog.importButton.isEnabled() is bool(file)
    choice = dialog.choice()
    assert choice.calibration == calibration and choice.features == (("optical", "dem") if rows_shown else None)
    dialog.close()


def test_weights_are_imported_used_and_removed(qtbot, manager, files):
    chosen, changes = [], []
    manager.chosen.connect(chosen.append)
    manager.changed.connect(lambda: changes.append(1))
    import_file(manager, files / "glavitu_global_weights.h5")
    assert manager.import_dialog.progressBar.isVisible() and not manager.import_dialog.modelFile.isEnabled()
    qtbot.waitUntil(lambda: manager.import_dialog is None, timeout=WAIT)
    assert rows(manager.dialog)[1] == ["glavitu_global", "imported", "checked"] and changes == [1]
    assert manager.dialog.current() == "glavitu_global" and "golden patch" in manager.dialog.messageLabel.text()
    manager.set_default("glavitu_global", "HMA", True)
    assert manager.store.default_for("HMA") == "glavitu_global"
    assert "High-Mountain Asia" in manager.dialog.cardBrowser.toPlainText()
    manager.dialog.useButton.click()
    assert chosen == [str(manager.store.folder / "glavitu_global.onnx")] and manager.dialog is None
    manager.show()
    select(manager.dialog, "glavitu_global")
    manager.dialog.removeButton.click()
    assert [row[0] for row in rows(manager.dialog)] == ["classic"] and len(changes) == 3


def test_qgis_imports_no_wheel_for_an_import(files, tmp_path):
    """In a process of its own: nothing of what the tests import is there."""
    code = (
        "import sys\n"
        "from icemargin.models.store import ModelStore\n"
        "from icemargin.tasks.import_task import ImportChoice, adding, checking\n"
        "from icemargin.inference.progress import NoProgress\n"
        "from pathlib import Path\n"
        f"store = ModelStore(Path({str(tmp_path / 'm')!r}))\n"
        f"adding(store, ImportChoice({str(files / 'glavitu_global_weights.h5')!r}), sys.executable)(NoProgress())\n"
        "assert checking(store, 'glavitu_global', sys.executable)(NoProgress()).checked\n"
        "print(sorted({'onnx', 'onnxruntime', 'h5py', 'torch', 'scipy', 'shapely'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "[]", run.stderr


def test_a_failed_import_is_told_in_its_dialog_and_can_be_tried_again(qtbot, manager, files):
    broken = files / "glavitu_broken_weights.h5"
    broken.write_bytes(b"no weights")
    import_file(manager, broken)
    qtbot.waitUntil(lambda: not manager.import_dialog.progressBar.isVisible(), timeout=WAIT)
    assert "Keras 2 HDF5" in manager.import_dialog.messageLabel.text()
    manager.import_dialog.modelFile.setFilePath(str(files / "tiny.onnx"))
    manager.import_dialog.importButton.click()
    qtbot.waitUntil(lambda: manager.import_dialog is None, timeout=WAIT)
    assert rows(manager.dialog)[1] == ["tiny", "own", "not checked"]


def test_without_a_runtime_it_is_said(qtbot, store, files):
    manager = ModelManager(store, lambda: "")
    manager.show_import()
    manager.import_dialog.modelFile.setFilePath(str(files / "glavitu_global_weights.h5"))
    manager.import_dialog.importButton.click()
    qtbot.waitUntil(lambda: not manager.import_dialog.progressBar.isVisible(), timeout=WAIT)
    assert "needs the runtime" in manager.import_dialog.messageLabel.text()
    manager.stop()


@pytest.mark.parametrize("end", ["cancel", "close", "stop"])
def test_an_import_can_be_left_at_any_time(qtbot, manager, files, end):
    import_file(manager, files / "glavitu_global_weights.h5")
    qtbot.waitUntil(lambda: "weights" in manager.import_dialog.messageLabel.text(), timeout=WAIT)
    if end == "cancel":
        manager.import_dialog.cancelButton.click()
        qtbot.waitUntil(lambda: "Cancelled" in manager.import_dialog.messageLabel.text(), timeout=WAIT)
    elif end == "close":
        manager.import_dialog.close()
        assert manager.import_dialog is None
    else:
        manager.stop()
        assert manager.dialog is None
    qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0, timeout=WAIT)
    left = [path.name for path in manager.store.folder.glob("*") if path.is_dir() or path.suffix == ".onnx"]
    assert left == [] and len(manager.store.models()) == 1


def test_a_check_finds_a_changed_file(qtbot, manager, files):
    import_file(manager, files / "tiny.onnx")
    qtbot.waitUntil(lambda: manager.import_dialog is None, timeout=WAIT)
    Path(manager.store.find("tiny").path).write_bytes(b"damaged")
    manager.dialog.checkButton.click()
    qtbot.waitUntil(lambda: not manager.dialog.progressRow.isVisible(), timeout=WAIT)
    assert "another checksum" in manager.dialog.messageLabel.text()
    assert rows(manager.dialog)[1][2] == "not offered" and not manager.dialog.useButton.isEnabled()


def test_what_cannot_be_done_is_told(manager, monkeypatch):
    def refuse(*_):
        raise OutputError("the folder is read-only")

    monkeypatch.setattr(manager.store, "set_default", refuse)
    manager.set_default("classic", "ALP", True)
    assert manager.dialog.messageLabel.text() == "the folder is read-only"


def test_the_menu_ticks_the_regions_of_the_default(dialog):
    toggled = []
    dialog.default_toggled.connect(lambda *words: toggled.append(words))
    dialog.set_models([GOOD, BAD], {"NZ": "global", "ALP": "damaged"})
    dialog._menu.aboutToShow.emit()
    actions = {action.text(): action for action in dialog._menu.actions()}
    assert [text for text, action in actions.items() if action.isChecked()] == ["New Zealand"]
    actions["New Zealand"].trigger()
    actions["Svalbard"].trigger()
    assert toggled == [("global", "NZ", False), ("global", "SVAL", True)]
