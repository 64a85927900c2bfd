"""What the search for a region vector does off the main thread: open the predictor, search, close it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ..inference.progress import Progress
from ..inference.request import DelineationRequest

if TYPE_CHECKING:
    from ..inference.region_search import RegionSearch

Search = Callable[[DelineationRequest, str, Progress], "RegionSearch"]


def run_search(request: DelineationRequest, runtime_python: str, progress: Progress) -> RegionSearch:
    """Search by the request's first model, in the runtime's child. Raises IceMarginError subclasses."""
    from ..inference.region_search import search_for_request, single
    from .runtime import open_predictor

    predictor = open_predictor(single(request), runtime_python, progress.is_cancelled)
    try:
        return search_for_request(request, progress, predictor)
    finally:
        predictor.close()
