"""GlaViTU from QGIS: a Predictor whose model runs in the runtime's child process."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from ..inference.arrays import FloatArray
from ..inference.averages import NOTHING_AVERAGED, Averages
from ..inference.composition import composed_description
from ..inference.errors import Cancelled, RuntimeCrashError
from ..inference.model import ModelDescription, description_from_json
from ..inference.onnx_inputs import check_batch
from ..inference.onnx_metadata import read_description
from .channel import Place, SharedFile, create_shared, lay_out, remove_shared
from .child_process import ChildProcess
from .child_session import START, greeted

_ANSWER, _SPREAD = "answer", "spread"
_FLOAT = "float32"


@dataclass(frozen=True)
class Timeouts:
    """How long (s) the child may be silent before it counts as hung: far longer than the slowest machine needs."""

    start: float = START
    load: float = 300.0
    window: float = 600.0


class ChildPredictor:
    """A model file ready to run in a child of the interpreter `python`; see Predictor for its attributes.

    While a call waits, `is_cancelled` is asked ten times a second, and the child is ended if it is true. Raises
    RuntimeMissingError, ModelError, Cancelled, RuntimeCrashError (the child died, hung or answered nonsense) and
    OutputError (no room for the shared memory). After Cancelled and RuntimeCrashError the child is ended.
    """

    def __init__(
        self,
        python: str,
        model: str,
        device: str = "auto",
        threads: int = 0,
        is_cancelled: Callable[[], bool] = lambda: False,
        timeouts: Optional[Timeouts] = None,
        averages: Averages = NOTHING_AVERAGED,
    ) -> None:
        self._averages = averages
        models = (model, *averages.ensemble)
        # A wrong file is told before anything starts.
        self.description: ModelDescription = composed_description([read_description(path) for path in models])
        self._timeouts = timeouts or Timeouts()
        self._memory: Optional[SharedFile] = None
        self._process = ChildProcess(python, is_cancelled)
        try:
            self.versions: Dict[str, str] = greeted(self._process, self._timeouts.start)
            self._load(os.path.abspath(model), device, threads)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._process.pid

    @property
    def log(self) -> Tuple[str, ...]:
        """The last lines that the child wrote, for the log tab."""
        return self._process.log

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the glacier probability, N x H x W float32; see the class for what it raises."""
        return self._predict(inputs, (_ANSWER,))[0]

    def _predict(self, inputs: Mapping[str, FloatArray], answers: Tuple[str, ...]) -> Tuple[FloatArray, ...]:
        count = check_batch(inputs, self.description)
        shape = (count, self.description.patch, self.description.patch)
        arrays = {name: (array.shape, _FLOAT) for name, array in inputs.items()}
        places, size = lay_out({**arrays, **dict.fromkeys(answers, (shape, _FLOAT))})
        try:
            memory = self._shared(size)
            return self._ask(memory, inputs, places, answers)
        except (RuntimeCrashError, Cancelled):
            self.close()
            raise

    def close(self) -> None:
        """End the child and free the shared memory; safe to call twice."""
        self._process.close()
        self._free_memory()

    def _load(self, model: str, device: str, threads: int) -> None:
        averages = {**asdict(self._averages), "ensemble": [os.path.abspath(path) for path in self._averages.ensemble]}
        loaded = self._process.call(
            "load", self._timeouts.load, model=model, device=device, threads=threads, averages=averages
        )
        self.description = description_from_json(loaded["description"])
        self.versions["onnxruntime"] = loaded["onnxruntime"]
        self._take_state(loaded)

    def _take_state(self, state: Mapping[str, Any]) -> None:
        """Note what really runs the model: it can change from CUDA to the CPU during a run."""
        self.provider = str(state["provider"])
        self.warning = str(state["warning"])
        self.batch_size = int(state["batch_size"])

    def _shared(self, size: int) -> SharedFile:
        """Return memory of `size` bytes or more that the child has mapped too."""
        memory = self._memory
        if memory is None or memory.size < size:
            del memory
            self._free_memory()
            self._memory = memory = create_shared(size)
            self._process.call("attach", self._timeouts.start, path=memory.path)
            if os.name == "posix":
                remove_shared(memory.path)  # mapped by both: nothing is left behind, whoever dies
        return memory

    def _free_memory(self) -> None:
        """Let the shared memory go; a `predict` in another thread that still copies keeps its own reference."""
        memory, self._memory = self._memory, None
        if memory is not None:
            path = memory.path
            del memory  # Windows removes no file that is mapped
            remove_shared(path)

    def _ask(
        self,
        memory: SharedFile,
        inputs: Mapping[str, FloatArray],
        places: Mapping[str, Place],
        answers: Tuple[str, ...],
    ) -> Tuple[FloatArray, ...]:
        for name, array in inputs.items():
            memory.array(places[name])[...] = array
        runs = places[_ANSWER].shape[0] * self._averages.runs
        self._take_state(
            self._process.call(
                "predict",
                self._timeouts.start + self._timeouts.window * runs,
                inputs={name: places[name].to_message() for name in inputs},
                answers=[places[name].to_message() for name in answers],
            )
        )
        return tuple(np.array(memory.array(places[name]), np.float32) for name in answers)


class ChildSpreadPredictor(ChildPredictor):
    """A ChildPredictor of several members: it tells their spread too."""

    def predict_spread(self, inputs: Mapping[str, FloatArray]) -> Tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation, N x H x W float32 each."""
        mean, spread = self._predict(inputs, (_ANSWER, _SPREAD))
        return mean, spread
