"""Does a model answer its golden patch here? In this process; tasks/model_jobs.py asks the runtime's child the same."""

from __future__ import annotations

from typing import Callable

from ..inference.errors import RuntimeMissingError
from ..inference.golden import check_golden
from ..inference.onnx_metadata import read_description
from ..inference.onnx_predictor import OnnxPredictor
from ..inference.onnx_session import load_onnxruntime
from ..inference.progress import Progress

Verify = Callable[[str, Progress], str]
"""Checks the model file at a path. Returns what it passed with ("" where it cannot be checked); raises ModelError."""


def check_model(path: str, device: str = "auto", is_cancelled: Callable[[], bool] = lambda: False) -> str:
    """Open the model and run its golden patch; return what it passed with, "" for a model that has no golden patch.

    Raises ModelError if it does not open or its answer is off; RuntimeMissingError, RuntimeCrashError, Cancelled.
    """
    has_golden = read_description(path).golden is not None
    predictor = OnnxPredictor(path, device, is_cancelled=is_cancelled)
    try:
        if has_golden:
            check_golden(predictor)
        return f"onnxruntime {load_onnxruntime().__version__}, {predictor.provider}" if has_golden else ""
    finally:
        predictor.close()


def verify_here(path: str, progress: Progress) -> str:
    """Check in this process (Verify). Raises RuntimeMissingError where onnxruntime is not there."""
    return check_model(path, is_cancelled=progress.is_cancelled)


def if_possible(verify: Verify) -> Verify:
    """Return a check that lets a model pass unchecked where there is no runtime to check it with."""

    def checked(path: str, progress: Progress) -> str:
        try:
            return verify(path, progress)
        except RuntimeMissingError:
            return ""

    return checked
