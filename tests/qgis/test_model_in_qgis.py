"""A model from QGIS: in the child process, byte-identical with the other doors; its death is survived and told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from builders import SIX, cone, snow_scene, write_raster
from icemargin.cli import main
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import RuntimeCrashError
from icemargin.inference.request import DelineationRequest, Extent, Source
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tasks.map_runs import MapRuns
from icemargin.tests.unit.processes import is_alive
from icemargin.tests.unit.tiny_onnx import description, save_model

RASTERS = ("probability.tif", "confidence.tif")


@pytest.fixture
def request_of(tmp_path):
    optical = write_raster(tmp_path / "o.tif", snow_scene((150, 160)))
    dem = write_raster(tmp_path / "d.tif", cone((150, 160)))

    def make(model: Path, name: str, **more) -> DelineationRequest:
        sources = (Source((optical,), SIX), Source((dem,), {"elevation": 1}))
        return DelineationRequest(sources, str(tmp_path / name), str(model), threads=1, **more)

    return make


def outcome(runs, request, qtbot):
    """Run a request as the dock does and return what came of it."""
    heard = []
    runs.done.connect(lambda _, result: heard.append(result))
    runs.failed.connect(lambda _, error: heard.append(error))
    runs.cancelled.connect(lambda: heard.append("cancelled"))
    runs.start("a run", request, sys.executable)
    qtbot.waitUntil(lambda: bool(heard), timeout=300000)
    return heard[0]


def test_task_command_line_and_core_give_byte_identical_rasters(request_of, tmp_path, qtbot):
    model = save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25), repeat=2)
    from_dock = outcome(MapRuns(), request_of(model, "dock"), qtbot)
    core = delineate(request_of(model, "core"))
    words = ["map", "--optical", str(tmp_path / "o.tif"), "--dem", str(tmp_path / "d.tif"), "--model", str(model)]
    assert main([*words, "--threads", "1", "--bands", ",".join(f"{k}={v}" for k, v in SIX.items()),
                 "--out", str(tmp_path / "cli")]) == 0  # fmt: skip
    assert from_dock.provider == core.provider == "CPUExecutionProvider"
    for name in RASTERS:
        expected = (tmp_path / "core" / name).read_bytes()
        assert (tmp_path / "dock" / name).read_bytes() == expected
        assert (tmp_path / "cli" / name).read_bytes() == expected


def test_a_killed_child_is_told_and_the_run_resumed(request_of, tmp_path, qtbot, monkeypatch):
    """Only the child is ended; this process, which stands for QGIS, goes on, and so does the run."""
    model = save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25), repeat=2)
    pids = []
    real = ChildPredictor.predict

    def predict_and_be_killed(self, inputs):
        pids.append(self.pid)
        if len(pids) == 7:
            os.kill(self.pid, signal.SIGKILL)
        return real(self, inputs)

    monkeypatch.setattr(ChildPredictor, "predict", predict_and_be_killed)
    error = outcome(MapRuns(), request_of(model, "dock"), qtbot)
    assert isinstance(error, RuntimeCrashError) and "memory" in str(error)
    assert not is_alive(pids[0])
    assert sorted(path.name for path in (tmp_path / "dock").iterdir()) == [".icemargin-work"]
    resumed = outcome(MapRuns(), request_of(model, "dock", resume=True), qtbot)
    expected = delineate(request_of(model, "core"))
    assert resumed.n_outlines == expected.n_outlines
    for name in RASTERS:
        assert (tmp_path / "dock" / name).read_bytes() == (tmp_path / "core" / name).read_bytes()


def test_cancel_ends_the_child_and_leaves_nothing(request_of, tmp_path, qtbot, monkeypatch):
    model = save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25), repeat=2)
    runs, pids = MapRuns(), []
    real = ChildPredictor.predict

    def predict_and_cancel(self, inputs):
        pids.append(self.pid)
        if len(pids) == 3:
            runs.cancel()
        return real(self, inputs)

    monkeypatch.setattr(ChildPredictor, "predict", predict_and_cancel)
    assert outcome(runs, request_of(model, "dock"), qtbot) == "cancelled"
    assert not is_alive(pids[0]) and not (tmp_path / "dock").exists()


def test_the_extent_does_not_change_a_model_map(request_of, tmp_path):
    from builders import read

    model = save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25), repeat=2)
    whole = read(delineate(request_of(model, "whole")).probability)
    part = delineate(request_of(model, "part", extent=Extent(600330, 3798870, 601210, 3799560)))
    assert (read(part.probability) == whole[44:113, 33:121]).all()


def test_qgis_process_imports_no_wheel_for_a_model(request_of, tmp_path):
    """In a fresh process: mapping through the child loads neither onnxruntime nor anything from a wheel."""
    model = save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25))
    code = f"""
import sys
from icemargin.inference.request import DelineationRequest, Source
from icemargin.tasks.map_task import run_delineation
from icemargin.inference.progress import NoProgress
bands = {SIX!r}
sources = (Source(({str(tmp_path / "o.tif")!r},), bands), Source(({str(tmp_path / "d.tif")!r},), {{"elevation": 1}}))
request = DelineationRequest(sources, {str(tmp_path / "out")!r}, {str(model)!r})
result = run_delineation(request, sys.executable, NoProgress())
assert result.provider == "CPUExecutionProvider"
foreign = {{"onnxruntime", "onnx", "h5py", "torch", "shapely", "scipy", "pyproj"}} & set(sys.modules)
assert not foreign, foreign
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
