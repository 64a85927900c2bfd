"""Fixtures of the tests that start the runtime's child."""

from __future__ import annotations

import sys
import tempfile

import pytest
from icemargin.inference.averages import NOTHING_AVERAGED
from icemargin.tasks import channel, child_session
from icemargin.tasks.child_predictor import ChildPredictor, ChildSpreadPredictor
from icemargin.tests.unit.tiny_onnx import save_model


@pytest.fixture
def model(tmp_path):
    return str(save_model(tmp_path / "tiny.onnx"))


@pytest.fixture
def memory_folder(tmp_path, monkeypatch):
    """A folder of this test's own for shared memory, to see what stays there."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(channel, "shared_folders", lambda: [str(folder)])
    return folder


@pytest.fixture
def open_child():
    """Make ChildPredictors that are closed afterwards."""
    opened = []

    def make(path, *args, **options):
        kind = ChildSpreadPredictor if options.get("averages", NOTHING_AVERAGED).has_spread else ChildPredictor
        opened.append(kind(sys.executable, str(path), *args, **options))
        return opened[-1]

    yield make
    for predictor in opened:
        predictor.close()


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A folder for temporary files of this test's own, to see what stays there."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def children(monkeypatch):
    """Collect the children that are started."""
    started = []

    class Watched(child_session.ChildProcess):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(child_session, "ChildProcess", Watched)
    return started
