"""Does a network fit its description, a batch the network, and an answer both?"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import numpy as np

from .arrays import FloatArray
from .errors import ModelError
from .model import ModelDescription

Shape = Tuple[Any, ...]
"""A shape as ONNX has it: a number where it is fixed, a name or None where it is free."""

OUTPUT = "probability"
LOCATION = "location"
_FLOAT = "tensor(float)"


def expected_inputs(description: ModelDescription) -> Dict[str, Tuple[int, ...]]:
    """Return the shape of one window (without the N in front) for every input the description asks for."""
    patch = description.patch
    shapes: Dict[str, Tuple[int, ...]] = {
        feature.name: (len(feature.bands), patch, patch) for feature in description.features
    }
    if description.location:
        shapes[LOCATION] = (description.location_size,)
    return shapes


def check_graph(
    inputs: Mapping[str, Tuple[str, Shape]], outputs: Mapping[str, Tuple[str, Shape]], description: ModelDescription
) -> bool:
    """Compare a network's inputs and outputs (name -> type, shape) with its description.

    Returns True if the network takes one window at a time only. Raises ModelError that names the first misfit.
    """
    expected = expected_inputs(description)
    if set(inputs) != set(expected):
        raise _misfit(f"the network takes {_names(inputs)}, the description says {_names(expected)}")
    for name, (kind, shape) in inputs.items():
        if kind != _FLOAT or not _fits(shape, expected[name]):
            raise _misfit(f"input {name!r} is {kind} {list(shape)}, not N x {_text(expected[name])} float32")
    classes = len(description.classes)
    if list(outputs) != [OUTPUT]:
        raise _misfit(f"its output is {_names(outputs)}, not {OUTPUT!r}")
    kind, shape = outputs[OUTPUT]
    answer = (classes, description.patch, description.patch)
    if kind != _FLOAT or not _fits(shape, answer):
        raise _misfit(f"its output is {kind} {list(shape)}, not N x {_text(answer)} float32")
    return any(isinstance(shape[0], int) for _, shape in inputs.values())


def check_batch(inputs: Mapping[str, FloatArray], description: ModelDescription) -> int:
    """Return the number of windows in a batch. Raises ModelError if the batch does not fit the description."""
    expected = expected_inputs(description)
    if set(inputs) != set(expected):
        raise ModelError(f"The model needs {_names(expected)} but was given {_names(inputs)}.")
    count = len(next(iter(inputs.values())))
    for name, array in inputs.items():
        if array.shape != (count, *expected[name]) or array.dtype != np.float32:
            wanted = f"{count} x {_text(expected[name])} float32"
            raise ModelError(f"Input {name!r} must be {wanted}, not {_text(array.shape)} {array.dtype}.")
    return count


def check_answer(answer: FloatArray, count: int, description: ModelDescription) -> FloatArray:
    """Return class 1 of a network's answer (N x classes x H x W), N x H x W. Raises ModelError for nonsense."""
    shape = (count, len(description.classes), description.patch, description.patch)
    if answer.shape != shape:
        raise _misfit(f"it answers {_text(answer.shape)}, not {_text(shape)}")
    glacier: FloatArray = answer[:, 1]
    if not np.isfinite(glacier).all():
        raise ModelError("The model answers values that are no numbers; its file is damaged: import the model again.")
    slack = 1e-4  # float32 softmax
    if count and not (glacier.min() >= -slack and glacier.max() <= 1 + slack):
        raise ModelError("The model answers values outside 0..1; it ends without softmax: import the model again.")
    return np.clip(glacier, 0, 1)


def _fits(shape: Shape, expected: Tuple[int, ...]) -> bool:
    """Tell whether a graph's shape is N x `expected`, where free dimensions fit anything and N is free or 1."""
    if len(shape) != len(expected) + 1 or (isinstance(shape[0], int) and shape[0] != 1):
        return False
    return all(not isinstance(size, int) or size == wanted for size, wanted in zip(shape[1:], expected))


def _misfit(what: str) -> ModelError:
    return ModelError(f"The model does not fit its own description: {what}; import the model again.")


def _names(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _text(shape: Tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)
