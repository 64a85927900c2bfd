"""The installed models: added whole or not at all, checked, and not offered when something is wrong with them."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from icemargin.inference.errors import (
    Cancelled,
    IceMarginError,
    ModelError,
    OutputError,
    RuntimeCrashError,
    RuntimeMissingError,
    WeightsError,
)
from icemargin.inference.golden import measure_golden
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.progress import NoProgress
from icemargin.models import index as index_module
from icemargin.models.adding import add_onnx, add_weights
from icemargin.models.checking import if_possible, verify_here
from icemargin.models.files import free_name
from icemargin.models.folders import data_folder
from icemargin.models.index import INDEX, read_index
from icemargin.models.store import CHANGED, ModelStore, resolve_model
from icemargin.tests.unit.keras_files import save_random
from icemargin.tests.unit.tiny_onnx import description, save_model
from icemargin.weights.convert import import_weights
from onnx import numpy_helper

QUIET = NoProgress()


def save_golden(path: Path, **changes) -> str:
    """Write a tiny model with a golden patch of its own; `changes` spoil it afterwards (tiny_onnx)."""
    save_model(path)
    predictor = OnnxPredictor(str(path), "cpu")
    described = replace(description(), golden=measure_golden(predictor))
    predictor.close()
    return str(save_model(path, described, **changes))


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models", tmp_path / "shipped")


@pytest.fixture
def tiny(tmp_path):
    return save_golden(tmp_path / "tiny.onnx")


def add(store, path, name="", progress=QUIET, verify=verify_here):
    return add_onnx(store, str(path), verify, progress, name)


def names(store):
    return [model.name for model in store.models()]


def left_in(store):
    """Return what lies in the store's folder beside index and lock."""
    found = os.listdir(store.folder) if store.folder.exists() else []
    return sorted(set(found) - {INDEX, index_module.LOCK})


class Stopping:
    """A progress that is cancelled once it has been told `text`."""

    def __init__(self, text):
        self.text = text
        self.stopped = False

    def report(self, fraction, text):
        self.stopped = self.stopped or text.startswith(self.text)

    def is_cancelled(self):
        return self.stopped


def test_the_classic_method_is_always_there(store):
    (model,) = store.offered()
    assert (model.name, model.path, model.kind, model.problem) == ("classic", "classic", "built-in", "")
    assert not store.folder.exists()


def test_an_onnx_file_is_copied_and_checked(store, tiny):
    model = add(store, tiny)
    assert (model.name, model.kind, model.problem) == ("tiny", "own", "")
    assert model.checked.startswith("onnxruntime ") and model.checked.endswith("CPUExecutionProvider")
    assert Path(model.path).read_bytes() == Path(tiny).read_bytes() and model.size == os.path.getsize(tiny)
    assert store.find("tiny") == model and left_in(store) == ["tiny.onnx"]


def test_weights_are_converted(store, tmp_path):
    weights = save_random(tmp_path / "glavitu_global_weights.h5")
    model = add_weights(store, str(weights), import_weights, verify_here, QUIET)
    assert (model.name, model.kind) == ("glavitu_global", "imported") and model.description.golden and model.checked
    assert names(store) == ["classic", "glavitu_global"] and left_in(store) == ["glavitu_global.onnx"]


def test_shipped_models_are_built_in_and_stay(store, tiny, tmp_path):
    (tmp_path / "shipped").mkdir()
    shutil.copy(tiny, tmp_path / "shipped" / "glavitu-small.onnx")
    assert [(m.name, m.kind) for m in store.offered()] == [("classic", "built-in"), ("glavitu-small", "built-in")]
    assert store.check("glavitu-small", verify_here, QUIET).checked and store.find("glavitu-small").checked
    with pytest.raises(ModelError, match="comes with IceMargin"):
        store.remove("glavitu-small")
    assert add(store, save_golden(tmp_path / "b.onnx", bias=0.1001), "glavitu-small").name == "glavitu-small-2"


