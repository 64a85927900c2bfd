"""`icemargin export`: outlines as the inventories want them: RGI 7-style, a hand-in for GLIMS, GeoJSON."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_export import write_geojson, write_geopackage, write_hand_in, write_shapefile
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from .change_layers import file_and_layer
from .check_summary import fault_lines
from .needs_inventory import require_inventory
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.export import Exported

ENDINGS = {"rgi7": (".gpkg", ".shp"), "glims": ("",), "geojson": (".geojson", ".json")}


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("export", help="write outlines for RGI, GLIMS or as GeoJSON", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines whose "
                        "field status is rejected are left out")  # fmt: skip
    parser.add_argument("--format", required=True, choices=tuple(ENDINGS), help="what is written")
    parser.add_argument("--out", required=True, metavar="PATH", help="rgi7: a .gpkg or .shp; glims: a new folder; "
                        "geojson: a .geojson")  # fmt: skip
    parser.add_argument("--id-field", default="", help="default: im_id, rgi_id, RGIId, glims_id ...")
    group = parser.add_argument_group("for GLIMS")
    group.add_argument("--lines", nargs="+", default=[], metavar="TYPE=FILE", help="optional features: debris_cov, "
                       "supra_lake, pro_lake (polygons), snow_line, centerline")  # fmt: skip
    group.add_argument("--analyst", default="", help="where the layer tells none")
    group.add_argument("--method", default="", help="where the layer tells none")
    group.add_argument("--local-uncertainty", nargs="+", type=float, default=[], metavar="M", help="of vertices within "
                       "the image, metres: one number, or x and y")  # fmt: skip
    group.add_argument("--global-uncertainty", nargs="+", type=float, default=[], metavar="M", help="of the image's "
                       "georeference, metres: one number, or x and y")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Export; print what was written, and on stderr what is missing or wrong in it."""
    require_inventory()
    from ..reports.writing import check_place

    if Path(arguments.out).suffix.lower() not in ENDINGS[arguments.format]:
        wanted = " or ".join(ENDINGS[arguments.format]) or "a new folder"
        raise InputError(f"--out {arguments.out} does not fit --format {arguments.format}; give {wanted}.")
    if arguments.format != "glims":
        check_place(arguments.out)
    lines = _line_layers(arguments.lines)
    found, faults = in_background(lambda progress: _exported(arguments, lines, progress))
    for note in found.notes:
        print(f"Mind: {note}", file=sys.stderr)
    if faults:
        print("\n".join(["Mind: the export has faults:", *fault_lines(faults)]), file=sys.stderr)
    total = sum(row["area_km2"] for row in found.rows)
    print(f"{len(found.ids):,} outlines, {total:.3f} km2: {arguments.out}")
    return 0


def _exported(
    arguments: argparse.Namespace, lines: Dict[str, VectorLayer], progress: Progress
) -> Tuple[Exported, List[Dict[str, Any]]]:
    """Export, read it back, and return what was exported and the faults of what stands in the file."""
    from ..inventory.checked_layer import indexed, look, told
    from ..inventory.export import exported
    from ..inventory.topology_faults import CheckSettings

    progress.report(0.0, "Reading")
    source = indexed(read_vectors(*file_and_layer(arguments.outlines)), arguments.id_field)
    found = exported(source.index, source.layer.fields, source.rows)
    written = _write(arguments, found, lines)
    part = PartOfProgress(progress, 0.5, 1.0)
    looked = look(read_vectors(written), "", arguments.format, CheckSettings(), part)
    return found, told(looked, looked.faults)


def _write(arguments: argparse.Namespace, found: Exported, lines: Dict[str, VectorLayer]) -> str:
    """Write the export; return the file that holds the outlines."""
    from ..inventory.export import geojson_table, rgi_table

    if arguments.format == "glims":
        _write_hand_in(arguments, found, lines)
        return str(Path(arguments.out) / "outlines.shp")
    if arguments.format == "geojson":
        write_geojson(geojson_table(found), arguments.out)
    elif arguments.out.lower().endswith(".shp"):
        write_shapefile(rgi_table(found), arguments.out)
    else:
        write_geopackage(rgi_table(found), arguments.out)
    return str(arguments.out)


def _write_hand_in(arguments: argparse.Namespace, found: Exported, lines: Dict[str, VectorLayer]) -> None:
    from .. import __version__
    from ..inventory.export_glims import HandIn, glims_tables

    local, world = (_pair(getattr(arguments, name), name) for name in ("local_uncertainty", "global_uncertainty"))
    hand_in = HandIn(arguments.analyst, arguments.method, local, world)
    tables = glims_tables(found, hand_in, lines, f"IceMargin {__version__}", date.today().isoformat())
    write_hand_in(tables.layers, tables.tables, arguments.out)


def _pair(values: List[float], name: str) -> Any:
    if len(values) > 2 or any(value < 0 for value in values):
        raise InputError(f"--{name.replace('_', '-')} is one number of metres, or two, not below 0.")
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
