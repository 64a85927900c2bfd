"""`icemargin change`: how glaciers changed between two or more dates; printed, as JSON, CSV, a page."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..inference.errors import InputError
from ..inference.vector_reading import read_vectors
from .change_layers import file_and_layer, given_days, given_pixels
from .change_summary import change_lines
from .needs_inventory import require_inventory
from .needs_reports import require_reports
from .places import PRINTED, check_places
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.change_values import ChangeInputs


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


def run(arguments: argparse.Namespace) -> int:
    """Measure the change; print the headline and the doubts."""
    require_inventory()
    if len(arguments.layers) < 2:
        raise InputError("A change needs the outlines of two dates or more; give two layers, the earlier one first.")
    from ..inventory.change_values import change_values
    from ..reports.values import as_json
    from ..reports.writing import write_text

    if arguments.report:
        require_reports()
    check_places(arguments, "report", "json", "csv")
    values = in_background(lambda progress: change_values(_inputs(arguments), progress))
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


def _inputs(arguments: argparse.Namespace) -> ChangeInputs:
    """Read all files. Raises InputError subclasses."""
    from ..inventory.change_values import ChangeInputs, DatedLayer

    count = len(arguments.layers)
    days, pixels = given_days(arguments.dates, count), given_pixels(arguments.pixel, count)
    dated = [
        DatedLayer(read_vectors(*file_and_layer(text)), day, pixel)
        for text, day, pixel in zip(arguments.layers, days, pixels)
    ]
    grounds = (
        read_vectors(*file_and_layer(text)) if text else None
        for text in (arguments.debris, arguments.centrelines, arguments.extent)
    )
    return ChangeInputs(tuple(dated), arguments.id_field, *grounds)