def corrupted(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def without_description(path: Path) -> Path:
    return save_model(path, metadata=None)


def tampered(path: Path) -> Path:
    """Save a model whose weights are no longer those that the golden patch was measured with."""
    save_golden(path)
    network = onnx.load(str(path))
    kernel = next(item for item in network.graph.initializer if item.name == "kernel")
    kernel.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(kernel) * 1.1, "kernel"))
    onnx.save(network, str(path))
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path, "There is no model file"),
        (lambda path: corrupted(Path(save_golden(path))), "not a whole ONNX file"),
        (without_description, "without IceMargin's description"),
        (tampered, "does not answer its golden patch"),
        (lambda path: save_model(path, channels={"dem": 3}), "does not fit its own description"),
        (lambda path: path.write_text("text") and path, "not a whole ONNX file"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_stays(store, tmp_path, make, message):
    with pytest.raises(ModelError, match=message):
        add(store, make(tmp_path / "m.onnx"))
    assert names(store) == ["classic"] and left_in(store) == []


def test_a_wrong_keras_file_is_named(store, tmp_path):
    (tmp_path / "w.h5").write_bytes(b"\x89HDF\r\n\x1a\n and nothing behind")
    with pytest.raises(WeightsError, match="Keras 2 HDF5"):
        add_weights(store, str(tmp_path / "w.h5"), import_weights, verify_here, QUIET)
    assert left_in(store) == []


@pytest.mark.parametrize("text", ["Reading", "Building", "Writing", "Running", "Finishing", "Checking"])
def test_cancel_at_any_step_of_an_import_leaves_nothing(store, tmp_path, text):
    weights = save_random(tmp_path / "w.h5")
    with pytest.raises(Cancelled):
        add_weights(store, str(weights), import_weights, verify_here, Stopping(text))
    assert left_in(store) == [] and names(store) == ["classic"]


def test_cancel_while_copying_leaves_nothing(store, tiny):
    with pytest.raises(Cancelled):
        add(store, tiny, progress=Stopping("Copying"))
    assert left_in(store) == []


@pytest.mark.parametrize("function", ["copy", "replace", "index"])
def test_no_space_is_told_and_leaves_nothing(store, tiny, monkeypatch, function):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if function == "copy":
        monkeypatch.setattr("icemargin.models.adding.copy_file", full)
    elif function == "index":
        monkeypatch.setattr(Path, "write_text", full)
    else:
        real = os.replace
        monkeypatch.setattr(os, "replace", lambda a, b: full() if str(b).endswith(".onnx") else real(a, b))
    with pytest.raises(OutputError, match="No space left"):
        add(store, tiny)
    monkeypatch.undo()
    assert left_in(store) == [] and names(store) == ["classic"]
    assert add(store, tiny).name == "tiny"


def test_a_folder_that_cannot_be_made_is_told(tmp_path, tiny):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        add(ModelStore(tmp_path / "file" / "models"), tiny)


def test_a_taken_name_gets_a_number(store, tmp_path, tiny):
    add(store, tiny)
    other = save_golden(tmp_path / "other.onnx", bias=0.1001)
    assert add(store, other, "Tiny").name == "Tiny-2"
    assert names(store) == ["classic", "tiny", "Tiny-2"]


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [("a b/c", [], "a_b_c"), ("Aletsch Größe", [], "Aletsch_Größe"), ("../..", [], "model"), ("classic", ["classic"],
     "classic-2"), ("a", ["A", "a-2"], "a-3")],
)  # fmt: skip
def test_names_are_files_names(wanted, taken, name):
    assert free_name(wanted, taken) == name


def test_the_same_file_is_taken_once_and_repairs(store, tiny):
    first = add(store, tiny)
    Path(first.path).write_bytes(b"damaged")
    assert store.find("tiny").problem == CHANGED
    assert add(store, tiny, "again") == store.find("tiny") and names(store) == ["classic", "tiny"]
    assert store.find("tiny").problem == ""


