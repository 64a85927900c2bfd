"""The whole way with the real packages: a wheelhouse from PyPI, the runtime from it, a model run in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tasks.environment import RuntimeManager, State
from icemargin.tasks.environment_locks import own_python_version, platform_name, read_locks
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model

WHEELHOUSE = Path(__file__).parents[2] / "scripts" / "wheelhouse.py"


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory) -> Path:
    """Download the locked wheels; without network there is nothing to test."""
    folder = tmp_path_factory.mktemp("wheels")
    run = subprocess.run(
        [sys.executable, str(WHEELHOUSE), "--out", str(folder)], capture_output=True, text=True, check=False
    )
    if run.returncode and "connection" in run.stderr.lower():
        pytest.skip("PyPI cannot be reached")
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.slow
def test_a_model_runs_in_a_runtime_made_from_a_wheelhouse(tmp_path, wheelhouse):
    manager = RuntimeManager(tmp_path / "Gletscher über 80 %")
    python = manager.set_up("cpu", str(wheelhouse))
    assert manager.state() is State.READY
    assert subprocess.run([python, "-m", "pip", "check"], capture_output=True, check=False).returncode == 0
    lock = read_locks(name=platform_name())["cpu"][own_python_version()]
    taken = sum(path.lstat().st_size for path in Path(python).parents[1].rglob("*"))
    assert 0.5 * lock.installed_bytes < taken < lock.installed_bytes  # what the offer says holds

    model, inputs = save_model(tmp_path / "tiny.onnx"), inputs_for(description())
    there, here = ChildPredictor(python, str(model), "cpu", 1), OnnxPredictor(str(model), "cpu", 1)
    try:
        np.testing.assert_allclose(there.predict(inputs), here.predict(inputs), atol=1e-6)
    finally:
        there.close()
        here.close()
