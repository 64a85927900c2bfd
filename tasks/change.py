"""Change between dates from QGIS: layers are read here, all else runs in the runtime's child process."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ..inference.progress import PartOfProgress, Progress
from ..reports.change_csv import change_csv
from ..reports.writing import check_place, write_text
from .comparison_request import ChangeRequest, LayerSource
from .outline_exchange import outline_exchange


def run_change(request: ChangeRequest, runtime_python: str, progress: Progress) -> Dict[str, Any]:
    """Return the JSON of `icemargin change --json`. Raises IceMarginError subclasses; nothing is left behind then."""
    days = [{"day": one.day and one.day.isoformat(), "pixel_m": one.pixel_m} for one in request.layers]
    layers: Dict[str, Optional[LayerSource]] = {f"layer-{n}": one.source for n, one in enumerate(request.layers)}
    grounds = {"debris": request.debris, "centrelines": request.centrelines, "extent": request.extent}
    with outline_exchange(runtime_python, progress) as exchange:
        exchange.put({**layers, **grounds}, PartOfProgress(progress, 0.0, 0.15))
        part = PartOfProgress(progress, 0.15, 1.0)
        exchange.ask("change", part, order={"layers": days, "id_field": request.id_field})
        return exchange.values()


def write_change_report(values: Dict[str, Any], path: str, runtime_python: str, progress: Progress) -> None:
    """Write the page of a change (HTML). Raises IceMarginError subclasses."""
    check_place(path)
    with outline_exchange(runtime_python, progress) as exchange:
        exchange.put_values(values)
        progress.report(0.1, "Drawing the page")
        exchange.ask("change_page", progress)
        write_text(path, exchange.page())


def write_change_csv(values: Dict[str, Any], path: str) -> None:
    """Write one row a glacier and period; quick, no runtime needed. Raises OutputError."""
    write_text(path, change_csv(values))
