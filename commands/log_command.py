"""`icemargin log`: who edited which outlines in QGIS, when, why, and how long; the outlines as they were before."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

from ..inference.edit_steps import Step
from ..inference.edit_store import EditStore, store_beside
from ..inference.errors import InputError
from ..inference.vector_editing import write_edited
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..inventory.edit_log import COLUMNS, GlacierEdit, edits_before, edits_csv, glacier_edits, local_time
from ..reports.writing import write_text
from .change_layers import file_and_layer
from .places import check_places

SHOWN = 20


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("log", help="who edited which outlines, when and why", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="a file whose outlines were edited in QGIS, or "
                        "FILE|layername=NAME")  # fmt: skip
    parser.add_argument("--log", default="", metavar="FILE", help="the edit log, where it does not lie beside OUTLINES")
    parser.add_argument("--csv", default="", metavar="FILE", help="write a row for each glacier of each step")
    parser.add_argument("--before", default="", metavar="FILE.gpkg", help="write OUTLINES as they were before all "
                        "saved edits, for icemargin compare --before")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object with all steps")


def run(arguments: argparse.Namespace) -> int:
    """Tell what the log holds. Raises IceMarginError subclasses."""
    check_places(arguments, "csv", "before")
    layer = read_vectors(*file_and_layer(arguments.outlines))
    steps = _steps(arguments, layer)
    edits = glacier_edits(steps)
    if arguments.csv:
        write_text(arguments.csv, edits_csv(edits))
    if arguments.before:
        write_edited(layer, edits_before(layer, steps), arguments.before)
    values = _values(layer, edits)
    print(json.dumps(values) if arguments.json else "\n".join(_lines(layer, edits, values)))
    return 0


def _steps(arguments: argparse.Namespace, layer: VectorLayer) -> List[Step]:
    path = Path(arguments.log) if arguments.log else store_beside(layer.path)
    if not path.is_file():
        raise InputError(
            f"There is no edit log {path}: nothing was edited with IceMargin in QGIS, or the log lies in the QGIS "
            "profile (folder icemargin/edits); name it with --log."
        )
    store = EditStore(path)
    try:
        return store.steps(layer.name)
    finally:
        store.close()


def _values(layer: VectorLayer, edits: Sequence[GlacierEdit]) -> Dict[str, Any]:
    from .. import __version__

    return {
        "icemargin": __version__, "file": layer.path, "layer": layer.name,
        "steps": len({edit.step.id for edit in edits}),
        "glaciers": len({edit.change.glacier or edit.change.fid for edit in edits}),
        "analysts": sorted({edit.step.analyst for edit in edits}),
        "seconds": sum(edit.change.seconds for edit in edits),
        "edits": [dict(zip(COLUMNS, edit.values())) for edit in edits],
    }  # fmt: skip


def _lines(layer: VectorLayer, edits: Sequence[GlacierEdit], values: Dict[str, Any]) -> List[str]:
    """Return the lines for people: the sum, and the latest edits."""
    who = ", ".join(filter(None, values["analysts"])) or "somebody"
    lines = [f"{layer.name}: {values['steps']:,} steps on {values['glaciers']:,} glaciers by {who}, "
             f"{values['seconds'] / 60:.0f} min of work"]  # fmt: skip
    if len(edits) > SHOWN:
        lines.append(f"The latest {SHOWN} of {len(edits):,}; --csv or --json have all:")
    for edit in edits[-SHOWN:]:
        step, change = edit.step, edit.change
        why = "; ".join(filter(None, (change.reason, change.note)))
        lines.append(f"  {local_time(step.ended)}  {step.state:9}  {change.glacier or change.fid}  {step.name}  "
                     f"{change.km2_before:.3f} -> {change.km2_after:.3f} km2  {why}".rstrip())  # fmt: skip
    return lines