def test_a_changed_file_is_not_offered_and_said_why(store, tiny):
    path = add(store, tiny).path
    save_golden(Path(path), bias=0.5)
    assert [model.name for model in store.offered()] == ["classic"]
    assert store.find("tiny").problem == CHANGED
    with pytest.raises(ModelError, match="another checksum"):
        resolve_model("tiny", store.folder)
    assert store.check("tiny", verify_here, QUIET).problem == CHANGED


def test_a_file_with_the_same_size_and_time_is_caught_by_the_check(store, tiny):
    path = Path(add(store, tiny).path)
    status, content = path.stat(), bytearray(path.read_bytes())
    content[content.index(np.float32(0.1).tobytes())] ^= 1  # the last bit of a weight
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.find("tiny").problem == ""  # the list trusts size and time
    assert store.check("tiny", verify_here, QUIET).problem == CHANGED


def test_a_touched_file_stays_offered(store, tiny):
    path = add(store, tiny).path
    os.utime(path, (1, 1))
    assert store.find("tiny").problem == "" and read_index(store.folder).records["tiny"].mtime_ns == 10**9


def test_a_failed_check_is_kept_until_one_passes(store, tmp_path):
    model = add(store, tampered(tmp_path / "m.onnx"), verify=lambda *_: "")
    assert model.problem == "" and model.checked == ""
    assert "golden patch" in store.check("m", verify_here, QUIET).problem
    assert "golden patch" in store.find("m").problem and len(store.offered()) == 1
    assert store.check("m", lambda *_: "a repaired runtime", QUIET).problem == ""
    assert store.find("m").checked == "a repaired runtime"


@pytest.mark.parametrize("error", [RuntimeMissingError("none"), Cancelled("stopped")])
def test_what_is_not_the_models_fault_is_not_held_against_it(store, tiny, error):
    checked = add(store, tiny).checked

    def verify(*_):
        raise error

    with pytest.raises(IceMarginError):
        store.check("tiny", verify, QUIET)
    assert store.find("tiny").problem == "" and store.find("tiny").checked == checked


class OnGraphicsCard(OnnxPredictor):
    """Says that it runs on CUDA unless the CPU is asked for, and is a little off there."""

    def __init__(self, path, device="auto", **options):
        super().__init__(path, "cpu", **options)
        self.provider = "CPUExecutionProvider" if device == "cpu" else "CUDAExecutionProvider"

    def predict(self, inputs):
        return super().predict(inputs) + np.float32(0.01 if self.provider.startswith("CUDA") else 0)


def test_a_graphics_card_that_computes_wrongly_is_not_the_models_fault(store, tiny, tmp_path, monkeypatch):
    add(store, tiny)
    bad = add(store, tampered(tmp_path / "bad.onnx"), verify=lambda *_: "")
    monkeypatch.setattr("icemargin.models.checking.OnnxPredictor", OnGraphicsCard)
    with pytest.raises(RuntimeCrashError, match=r"The model is sound, but CUDA.* choose the processor"):
        store.check("tiny", verify_here, QUIET)
    assert store.find("tiny").problem == ""
    assert "CPUExecutionProvider" in store.check(bad.name, verify_here, QUIET).problem


def test_without_a_runtime_a_file_is_taken_unchecked(store, tiny):
    def verify(*_):
        raise RuntimeMissingError("none")

    assert add(store, tiny, verify=if_possible(verify)).checked == ""


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"models": {"tiny": {}}, "defaults": {}}', '{"models": 1}', "\x00"]
)
def test_an_unreadable_index_is_made_again(store, tiny, content):
    add(store, tiny)
    (store.folder / INDEX).write_text(content)
    assert names(store) == ["classic", "tiny"] and store.find("tiny").problem == ""
    assert json.loads((store.folder / INDEX).read_text())["models"]["tiny"]["size"] == os.path.getsize(tiny)


