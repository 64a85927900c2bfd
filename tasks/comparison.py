"""Comparison and change from QGIS: layers are read here, all else runs in the runtime's child process."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np

from ..inference.progress import PartOfProgress, Progress, stop_if_cancelled
from ..inference.provenance import model_facts
from ..reports.calibration_file import calibration_of
from ..reports.comparison_csv import comparison_csv
from ..reports.cropping import PIXELS
from ..reports.difference_layer import write_difference
from ..reports.imagery import Imagery
from ..reports.values import as_json
from ..reports.writing import check_place, write_text
from ..scenes.ground_rasters import store_ground
from .child_outlines import CANDIDATE, COMPARED_CANDIDATE, COMPARED_REFERENCE, DIFFERENCE, REFERENCE
from .comparison_request import ComparisonAnswer, ComparisonRequest, LayerSource, Pictured
from .outline_exchange import OutlineExchange, outline_exchange


def run_comparison(request: ComparisonRequest, runtime_python: str, progress: Progress) -> ComparisonAnswer:
    """Compare; writes `request.difference`. Raises IceMarginError subclasses; nothing is left behind then."""
    if request.difference:
        check_place(request.difference)
    order = _order(request)
    with outline_exchange(runtime_python, progress) as exchange:
        exchange.put(_layers(request), PartOfProgress(progress, 0.0, 0.15))
        if request.dem or request.confidence:
            sides = exchange.layer(CANDIDATE), exchange.layer(REFERENCE)
            part = PartOfProgress(progress, 0.15, 0.25)
            store_ground(request.dem, request.confidence, sides, str(exchange.folder), part)
        told = exchange.ask("compare", PartOfProgress(progress, 0.25, 0.95), order=order)
        if request.difference:
            write_difference(request.difference, exchange.layer(DIFFERENCE))
        return ComparisonAnswer(exchange.values(), request.difference, _pictured(exchange, told))


def write_report(
    answer: ComparisonAnswer, path: str, imagery: str, runtime_python: str, progress: Progress
) -> None:  # fmt: skip
    """Write the page of a comparison (HTML); `imagery` is a raster for its pictures, "" for plain ground.

    Raises IceMarginError subclasses, SourceError where the imagery cannot be read.
    """
    check_place(path)
    scene = Imagery(imagery) if imagery else None
    with outline_exchange(runtime_python, progress) as exchange:
        exchange.put_values(answer.values)
        (exchange.folder / COMPARED_CANDIDATE).write_bytes(answer.pictured.candidate)
        (exchange.folder / COMPARED_REFERENCE).write_bytes(answer.pictured.reference)
        reading, drawing = PartOfProgress(progress, 0.0, 0.5), PartOfProgress(progress, 0.5, 1.0)
        crops = None if scene is None else _crops(scene, answer.pictured, exchange, reading)
        drawing.report(0.0, "Drawing the page")
        exchange.ask("comparison_page", drawing, crops=crops)
        write_text(path, exchange.page())


def write_csv(values: Dict[str, Any], path: str) -> None:
    """Write one row a glacier; quick, no runtime needed. Raises OutputError."""
    write_text(path, comparison_csv(values))


def write_json(values: Dict[str, Any], path: str) -> None:
    """Write the values of a comparison or a change as JSON; quick, no runtime needed. Raises OutputError."""
    write_text(path, as_json(values))


def _order(request: ComparisonRequest) -> Dict[str, Any]:
    """Return what the child must know besides the layers (child_outlines.compare)."""
    options = {
        "candidate_id_field": request.candidate.id_field, "reference_id_field": request.reference.id_field,
        "pixel_m": request.pixel_m, "quality": request.quality,
        "model": model_facts(request.candidate.path) if request.candidate.path else {},
        "calibration": calibration_of(request.calibration) if request.calibration else None,
    }  # fmt: skip
    return {
        "options": options, "strata": request.strata, "zones": [kind for kind, _ in request.zones],
        "experts": [expert.name for expert in request.experts], "difference": bool(request.difference),
    }  # fmt: skip


def _layers(request: ComparisonRequest) -> Dict[str, Optional[LayerSource]]:
    return {
        CANDIDATE: request.candidate, REFERENCE: request.reference, "extent": request.extent, "before": request.before,
        **{f"zones-{n}": zone for n, (_, zone) in enumerate(request.zones)},
        **{f"experts-{n}": expert for n, expert in enumerate(request.experts)},
    }  # fmt: skip


def _pictured(exchange: OutlineExchange, told: Dict[str, Any]) -> Pictured:
    return Pictured(
        (exchange.folder / COMPARED_CANDIDATE).read_bytes(), (exchange.folder / COMPARED_REFERENCE).read_bytes(),
        tuple((left, bottom, right, top) for left, bottom, right, top in told["frames"]), told["crs"],
    )  # fmt: skip


def _crops(
    scene: Imagery, pictured: Pictured, exchange: OutlineExchange, progress: Progress
) -> List[Dict[str, Any]]:  # fmt: skip
    """Read what the pictures lie over into files; say which is which."""
    found: List[Dict[str, Any]] = []
    for number, bounds in enumerate(pictured.frames):
        progress.report(number / len(pictured.frames), "Reading the imagery")
        stop_if_cancelled(progress)
        colours = scene.crop(bounds, pictured.crs, PIXELS)
        name = None if colours is None else f"crop-{number}.npy"
        if name is not None and colours is not None:
            np.save(exchange.folder / name, colours)
        found.append({"bounds": bounds, "file": name})
    return found
