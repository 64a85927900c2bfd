"""GlaViTU in this process: an ONNX model run by ONNX Runtime.

onnxruntime is imported here and nowhere else, and only when a predictor is made, so that importing this module
costs nothing. QGIS never makes an OnnxPredictor; its child process does (tasks/child_predictor.py).
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from .arrays import FloatArray
from .errors import Cancelled, ModelError, RuntimeCrashError
from .model import ModelDescription
from .onnx_dropout import MASK, draw_masks, with_masks
from .onnx_inputs import Shape, check_answer, check_batch, check_graph
from .onnx_metadata import read_description
from .onnx_session import (
    ACCELERATORS,
    CPU,
    CUDA,
    is_out_of_memory,
    load_onnxruntime,
    open_session,
    ort_errors,
    stoppable,
)

__all__ = ["OUT_OF_MEMORY", "OnnxPredictor", "out_of_memory_error", "read_description"]

CUDA_BATCH = 4
"""Windows at once on a GPU; on the CPU one at a time, so that an answer never depends on its neighbours."""

OUT_OF_MEMORY = (
    "The memory ran out while the model ran; close other programs, choose fewer threads or a smaller extent, "
    "and run again with Resume: the finished part is kept."
)


def out_of_memory_error() -> RuntimeCrashError:
    """Return the one error for memory that ran out, wherever it was noticed."""
    return RuntimeCrashError(OUT_OF_MEMORY)


class OnnxPredictor:
    """A model file ready to run; see Predictor for its attributes.

    `device` is "auto", "cpu" or "cuda", `threads` 0 means as many as the machine has. Raises ModelError where
    the file is no model that fits its own description, RuntimeMissingError where onnxruntime cannot be
    imported, RuntimeCrashError where the memory does not suffice. A run is broken off when `is_cancelled` says so.
    With `dropout` the network can be thinned (`thin`). With `lean` no working memory is kept between runs, so that
    several predictors may be open at once.
    """

    def __init__(
        self,
        path: str,
        device: str = "auto",
        threads: int = 0,
        is_cancelled: Callable[[], bool] = lambda: False,
        dropout: bool = False,
        lean: bool = False,
    ) -> None:
        self.description: ModelDescription = read_description(path)
        self._path = path
        self._masked = with_masks(path) if dropout else None
        self._thinned: Tuple[int, float] = (0, -1.0)
        self._masks: Dict[str, FloatArray] = {}
        self._lean = lean
        self._threads = threads
        self._is_cancelled = is_cancelled
        self._errors = ort_errors(load_onnxruntime())
        self._session: Any = None
        self._open(device)

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the glacier probability, N x H x W float32. Raises ModelError, RuntimeCrashError, Cancelled."""
        if self._session is None:
            raise ModelError("The model is closed; open it again.")
        count = check_batch(inputs, self.description)
        answer = np.empty((count, self.description.patch, self.description.patch), np.float32)
        start = 0
        while start < count:
            if self._is_cancelled():  # also between the runs of a composite, each of which may be too short to notice
                raise Cancelled("Cancelled; nothing was written.")
            part = slice(start, start + self.batch_size)
            found = self._run({name: array[part] for name, array in inputs.items()})
            if found is not None:  # None: the accelerator failed and the CPU goes on, with smaller batches
                answer[part] = found
                start = part.stop
        return answer

    def thin(self, seed: int, rate: float) -> None:
        """Leave out the share `rate` of the network, chosen by `seed`, from now on. Needs `dropout`."""
        if self._masked is None:
            raise ValueError("the predictor was opened without dropout")
        if self._thinned != (seed, rate):
            self._masks = draw_masks(self._masked.masks, seed, rate)
            self._thinned = (seed, rate)

    def close(self) -> None:
        """Free the network; safe to call twice."""
        self._session = None

    def _open(self, device: str) -> None:
        """Open a session on `device`, or on the CPU where CUDA does not work."""
        try:
            model = self._masked.model if self._masked else self._path
            self._session, self.warning = open_session(model, device, self._threads)
        except self._errors as error:
            if is_out_of_memory(error):
                raise out_of_memory_error() from error
            raise ModelError(
                f"ONNX Runtime cannot use {self._path} ({_first_line(error)}); import the model again."
            ) from error
        inputs = {name: kind for name, kind in _shapes(self._session.get_inputs()).items() if not name.startswith(MASK)}
        fixed = check_graph(inputs, _shapes(self._session.get_outputs()), self.description)
        running = self._session.get_providers()
        self.provider: str = next((provider for provider in ACCELERATORS if provider in running), CPU)
        self.batch_size = CUDA_BATCH if self.provider == CUDA and not fixed else 1

    def _run(self, inputs: Mapping[str, FloatArray]) -> Optional[FloatArray]:
        """Return the probability of a batch, or None after changing to the CPU."""
        try:
            with stoppable(self._is_cancelled, self._shrink()) as options:
                answer = self._session.run(None, {**inputs, **self._masks}, options)[0]
        except self._errors as error:
            if self._is_cancelled():
                raise Cancelled("Cancelled; nothing was written.") from error
            self._recover(error)
            return None
        return check_answer(answer, next(iter(inputs.values())).shape[0], self.description)

    def _shrink(self) -> str:
        if not self._lean:
            return ""
        return "cpu:0;gpu:0" if self.provider == CUDA else "cpu:0"

    def _recover(self, error: BaseException) -> None:
        """Go on with the CPU if it was an accelerator that failed; else raise what happened."""
        memory = is_out_of_memory(error)
        if self.provider != CPU:
            failed = ACCELERATORS[self.provider]
            self._open("cpu")
            reason = "the GPU's memory does not suffice" if memory else _first_line(error)
            self.warning = f"{failed} failed ({reason}); the CPU goes on, which takes longer."
            return
        if memory:
            raise out_of_memory_error() from error
        raise RuntimeCrashError(
            f"ONNX Runtime failed ({_first_line(error)}); run again with Resume, or import the model again."
        ) from error


def _shapes(nodes: Any) -> Mapping[str, Tuple[str, Shape]]:
    return {node.name: (str(node.type), tuple(node.shape)) for node in nodes}


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
