"""The runtime, tried out: does its Python answer, which providers really compute, and how fast."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import Callable, Dict, Iterator, Optional

import numpy as np

from ..inference.errors import Cancelled, IceMarginError, RuntimeMissingError
from ..inference.request import DEVICES
from ..tasks.child_predictor import ChildPredictor
from ..tasks.environment import RuntimeManager, State
from ..tasks.runtime import find_runtime_python
from .report import BAD, DOUBT, OK, Finding
from .trial_model import NAME, expected_answer, trial_inputs, write_trial_model

TOLERANCE = 1e-4
"""Float32 providers agree with numpy on the trial model within 1e-6; half precision and TF32 do not."""
_CLASSIC_WORKS = "The classic method works without it."
IsCancelled = Callable[[], bool]


def runtime_findings(python: str, is_cancelled: IsCancelled) -> Iterator[Finding]:
    """Yield what the interpreter is and which providers work in it. Raises Cancelled.

    An empty `python` is no runtime at all: a doubt, since the classic method works without one.
    """
    if not python:
        advice = f"Set up the runtime to map with GlaViTU. {_CLASSIC_WORKS}"
        yield Finding("Runtime", DOUBT, "not set up", advice)
        return
    try:
        find_runtime_python(python)
    except RuntimeMissingError as error:
        yield Finding("Runtime", BAD, str(error), f"Repair the runtime or choose another. {_CLASSIC_WORKS}")
        return
    with tempfile.TemporaryDirectory(prefix="icemargin-doctor-") as folder:
        model = os.path.join(folder, "trial.onnx")
        write_trial_model(model)
        yield from _provider_findings(python, model, is_cancelled)


_JUDGED = {
    State.READY: (OK, ""),
    State.OUTDATED: (DOUBT, "Press Update where the runtime is set up."),
    State.BROKEN: (BAD, f"Press Repair where the runtime is set up. {_CLASSIC_WORKS}"),
    State.BUSY: (DOUBT, "Examine again when it is done."),
}


def managed_findings(manager: RuntimeManager) -> Iterator[Finding]:
    """Yield the state of the runtime that IceMargin set up; nothing where it set up none."""
    status = manager.describe()
    if status.state in _JUDGED:
        state, advice = _JUDGED[status.state]
        known = " ".join(part for part in (status.text, status.warning) if part)
        yield Finding("Runtime's set-up", state, f"{status.backend or 'unknown backend'}: {known}", advice)


def _provider_findings(python: str, model: str, is_cancelled: IsCancelled) -> Iterator[Finding]:
    """Yield the runtime's versions, then each device; where the CPU does not work the others are not tried."""
    trial = try_device(python, model, "cpu", is_cancelled)
    yield runtime_finding(python, trial)
    yield provider_finding("cpu", trial)
    if trial.error:
        return
    yield Finding("Speed (trial)", OK, f"{1000 * trial.seconds:.0f} ms a window of the {NAME}, CPU")
    for device in DEVICES:
        if device not in ("auto", "cpu"):
            yield provider_finding(device, try_device(python, model, device, is_cancelled))


class Trial:
    """What came of running the trial model on one device: an error, or provider, warning, time and difference."""

    def __init__(self) -> None:
        self.error = ""
        self.provider = ""
        self.warning = ""
        self.seconds = 0.0
        self.off = 0.0
        self.versions: Dict[str, str] = {}


def try_device(python: str, model: str, device: str, is_cancelled: IsCancelled) -> Trial:
    """Run the trial model on one device in a child of its own. Raises Cancelled."""
    trial, inputs = Trial(), trial_inputs()
    predictor: Optional[ChildPredictor] = None
    try:
        predictor = ChildPredictor(python, model, device, 0, is_cancelled)
        trial.versions = dict(predictor.versions)
        predictor.predict(inputs)  # the first window pays for the start
        began = time.monotonic()
        answer = predictor.predict(inputs)
        trial.seconds = time.monotonic() - began
        trial.provider, trial.warning = predictor.provider, predictor.warning
        trial.off = float(np.abs(answer - expected_answer(inputs)).max())
    except Cancelled:
        raise
    except IceMarginError as error:
        trial.error = str(error)
    finally:
        if predictor is not None:
            predictor.close()
    return trial


def runtime_finding(python: str, trial: Trial) -> Finding:
    """Return which interpreter it is and what is in it."""
    if trial.error:
        return Finding("Runtime", BAD, f"{python}: {trial.error}", f"Repair the runtime. {_CLASSIC_WORKS}")
    versions = ", ".join(f"{name} {version}" for name, version in trial.versions.items() if name != "version")
    own = ", this process's own" if os.path.realpath(python) == os.path.realpath(sys.executable) else ""
    return Finding("Runtime", OK, f"{python} ({versions}{own})")


def provider_finding(device: str, trial: Trial) -> Finding:
    """Judge one device by what really ran."""
    name = f"Provider {device.upper()}"
    if trial.error:
        return Finding(name, BAD, trial.error, "Repair the runtime; if that does not help, report this.")
    if not trial.off <= TOLERANCE:  # also where it is not a number
        fact = f"{trial.provider} answers wrongly: {trial.off:.2g} off"
        advice = "Choose another device under Advanced and update the driver: do not trust maps of this one."
        return Finding(name, BAD, fact, advice)
    if trial.warning:
        return _unused(name, device, trial.warning)
    return Finding(name, OK, f"{trial.provider} works, {trial.off:.1g} off the expected answer")


def _unused(name: str, device: str, warning: str) -> Finding:
    """A provider that is not there is fine, unless the machine has the hardware for it."""
    if device == "cuda" and has_nvidia_driver():
        return Finding(name, DOUBT, warning, "There is an NVIDIA driver: set up the runtime again and choose CUDA.")
    return Finding(name, OK, f"not on this machine: {warning}")


def has_nvidia_driver() -> bool:
    """Tell whether an NVIDIA driver is installed, without loading anything of it into this process."""
    if sys.platform == "win32":
        return os.path.exists(os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvcuda.dll"))
    return os.path.exists("/proc/driver/nvidia/version")
