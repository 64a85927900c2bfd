"""`icemargin check`: is a layer of outlines sound? Faults with their places, and repairs that have a single meaning."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

from ..inference.errors import InputError, OutlinesError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_editing import LayerEdits, write_edited
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from .change_layers import LAYER_MARK, file_and_layer
from .check_summary import check_lines
from .needs_inventory import require_inventory
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.topology_faults import CheckSettings, LayerFault
    from ..inventory.topology_index import LayerIndex

SOUND, FAULTY = 0, 1
STATUS, REJECTED = "status", "rejected"
FORMATS = ("rgi7", "glims", "geojson")


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("check", help="look for faults in outlines, and repair them", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines whose "
                        "field status is rejected are not looked at")  # fmt: skip
    parser.add_argument("--repair", action="store_true", help="repair what has a single meaning; no ice and no id is "
                        "lost; needs --out")  # fmt: skip
    parser.add_argument("--split", action="store_true", help="with --repair: outlines of several parts become several "
                        "outlines; the largest part keeps the id")  # fmt: skip
    parser.add_argument("--out", default="", metavar="FILE.gpkg", help="the repaired copy of OUTLINES")
    parser.add_argument("--format", default="", choices=FORMATS, help="also look whether OUTLINES, an export, is as "
                        "this format wants it")  # fmt: skip
    parser.add_argument("--sliver", type=float, default=1.0, metavar="M", help="gaps and overlaps narrower than this "
                        "are drawing inaccuracy (%(default)s m)")  # fmt: skip
    parser.add_argument("--minimum-area", type=float, default=0.01, metavar="KM2", help="smaller outlines are told "
                        "(%(default)s)")  # fmt: skip
    parser.add_argument("--id-field", default="", help="default: im_id, rgi_id, RGIId, glims_id ...")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all faults")


@dataclass(frozen=True, eq=False)
class _Looked:
    """A layer, the places of its features that were looked at, the field of their ids, and the faults."""

    layer: VectorLayer
    kept: Tuple[int, ...]
    index: LayerIndex
    id_field: str
    faults: Tuple[LayerFault, ...]


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 where nothing is wrong (any more), 1 where something is."""
    require_inventory()
    from ..inventory.topology_faults import CheckSettings
    from ..reports.writing import check_place

    if arguments.repair != bool(arguments.out):
        raise InputError("--repair leaves OUTLINES as they are and writes a repaired copy; give --repair and --out.")
    if arguments.split and not arguments.repair:
        raise InputError("--split is a repair; give --repair and --out too.")
    if arguments.out:
        check_place(arguments.out)
    settings = CheckSettings(arguments.minimum_area, arguments.sliver)
    values = in_background(lambda progress: _values(arguments, settings, progress))
    print(json.dumps(values) if arguments.json else "\n".join(check_lines(values, arguments.out)))
    return FAULTY if values["left"] else SOUND


def _values(arguments: argparse.Namespace, settings: CheckSettings, progress: Progress) -> Dict[str, Any]:
    from .. import __version__

    before = _looked_at(arguments, arguments.outlines, settings, PartOfProgress(progress, 0.0, 0.5))
    repaired: List[Dict[str, Any]] = []
    after = before
    if arguments.repair:
        repaired = _told(before, _repaired(arguments, before, settings, PartOfProgress(progress, 0.5, 0.6)))
        written = f"{arguments.out}{LAYER_MARK}{before.layer.name}"
        after = _looked_at(arguments, written, settings, PartOfProgress(progress, 0.6, 1.0))
    return {
        "icemargin": __version__, "file": arguments.outlines, "layer": before.layer.name,
        "outlines": len(before.kept), "faults": _told(before, before.faults), "repaired": repaired,
        "left": _told(after, after.faults),
    }  # fmt: skip


def _looked_at(arguments: argparse.Namespace, text: str, settings: CheckSettings, progress: Progress) -> _Looked:
    """Read a layer and check it. Raises OutlinesError."""
    from ..inventory.id_fields import id_field_of
    from ..inventory.topology import check_layer
    from ..inventory.topology_faults import in_order
    from ..inventory.topology_index import LayerIndex

    layer = read_vectors(*file_and_layer(text))
    field = arguments.id_field or id_field_of(layer.fields)
    if field and field not in layer.fields:
        raise OutlinesError(f"{layer.path} has no field {field}; it has {', '.join(layer.fields) or 'none'}.")
    status = layer.texts(STATUS)
    kept = tuple(place for place in range(len(layer.wkb)) if status[place].lower() != REJECTED)
    ids = layer.texts(field) if field else ("",) * len(layer.wkb)
    index = LayerIndex.from_wkb([layer.wkb[n] for n in kept], [ids[n] for n in kept], layer.crs)
    rows = [layer.rows[n] for n in kept]
    faults = check_layer(index, layer.fields, rows, field, settings, progress)
    if arguments.format:
        from ..inventory.export_check import format_faults

        faults = in_order([*faults, *format_faults(arguments.format, index, layer.fields, rows)])
    return _Looked(layer, kept, index, field, faults)


def _repaired(
    arguments: argparse.Namespace, looked: _Looked, settings: CheckSettings, progress: Progress
) -> Tuple[LayerFault, ...]:
    """Repair the index and write the repaired copy; return what was repaired."""
    from ..inventory.topology_repair import repair_layer

    index, before = looked.index, list(looked.index.raw)
    done = repair_layer(index, looked.faults, settings, arguments.split, looked.id_field, progress)
    write_edited(looked.layer, _edits(looked, before), arguments.out)
    return done


def _edits(looked: _Looked, before: List[Any]) -> LayerEdits:
    """Return what the repairs did to the features; `before` are the geometries as they were."""
    import shapely

    from ..inventory.rgi_fields import OFFICIAL

    index, kept, count = looked.index, looked.kept, len(before)
    ids = looked.layer.texts(looked.id_field) if looked.id_field else ("",) * len(looked.layer.wkb)
    # A new outline has none of the ids that inventories gave to the one that it was part of.
    bare = {name: None for name in (*OFFICIAL, looked.id_field) if name in looked.layer.fields}
    added = []
    for place in range(count, len(index)):
        named = {looked.id_field: index.ids[place]} if index.ids[place] else {}
        added.append((kept[index.origin[place]], bytes(shapely.to_wkb(index.raw[place])), {**bare, **named}))
    return LayerEdits(
        {kept[n]: shapely.to_wkb(index.raw[n]) for n in range(count) if index.raw[n] is not before[n]},
        {kept[n]: {looked.id_field: index.ids[n]} for n in range(count) if index.ids[n] != ids[kept[n]]},
        {kept[n] for n in index.gone}, tuple(added),
    )  # fmt: skip


def _told(looked: _Looked, faults: Sequence[LayerFault]) -> List[Dict[str, Any]]:
    """Return faults as plain values, with their positions in degrees and the numbers of their features."""
    found = [fault.to_json() for fault in faults]
    for fault in found:
        fault["places"] = [looked.kept[n] if n < len(looked.kept) else None for n in fault["places"]]
    if not looked.index.crs_fault:
        _add_positions(found, looked.layer.crs)
    return found


def _add_positions(faults: List[Dict[str, Any]], crs: str) -> None:
    import numpy as np

    from ..inventory.projection import lonlat

    boxed = [fault for fault in faults if fault["box"]]
    if boxed:
        box = np.array([fault["box"] for fault in boxed])
        for fault, (lon, lat) in zip(boxed, lonlat((box[:, :2] + box[:, 2:]) / 2, crs)):
            fault["lon"], fault["lat"] = round(float(lon), 6), round(float(lat), 6)
