"""An export from QGIS: read here, made and checked in the runtime's child, written here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Dict, Mapping, Tuple

from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import PartOfProgress, Progress, stop_if_cancelled
from ..inference.vector_export import write_export
from ..inference.vector_reading import read_vectors
from ..inventory.export_order import ExportOrder
from ..inventory.hand_in import FORM, Beside
from ..reports.export_place import check_export_place
from ..reports.hand_in_files import read_hand_in
from .child_export import FAULTS, SOURCE, TABLES, WRITTEN, beside_file, lines_file
from .comparison_request import LayerSource
from .export_files import read_export_file
from .layer_files import write_layer
from .outline_exchange import OutlineExchange, outline_exchange


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """An export: the outlines, what is wanted of them, where it goes, and layers of lines by their type."""

    outlines: LayerSource
    order: ExportOrder
    target: str
    lines: Mapping[str, LayerSource] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ExportAnswer:
    """What was written.

    Attributes:
        path: the file of the outlines.
        count, area_km2: of the outlines in it.
        notes: what was left out or is missing, in words.
        faults: of the file (checked_layer.told).
        unchecked: why the file was not checked, "" where it was.
    """

    path: str
    count: int
    area_km2: float
    notes: Tuple[str, ...]
    faults: Tuple[Dict[str, Any], ...] = ()
    unchecked: str = ""


def run_export(request: ExportRequest, runtime_python: str, progress: Progress) -> ExportAnswer:
    """Export. Raises IceMarginError subclasses; then nothing is written, and what stood there is as it was.

    Once the file is there, nothing takes it away again: if the check fails or is cancelled, the answer says so.
    """
    check_export_place(request.order.form, request.target, request.outlines.path)
    with outline_exchange(runtime_python, progress) as exchange:
        lines = {lines_file(kind): source for kind, source in request.lines.items()}
        exchange.put({SOURCE: request.outlines, **lines}, PartOfProgress(progress, 0.0, 0.2))
        making = PartOfProgress(progress, 0.2, 0.5)
        making.report(0.0, "Making the export")
        day = date.today().isoformat()
        exchange.ask("export", making, order=asdict(request.order), lines=list(request.lines), day=day)
        made = read_export_file(exchange.folder / TABLES)
        stop_if_cancelled(progress)
        progress.report(0.5, "Writing")
        path = write_export(made, request.order.form, request.target)
        faults, unchecked = _checked(exchange, request, path, PartOfProgress(progress, 0.6, 1.0))
    return ExportAnswer(path, made.count, made.area_km2, made.notes, faults, unchecked)


def _checked(
    exchange: OutlineExchange, request: ExportRequest, path: str, progress: Progress
) -> Tuple[Tuple[Dict[str, Any], ...], str]:
    """Return the faults of what was written, and why it could not be checked."""
    try:
        progress.report(0.0, "Reading it back")
        form, beside = request.order.form, Beside({}, {})
        if form == FORM:
            written, beside = read_hand_in(request.target)
        else:
            written = read_vectors(path)
        layers = {beside_file(name): layer for name, layer in beside.layers.items()}
        for name, layer in {WRITTEN: written, **layers}.items():
            write_layer(exchange.folder / name, layer)
        stop_if_cancelled(progress)
        exchange.ask("check_export", progress, form=form, layers=list(beside.layers), tables=beside.tables)
    except Cancelled:
        return (), "cancelled"
    except IceMarginError as error:
        return (), str(error)
    return tuple(exchange.values()[FAULTS]), ""
