"""Attributes and divides from QGIS: layers and rasters are read here, the rest runs in the runtime's child process."""

from __future__ import annotations

from typing import Any, Dict

from ..inference.progress import PartOfProgress, Progress
from ..inventory.surroundings import CONFIDENCE_PIXELS, SPLINE_PIXELS, divides_margin_m
from ..scenes.ground_rasters import confidence_source, pixels_within, store_near
from ..scenes.sources import elevation_source
from .child_inventory import CONFIDENCE, DEBRIS, EARLIER, EDITS, ELEVATION, OUTLINES, REGIONS
from .inventory_request import AttributesRequest, DividesRequest, InventoryAnswer
from .outline_exchange import OutlineExchange, outline_exchange


def find_attributes(request: AttributesRequest, runtime_python: str, progress: Progress) -> InventoryAnswer:
    """Measure outlines. Raises IceMarginError subclasses; nothing is left behind then."""
    order = {
        "dem_source": request.dem_source, "pixel_m": request.pixel_m, "block_m": request.block_m,
        "regions": len(request.regions), "everything": request.everything,
    }  # fmt: skip
    regions = {f"{REGIONS}-{n}": source for n, source in enumerate(request.regions)}
    with outline_exchange(runtime_python, progress) as exchange:
        sources = {OUTLINES: request.outlines, DEBRIS: request.debris, **regions}
        exchange.put(sources, PartOfProgress(progress, 0.0, 0.1))
        layers, folder = [exchange.layer(OUTLINES)], str(exchange.folder)
        part = PartOfProgress(progress, 0.1, 0.2)
        store_near(elevation_source(request.dem), ELEVATION, layers, folder, part, SPLINE_PIXELS)
        if request.confidence:
            source, part = confidence_source(request.confidence), PartOfProgress(progress, 0.2, 0.3)
            store_near(source, CONFIDENCE, layers, folder, part, CONFIDENCE_PIXELS)
        return _answer(exchange, "attributes", order, PartOfProgress(progress, 0.3, 1.0))


def find_divides(request: DividesRequest, runtime_python: str, progress: Progress) -> InventoryAnswer:
    """Divide ice. Raises IceMarginError subclasses; nothing is left behind then."""
    order = {
        "minimum_km2": request.minimum_km2, "split_ice_caps": request.split_ice_caps,
        "id_field": request.inventory.id_field if request.inventory is not None else "",
    }  # fmt: skip
    with outline_exchange(runtime_python, progress) as exchange:
        exchange.put({OUTLINES: request.outlines, EARLIER: request.inventory}, PartOfProgress(progress, 0.0, 0.1))
        if request.dem:
            source = elevation_source(request.dem)
            around = pixels_within(source, divides_margin_m())
            part = PartOfProgress(progress, 0.1, 0.2)
            store_near(source, ELEVATION, [exchange.layer(OUTLINES)], str(exchange.folder), part, around)
        return _answer(exchange, "divides", order, PartOfProgress(progress, 0.2, 1.0))


def _answer(exchange: OutlineExchange, call: str, order: Dict[str, Any], progress: Progress) -> InventoryAnswer:
    told = exchange.ask(call, progress, order=order)
    return InventoryAnswer(exchange.layer(OUTLINES), exchange.edits(EDITS), told)
