"""`icemargin change`: how glaciers changed between two or more dates; printed, as JSON, CSV, a page."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Dict, List, Tuple

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from .change_layers import centrelines_of, file_and_layer, given_days, given_pixels, told_day
from .change_summary import change_lines
from .compared_layers import cleaned, read_side, source_of
from .needs_inventory import require_inventory
from .needs_reports import require_reports
from .running import in_background

PRINTED = "-"
ORDER = "The layers were not in order of date; they were sorted: {}."


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("change", help="how glaciers changed between dates", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("layers", nargs="+", metavar="LAYER", help="outlines of two or more dates: vector files, or "
                        "FILE|layername=NAME; the earliest one's outlines are the glaciers")  # fmt: skip
    parser.add_argument("--dates", nargs="+", default=[], metavar="DATE", help="the day that each layer shows, like "
                        "2010-08-20; default: from the field src_date")  # fmt: skip
    parser.add_argument("--pixel", nargs="+", type=float, default=[10.0], metavar="M", help="pixel of the imagery in "
                        "metres (10 by default), one or one for each layer: margins are known to half of it, under "
                        "debris to all of it")  # fmt: skip
    parser.add_argument("--debris", default="", metavar="FILE", help="polygons of debris on ice")
    parser.add_argument("--centrelines", default="", metavar="FILE", help="lines from the head of a glacier to beyond "
                        "its terminus, for its retreat; a field id names the glacier")  # fmt: skip
    parser.add_argument("--extent", default="", metavar="FILE", help="polygons; only what lies in them is measured")
    parser.add_argument("--id-field", default="", help="of the earliest layer; default: im_id, rgi_id, glims_id ...")
    parser.add_argument("--report", metavar="FILE.html", help="write one page with tables and a chart")
    parser.add_argument("--json", metavar="FILE", help="write all numbers; - prints them")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each glacier and period")


@dataclass(frozen=True)
class _Dated:
    """A layer as it was read; `text` is how it was named."""

    text: str
    layer: VectorLayer
    ids: Tuple[str, ...]
    day: date
    pixel_m: float


def run(arguments: argparse.Namespace) -> int:
    """Measure the change; print the headline and the doubts."""
    require_inventory()
    if len(arguments.layers) < 2:
        raise InputError("A change needs the outlines of two dates or more; give two layers, the earlier one first.")
    from ..reports.values import as_json
    from ..reports.writing import check_place, write_text

    if arguments.report:
        require_reports()
    for path in (arguments.report, arguments.json, arguments.csv):
        if path and path != PRINTED:
            check_place(path)
    values = in_background(lambda progress: _values(arguments, progress))
    text = as_json(values)
    if arguments.csv:
        from ..reports.change_csv import change_csv

        write_text(arguments.csv, change_csv(values))
    if arguments.json and arguments.json != PRINTED:
        write_text(arguments.json, text)
    if arguments.report:
        from ..reports.change_report import change_page

        write_text(arguments.report, change_page(values))
    print(text.rstrip() if arguments.json == PRINTED else "\n".join(change_lines(values)))
    return 0


def _values(arguments: argparse.Namespace, progress: Progress) -> Dict[str, Any]:
    from .. import __version__
    from ..inventory.change import DatedOutlines, measure_change
    from ..inventory.clipping import Extent
    from ..inventory.outlines import common_crs

    series, doubts = _read(arguments)
    plane = common_crs(*((one.layer.wkb, one.layer.crs) for one in series))
    layers = [DatedOutlines(cleaned(one.layer, one.ids, plane), one.day, one.pixel_m) for one in series]
    debris = Extent.of(_ground(arguments.debris, plane)).area if arguments.debris else None
    extent = Extent.of(_ground(arguments.extent, plane)) if arguments.extent else None
    lines = centrelines_of(arguments.centrelines, plane) if arguments.centrelines else None
    found = measure_change(layers, debris, extent, lines, PartOfProgress(progress, 0.1, 1.0))
    sources = tuple(source_of(one.layer, layer.outlines) for one, layer in zip(series, layers))
    found = replace(found, sources=sources, warnings=(*doubts, *found.warnings))
    return {"icemargin": __version__, **found.to_json()}


def _read(arguments: argparse.Namespace) -> Tuple[List[_Dated], List[str]]:
    """Return the layers in order of date, and doubts; the earliest with its ids."""
    count = len(arguments.layers)
    pixels = given_pixels(arguments.pixel, count)
    doubts: List[str] = []
    found: List[_Dated] = []
    for text, given, pixel in zip(arguments.layers, given_days(arguments.dates, count), pixels):
        layer, ids = read_side(*file_and_layer(text), "")
        day, more = (given, []) if given else told_day(layer)
        doubts += more
        found.append(_Dated(text, layer, ids, day, pixel))
    series = sorted(found, key=lambda one: one.day)
    if series != found:
        doubts.insert(0, ORDER.format(", ".join(str(one.day) for one in series)))
    if arguments.id_field:
        layer, ids = read_side(*file_and_layer(series[0].text), arguments.id_field)
        series[0] = replace(series[0], layer=layer, ids=ids)
    return [series[0], *map(_named, series[1:])], doubts


def _named(one: _Dated) -> _Dated:
    """Name outlines that have no id, which is no fault: of later dates only new ice is told by id."""
    return replace(one, ids=tuple(name or f"outline {place + 1}" for place, name in enumerate(one.ids)))


def _ground(text: str, plane: str) -> Any:
    layer = read_vectors(*file_and_layer(text))
    return cleaned(layer, [""] * len(layer.wkb), plane)
