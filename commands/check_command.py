"""`icemargin check`: is a layer of outlines sound? Faults with their places, and repairs that have a single meaning."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_editing import write_edited
from ..inference.vector_reading import read_vectors
from ..inventory.export_order import ENDINGS
from ..inventory.hand_in import FORM
from ..reports.hand_in_files import read_hand_in
from .change_layers import LAYER_MARK, file_and_layer
from .check_summary import check_lines
from .needs_inventory import require_inventory
from .places import check_places
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.checked_layer import Looked
    from ..inventory.topology_faults import CheckSettings, LayerFault

SOUND, FAULTY = 0, 1


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("check", help="look for faults in outlines, and repair them", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines whose "
                        "field status is rejected are not looked at; with --format glims also a hand-in's folder")
    parser.add_argument("--repair", action="store_true", help="repair what has a single meaning; no ice and no id is "
                        "lost; needs --out")  # fmt: skip
    parser.add_argument("--split", action="store_true", help="with --repair: outlines of several parts become several "
                        "outlines; the largest part keeps the id")  # fmt: skip
    parser.add_argument("--out", default="", metavar="FILE.gpkg", help="the repaired copy of OUTLINES")
    parser.add_argument("--format", default="", choices=tuple(ENDINGS), help="also look whether OUTLINES, an "
                        "export, is as this format wants it")  # fmt: skip
    parser.add_argument("--sliver", type=float, default=1.0, metavar="M", help="gaps and overlaps narrower than this "
                        "are drawing inaccuracy (%(default)s m)")  # fmt: skip
    parser.add_argument("--minimum-area", type=float, default=0.01, metavar="KM2", help="smaller outlines are told "
                        "(%(default)s)")  # fmt: skip
    parser.add_argument("--id-field", default="", help="default: im_id, rgi_id, RGIId, glims_id ...")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all faults")


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 where nothing is wrong (any more), 1 where something is."""
    require_inventory()
    from ..inventory.topology_faults import CheckSettings

    if arguments.repair != bool(arguments.out):
        raise InputError("--repair leaves OUTLINES as they are and writes a repaired copy; give --repair and --out.")
    if arguments.split and not arguments.repair:
        raise InputError("--split is a repair; give --repair and --out too.")
    if arguments.repair and _is_hand_in(arguments):
        raise InputError("A hand-in is not repaired; repair the outlines that it was made of, and export them again.")
    check_places(arguments, "out")
    settings = CheckSettings(arguments.minimum_area, arguments.sliver)
    values = in_background(lambda progress: _values(arguments, settings, progress))
    print(json.dumps(values) if arguments.json else "\n".join(check_lines(values, arguments.out)))
    return FAULTY if values["left"] else SOUND


def _values(arguments: argparse.Namespace, settings: CheckSettings, progress: Progress) -> Dict[str, Any]:
    from .. import __version__
    from ..inventory.checked_layer import told

    before = _looked_at(arguments, arguments.outlines, settings, PartOfProgress(progress, 0.0, 0.5))
    repaired: List[Dict[str, Any]] = []
    after = before
    if arguments.repair:
        repaired = told(before, _repaired(arguments, before, settings, PartOfProgress(progress, 0.5, 0.6)))
        written = f"{arguments.out}{LAYER_MARK}{before.layer.name}"
        after = _looked_at(arguments, written, settings, PartOfProgress(progress, 0.6, 1.0))
    return {
        "icemargin": __version__, "file": arguments.outlines, "layer": before.layer.name,
        "outlines": len(before.kept), "faults": told(before, before.faults), "repaired": repaired,
        "left": told(after, after.faults),
    }  # fmt: skip


def _is_hand_in(arguments: argparse.Namespace) -> bool:
    return arguments.format == FORM and Path(arguments.outlines).is_dir()


def _looked_at(arguments: argparse.Namespace, text: str, settings: CheckSettings, progress: Progress) -> Looked:
    from ..inventory.checked_layer import look

    if _is_hand_in(arguments):
        from ..inventory.hand_in_check import look_at_hand_in

        return look_at_hand_in(*read_hand_in(text), arguments.id_field, settings, progress)
    layer = read_vectors(*file_and_layer(text))
    return look(layer, arguments.id_field, arguments.format, settings, progress)


def _repaired(
    arguments: argparse.Namespace, looked: Looked, settings: CheckSettings, progress: Progress
) -> Tuple[LayerFault, ...]:
    """Repair the index and write the repaired copy; return what was repaired."""
    from ..inventory.topology_edits import repair_edits
    from ..inventory.topology_repair import repair_layer

    index, before = looked.index, list(looked.index.raw)
    done = repair_layer(index, looked.faults, settings, arguments.split, looked.id_field, progress)
    write_edited(looked.layer, repair_edits(looked, before), arguments.out)
    return done
