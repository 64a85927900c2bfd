"""Does a model answer its golden patch here? In this process; tasks/model_jobs.py asks the runtime's child the same."""

from __future__ import annotations

from typing import Callable

from ..inference.errors import ModelError, RuntimeCrashError, RuntimeMissingError
from ..inference.golden import check_golden
from ..inference.onnx_metadata import read_description
from ..inference.onnx_predictor import OnnxPredictor
from ..inference.onnx_session import CPU, load_onnxruntime
from ..inference.progress import Progress

Verify = Callable[[str, Progress], str]
"""Checks the model file at a path. Returns what it passed with ("" where it cannot be checked); raises ModelError."""


def check_model(path: str, device: str = "auto", is_cancelled: Callable[[], bool] = lambda: False) -> str:
    """Open the model and run its golden patch; return what it passed with, "" for a model that has no golden patch.

    Raises ModelError if it does not open or its answer is off; RuntimeMissingError, Cancelled, and RuntimeCrashError
    too where only the graphics card answers wrongly, which is not the model's fault.
    """
    has_golden = read_description(path).golden is not None
    predictor = OnnxPredictor(path, device, is_cancelled=is_cancelled)
    try:
        if has_golden:
            check_golden(predictor)
        return f"onnxruntime {load_onnxruntime().__version__}, {predictor.provider}" if has_golden else ""
    except ModelError as error:
        if predictor.provider == CPU:
            raise
        check_model(path, "cpu", is_cancelled)
        raise RuntimeCrashError(
            f"The model is sound, but {predictor.provider} computes wrongly with it here; choose the processor as "
            "device under Advanced, or repair the runtime."
        ) from error
    finally:
        predictor.close()


def verify_here(path: str, progress: Progress) -> str:
    """Check in this process (Verify). Raises RuntimeMissingError where onnxruntime is not there."""
    return check_model(path, is_cancelled=progress.is_cancelled)


def verify_on_cpu(path: str, progress: Progress) -> str:
    """Check in this process on the CPU (Verify): at an import the model is in question, not the graphics card."""
    return check_model(path, "cpu", progress.is_cancelled)


def if_possible(verify: Verify) -> Verify:
    """Return a check that lets a model pass unchecked where there is no runtime to check it with."""

    def checked(path: str, progress: Progress) -> str:
        try:
            return verify(path, progress)
        except RuntimeMissingError:
            return ""

    return checked