def test_files_put_there_by_hand_are_listed(store, tiny):
    store.folder.mkdir()
    shutil.copy(tiny, store.folder / "byhand.onnx")
    (store.folder / "broken.onnx").write_text("no model")
    by_hand, broken = store.find("byhand"), store.find("broken")
    assert (by_hand.kind, by_hand.problem, by_hand.checked) == ("own", "", "")
    assert "not a whole ONNX file" in broken.problem and broken.description is None
    store.remove("broken")
    assert names(store) == ["classic", "byhand"]


def test_two_imports_at_once_get_a_name_each(store, tmp_path):
    files = [save_golden(tmp_path / f"{number}.onnx", bias=0.1 + number * 1e-5) for number in range(6)]
    errors = []

    def work(path):
        try:
            add(ModelStore(store.folder, tmp_path / "shipped"), path, "same", verify=lambda *_: "")
        except Exception as error:  # noqa: BLE001 - told by the assertion
            errors.append(error)

    threads = [threading.Thread(target=work, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(names(store)) == ["classic", "same", *(f"same-{number}" for number in range(2, 7))]
    assert len({model.sha256 for model in store.models()}) == 7 and len(left_in(store)) == 6


def test_a_lock_held_for_long_is_told(store, tiny, monkeypatch):
    monkeypatch.setattr(index_module, "_LOCK_SECONDS", 0.1)
    with index_module.changing_index(store.folder), pytest.raises(OutputError, match="Another IceMargin"):
        add(store, tiny)


def test_what_a_killed_import_left_is_removed_after_a_day(store, tiny):
    old, young = store.folder / ".import-old", store.folder / ".import-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    add(store, tiny)
    assert left_in(store) == [".import-young", "tiny.onnx"]


def test_defaults_per_region(store, tiny):
    add(store, tiny)
    store.set_default("HMA", "tiny")
    assert (store.default_for("HMA"), store.default_for("ALP")) == ("tiny", "")
    store.set_default("unknown", "classic")
    assert (store.default_for("HMA"), store.default_for("ALP")) == ("tiny", "classic")
    store.set_default("HMA", "")
    assert store.default_for("HMA") == "classic"


def test_a_default_that_is_not_offered_is_not_proposed(store, tiny):
    path = add(store, tiny).path
    store.set_default("HMA", "tiny")
    Path(path).write_bytes(b"damaged")
    assert store.default_for("HMA") == ""
    with pytest.raises(ModelError, match="cannot be a default"):
        store.set_default("ALP", "tiny")
    store.remove("tiny")
    assert store.defaults() == {} and left_in(store) == []


@pytest.mark.parametrize(("region", "name"), [("XX", "classic"), ("ALP", "nothing")])
def test_nonsense_defaults_are_refused(store, region, name):
    with pytest.raises(ModelError):
        store.set_default(region, name)


def test_names_are_resolved(store, tiny, tmp_path):
    path = add(store, tiny).path
    assert resolve_model("tiny", store.folder) == path
    for text in ("classic", "no.onnx", tiny, "folder/x"):
        assert resolve_model(text, store.folder) == text
    with pytest.raises(ModelError, match="installed are classic, tiny"):
        resolve_model("tinny", store.folder)
    assert [model.name for model in store.offered()][-1] == "tiny"


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/home/ä b"}, "/home/ä b/.local/share/icemargin"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/data"}, "/data/icemargin"),
        ("darwin", {"HOME": "/Users/x"}, "/Users/x/Library/Application Support/icemargin"),
        ("win32", {"LOCALAPPDATA": "/L"}, "/L/icemargin"),
        ("win32", {"USERPROFILE": "/U"}, "/U/AppData/Local/icemargin"),
        ("linux", {"ICEMARGIN_HOME": "/else", "HOME": "/h"}, "/else"),
    ],
)
def test_the_folder_is_the_platforms(platform, environ, folder):
    assert data_folder(environ, platform) == Path(folder)
