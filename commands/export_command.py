"""`icemargin export`: outlines as the inventories want them: RGI 7-style, a hand-in for GLIMS, GeoJSON."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import Any, Dict, List, Tuple

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_export import write_export
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..inference.vector_table import ExportTables
from ..inventory.export_order import ENDINGS, TOLD, ExportOrder
from ..inventory.hand_in import FORM
from ..reports.hand_in_files import read_hand_in
from .change_layers import file_and_layer
from .check_command import FAULTY, SOUND
from .check_summary import fault_lines
from .needs_inventory import require_inventory
from .running import in_background

TOLD_HELP = {
    "src_date": "date of the images, like 2020-08-15", "src_id": "id of the image", "sensor": "instrument",
    "analyst": "who drew the outlines", "method": "how they were drawn",
}  # fmt: skip


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("export", help="write outlines for RGI, GLIMS or as GeoJSON", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines whose "
                        "field status is rejected are left out")  # fmt: skip
    parser.add_argument("--format", required=True, choices=tuple(ENDINGS), help="what is written")
    parser.add_argument("--out", required=True, metavar="PATH", help="rgi7: a .gpkg or .shp; glims: a new folder; "
                        "geojson: a .geojson")  # fmt: skip
    parser.add_argument("--id-field", default="", help="default: im_id, rgi_id, RGIId, glims_id ...")
    told = parser.add_argument_group("where the layer does not tell it")
    for name, text in TOLD_HELP.items():
        told.add_argument(f"--{name.replace('_', '-')}", default="", metavar="TEXT", help=text)
    group = parser.add_argument_group("for GLIMS")
    group.add_argument("--lines", nargs="+", default=[], metavar="TYPE=FILE", help="optional features: debris_cov, "
                       "supra_lake, pro_lake (polygons), snow_line, centerline")  # fmt: skip
    group.add_argument("--local-uncertainty", nargs="+", type=float, default=[], metavar="M", help="of vertices within "
                       "the image, metres: one number, or x and y")  # fmt: skip
    group.add_argument("--global-uncertainty", nargs="+", type=float, default=[], metavar="M", help="of the image's "
                       "georeference, metres: one number, or x and y")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Export; print what was written, and on stderr what is missing or wrong; 1 where the check finds faults."""
    require_inventory()
    from ..reports.export_place import check_export_place

    order = _order(arguments)
    check_export_place(order.form, arguments.out, file_and_layer(arguments.outlines)[0])
    lines = _line_layers(arguments.lines)
    found, faults = in_background(lambda progress: _exported(arguments, order, lines, progress))
    for note in found.notes:
        print(f"Mind: {note}", file=sys.stderr)
    if faults:
        print("\n".join(["Mind: the export has faults:", *fault_lines(faults)]), file=sys.stderr)
    print(f"{found.count:,} outlines, {found.area_km2:.3f} km2: {arguments.out}")
    return FAULTY if faults else SOUND


def _order(arguments: argparse.Namespace) -> ExportOrder:
    """Return what is asked for. Raises InputError."""
    if arguments.format != FORM and (arguments.lines or arguments.local_uncertainty or arguments.global_uncertainty):
        raise InputError(f"--lines and uncertainties are for a hand-in; leave them out, or give --format {FORM}.")
    fill = {name: getattr(arguments, name) for name in TOLD if getattr(arguments, name)}
    local, world = (_pair(getattr(arguments, name), name) for name in ("local_uncertainty", "global_uncertainty"))
    return ExportOrder(arguments.format, arguments.id_field, fill, local, world)


def _exported(
    arguments: argparse.Namespace, order: ExportOrder, lines: Dict[str, VectorLayer], progress: Progress
) -> Tuple[ExportTables, List[Dict[str, Any]]]:
    """Export, read it back, and return what was exported and the faults of what stands in the file."""
    from .. import __version__
    from ..inventory.checked_layer import look, told
    from ..inventory.export_tables import export_tables
    from ..inventory.hand_in_check import look_at_hand_in
    from ..inventory.topology_faults import CheckSettings

    progress.report(0.0, "Reading")
    layer = read_vectors(*file_and_layer(arguments.outlines))
    found = export_tables(layer, order, lines, f"IceMargin {__version__}", date.today().isoformat())
    written = write_export(found, order.form, arguments.out)
    part = PartOfProgress(progress, 0.5, 1.0)
    if order.form == FORM:
        looked = look_at_hand_in(*read_hand_in(arguments.out), "", CheckSettings(), part)
    else:
        looked = look(read_vectors(written), "", order.form, CheckSettings(), part)
    return found, told(looked, looked.faults)


def _pair(values: List[float], name: str) -> Any:
    if len(values) > 2:
        raise InputError(f"--{name.replace('_', '-')} is one number of metres, or two.")
    return (values[0], values[-1]) if values else (None, None)


def _line_layers(texts: List[str]) -> Dict[str, VectorLayer]:
    """Return the layers of --lines by their type. Raises InputError."""
    found = {}
    for text in texts:
        kind, equals, path = text.partition("=")
        if not (kind and equals and path) or kind in found:
            raise InputError(f"--lines {text} is not like centerline=FILE, each type once.")
        found[kind] = read_vectors(*file_and_layer(path))
    return found
