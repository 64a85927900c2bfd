"""The models: which files, unchanged or not, and whether they answer as they should, how fast."""

from __future__ import annotations

import hashlib
import os
import time
from typing import Iterator, Sequence, Tuple

from ..inference.errors import Cancelled, IceMarginError, ModelError
from ..inference.golden import check_golden, golden_inputs
from ..inference.model import ModelDescription
from ..inference.onnx_metadata import read_description
from ..inference.predictors import Predictor
from ..inference.progress import Progress, stop_if_cancelled
from ..tasks.child_predictor import ChildPredictor
from .report import BAD, DOUBT, OK, Finding

MODEL = "Model"
_CHUNK = 1 << 22
_DIGITS = 16  # of a checksum: enough to tell files apart
_PATIENCE = 20.0  # s; after that models are only looked at: a doctor who takes minutes is not asked
_LONG = 5.0  # s; a window that takes longer is not timed a second time
_ADVICE = "Import the model again, or remove it."


def model_findings(paths: Sequence[str], python: str, device: str, progress: Progress) -> Iterator[Finding]:
    """Yield each model's state, and the speed of the first that works in the runtime. Raises Cancelled.

    `python` "" means that no runtime works: then only the files are looked at, as are those that are left when the
    time is up.
    """
    timed, ends = False, time.monotonic() + _PATIENCE
    for path in paths:
        stop_if_cancelled(progress)
        late = timed and time.monotonic() > ends
        name = os.path.basename(path)
        try:
            description = read_description(path)
            fact = _file_fact(path, description, progress)
            if late or not python:
                reason = "left out, to be quick" if python else "not tried without a runtime"
                yield Finding(MODEL, OK, f"{name}: {fact}; {reason}")
                continue
            state, told, seconds, provider = _try(path, description, python, device, progress)
        except Cancelled:
            raise
        except IceMarginError as error:
            yield Finding(MODEL, BAD, f"{name}: {error}", _ADVICE)
            continue
        except OSError as error:
            yield Finding(MODEL, BAD, f"{name} cannot be read ({error.strerror})", _ADVICE)
            continue
        yield Finding(MODEL, state, f"{name}: {fact}; {told}", "" if state == OK else _ADVICE)
        if not timed:
            timed = True
            yield speed_finding(description, seconds, provider)


def speed_finding(description: ModelDescription, seconds: float, provider: str) -> Finding:
    """Return how long one window takes."""
    side = f"{description.patch} x {description.patch} pixels"
    return Finding("Speed", OK, f"{seconds:.2f} s a window ({side}) of {description.name}, {provider}")


def checksum(path: str, progress: Progress) -> str:
    """Return the file's SHA-256. Raises OSError, Cancelled."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            stop_if_cancelled(progress)
            digest.update(chunk)
    return digest.hexdigest()


def _file_fact(path: str, description: ModelDescription, progress: Progress) -> str:
    size = os.path.getsize(path) / 2**20
    return f"{description.name}, {size:.1f} MiB, SHA-256 {checksum(path, progress)[:_DIGITS]}"


def _try(
    path: str, description: ModelDescription, python: str, device: str, progress: Progress
) -> Tuple[str, str, float, str]:
    """Run the golden patch in the child; return state, text, seconds per window and provider."""
    predictor = ChildPredictor(python, path, device, 0, progress.is_cancelled)
    try:
        inputs, began = golden_inputs(description), time.monotonic()
        state, told = _golden_state(predictor, description)
        seconds = time.monotonic() - began
        if seconds < _LONG:  # once more: the first window pays for the start
            began = time.monotonic()
            predictor.predict(inputs)
            seconds = time.monotonic() - began
        return state, told, seconds, predictor.provider
    finally:
        predictor.close()


def _golden_state(predictor: Predictor, description: ModelDescription) -> Tuple[str, str]:
    if description.golden is None:
        predictor.predict(golden_inputs(description))
        return DOUBT, "runs, but has no golden patch to check its answers by"
    try:
        check_golden(predictor)
    except ModelError as error:
        return BAD, str(error)
    return OK, "answers its golden patch"
