"""Comparison and change from QGIS: layers are read here, all else runs in the runtime's child process."""

from __future__ import annotations

from typing import Any, Dict

from ..inference.progress import Progress
from .comparison_request import ChangeRequest, ComparisonAnswer, ComparisonRequest


def run_comparison(request: ComparisonRequest, runtime_python: str, progress: Progress) -> ComparisonAnswer:
    """Compare; writes `request.difference`. Raises IceMarginError subclasses."""
    raise NotImplementedError


def write_report(
    answer: ComparisonAnswer, path: str, imagery: str, runtime_python: str, progress: Progress
) -> None:  # fmt: skip
    """Write the page of a comparison (HTML); `imagery` is a raster for its pictures, "" for plain ground."""
    raise NotImplementedError


def write_csv(values: Dict[str, Any], path: str) -> None:
    """Write one row a glacier; quick, no runtime needed. Raises OutputError."""
    raise NotImplementedError


def write_json(values: Dict[str, Any], path: str) -> None:
    """Write the values of a comparison or a change as JSON; quick, no runtime needed. Raises OutputError."""
    raise NotImplementedError


def run_change(request: ChangeRequest, runtime_python: str, progress: Progress) -> Dict[str, Any]:
    """Return the JSON of `icemargin change --json`. Raises IceMarginError subclasses."""
    raise NotImplementedError


def write_change_report(values: Dict[str, Any], path: str, runtime_python: str, progress: Progress) -> None:
    """Write the page of a change (HTML)."""
    raise NotImplementedError


def write_change_csv(values: Dict[str, Any], path: str) -> None:
    """Write one row a glacier and period; quick, no runtime needed. Raises OutputError."""
    raise NotImplementedError
