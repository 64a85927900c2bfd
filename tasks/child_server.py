"""The child's side of the channel: what it can be asked, and how it answers. No GDAL, no Qt, no QGIS."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import platform
import queue
import shutil
import threading
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Mapping, Optional, Sequence

import numpy as np

from .. import __version__
from ..inference.composite import open_networks
from ..inference.errors import IceMarginError
from ..inference.onnx_predictor import out_of_memory_error
from ..inference.onnx_session import is_out_of_memory, load_onnxruntime
from ..inference.predictors import Predictor, predict_all
from . import child_export, child_inventory, child_outlines
from .channel import SharedFile, averages_from_message, decode, encode, place_from_message
from .child_topology import ChildTopology

REMOVALS = 100


class ChildServer:
    """Answers requests. Each public method is a call: its arguments and its answer are JSON, arrays are places.

    `report` (Progress) tells how far the present call is; `serve` sends it to the parent.
    """

    def __init__(self, report: Callable[[float, str], None] = lambda *_: None) -> None:
        self.report = report
        self._predictor: Optional[Predictor] = None
        self._memory: Optional[SharedFile] = None
        self.folder: Optional[Path] = None
        self._topology = ChildTopology()
        self.calls: Dict[str, Callable[..., Dict[str, Any]]] = {
            "hello": self.hello, "load": self.load, "attach": self.attach, "predict": self.predict,
            "import_weights": self.import_weights, "check_golden": self.check_golden, "compare": self.compare,
            "comparison_page": self.comparison_page, "change": self.change, "change_page": self.change_page,
            "export": self.export, "check_export": self.check_export, "topology_open": self.topology_open,
            "topology_put": self.topology_put, "topology_repair": self.topology_repair,
            "attributes": self.attributes, "divides": self.divides,
        }  # fmt: skip

    def hello(self) -> Dict[str, Any]:
        return {"version": __version__, "python": platform.python_version(), "numpy": np.__version__}

    def load(
        self, model: str, device: str, threads: int, averages: Optional[Mapping[str, Any]] = None
    ) -> Dict[str, Any]:
        ort = load_onnxruntime()
        self._predictor = open_networks(model, averages_from_message(averages or {}), device, threads)
        description = self._predictor.description.to_json()
        return {"description": description, "onnxruntime": ort.__version__, **_state(self._predictor)}

    def attach(self, path: str) -> Dict[str, Any]:
        self._memory = SharedFile(path)
        return {}

    def predict(self, inputs: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
        if self._predictor is None or self._memory is None:
            raise ValueError("predict needs load and attach first")
        memory = self._memory
        arrays = {name: memory.array(place_from_message(place)) for name, place in inputs.items()}
        for place, values in zip(answers, predict_all(self._predictor, arrays)):
            memory.array(place_from_message(place))[...] = values
        return _state(self._predictor)

    def import_weights(
        self,
        weights: str,
        out: str,
        features: Optional[Sequence[str]] = None,
        calibration: Optional[str] = None,
        name: Optional[str] = None,
    ) -> Dict[str, Any]:
        from ..weights.convert import import_weights

        description = import_weights(weights, out, features, calibration, name, self)
        return {"description": description.to_json()}

    def check_golden(self, model: str, device: str = "auto") -> Dict[str, Any]:
        from ..models.checking import check_model

        return {"checked": check_model(model, device)}

    def compare(self, folder: str, order: Mapping[str, Any]) -> Dict[str, Any]:
        return child_outlines.compare(self._folder(folder), order, self)

    def comparison_page(self, folder: str, crops: Optional[Sequence[Mapping[str, Any]]]) -> Dict[str, Any]:
        return child_outlines.comparison_page(self._folder(folder), crops)

    def change(self, folder: str, order: Mapping[str, Any]) -> Dict[str, Any]:
        return child_outlines.change(self._folder(folder), order, self)

    def change_page(self, folder: str) -> Dict[str, Any]:
        return child_outlines.change_page(self._folder(folder))

    def export(self, folder: str, order: Mapping[str, Any], lines: Sequence[str], day: str) -> Dict[str, Any]:
        return child_export.export(self._folder(folder), order, lines, day)

    def check_export(
        self, folder: str, form: str, layers: Sequence[str], tables: Mapping[str, Sequence[Sequence[str]]]
    ) -> Dict[str, Any]:
        return child_export.check_export(self._folder(folder), form, layers, tables, self)

    def topology_open(self, folder: str, settings: Mapping[str, float], ignored: Sequence[str]) -> Dict[str, Any]:
        return self._topology.open(self._folder(folder), settings, ignored, self)

    def topology_put(self, folder: str, gone: Sequence[int]) -> Dict[str, Any]:
        return self._topology.put(self._folder(folder), gone)

    def topology_repair(self, folder: str, numbers: Sequence[int], uncovered: bool, split: bool) -> Dict[str, Any]:
        return self._topology.repair(self._folder(folder), numbers, uncovered, split, self)

    def attributes(self, folder: str, order: Mapping[str, Any]) -> Dict[str, Any]:
        return child_inventory.attributes(self._folder(folder), order, self)

    def divides(self, folder: str, order: Mapping[str, Any]) -> Dict[str, Any]:
        return child_inventory.divides(self._folder(folder), order, self)

    def _folder(self, path: str) -> Path:
        """Note the parent's folder, to be removed should the parent die."""
        self.folder = Path(path)
        return self.folder

    def is_cancelled(self) -> bool:
        """Return False (Progress): a parent that no longer wants the answer ends this process."""
        return False


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests one by one until the channel ends."""
    faulthandler.enable()
    _be_the_first_to_go()
    waiting: queue.Queue[bytes] = queue.Queue()
    server = ChildServer()
    threading.Thread(target=_read, args=(requests, waiting, server), daemon=True).start()
    while True:
        line = waiting.get()
        server.report = _reporter(answers, line)
        _send(answers, answer_line(server, line))


def _send(answers: BinaryIO, message: Mapping[str, Any]) -> None:
    answers.write(encode(message))
    answers.flush()


def _reporter(answers: BinaryIO, line: bytes) -> Callable[[float, str], None]:
    """Return what sends the progress of the request in `line`."""
    number = decode(line)["id"]
    return lambda fraction, text: _send(answers, {"id": number, "progress": fraction, "text": text})


def answer_line(server: ChildServer, line: bytes) -> Dict[str, Any]:
    """Return the answer to one request: its number with a result, or with an error's name and message."""
    request = decode(line)
    number, name = request.pop("id"), request.pop("call")
    try:
        return {"id": number, "result": server.calls[name](**request)}
    except IceMarginError as error:
        return _failure(number, error)
    except Exception as error:  # noqa: BLE001 - the process's edge: the parent must get an answer
        traceback.print_exc()
        if is_out_of_memory(error):
            return _failure(number, out_of_memory_error())
        return {"id": number, "error": "RuntimeCrashError", "message": _unexpected(error)}


def _read(requests: BinaryIO, waiting: queue.Queue[bytes], server: ChildServer) -> None:
    """Pass requests on. The channel's end means the parent is gone: leave at once, also in the midst of a run."""
    for line in requests:
        waiting.put(line)
    if server.folder is not None:
        _remove(server.folder)
    os._exit(0)


def _remove(folder: Path) -> None:
    """Remove a folder into which the present call may be writing just now: that makes a single try fail."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _be_the_first_to_go() -> None:
    """Ask Linux to end this process before QGIS when memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as stream:
        stream.write("800")


def _state(predictor: Predictor) -> Dict[str, Any]:
    return {"provider": predictor.provider, "warning": predictor.warning, "batch_size": predictor.batch_size}


def _failure(number: int, error: IceMarginError) -> Dict[str, Any]:
    return {"id": number, "error": type(error).__name__, "message": str(error)}


def _unexpected(error: Exception) -> str:
    return (
        f"The runtime failed unexpectedly ({type(error).__name__}: {error}); run again, and report the log if it "
        "happens again."
    )
