"""What a mapping run does off the main thread: open the predictor, call the core, close the predictor."""

from __future__ import annotations

from typing import Callable

from ..inference.progress import Progress
from ..inference.request import DelineationRequest, DelineationResult

Work = Callable[[DelineationRequest, str, Progress], DelineationResult]


def run_delineation(request: DelineationRequest, runtime_python: str, progress: Progress) -> DelineationResult:
    """Open the predictor, map, close the predictor. Raises IceMarginError subclasses."""
    from ..inference.delineate import delineate
    from .runtime import open_predictor

    predictor = open_predictor(request, runtime_python, progress.is_cancelled)
    try:
        return delineate(request, progress, predictor)
    finally:
        predictor.close()
