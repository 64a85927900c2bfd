"""What the runtime's child does for an export: the tables to be written, and the check of what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

from .. import __version__
from ..inference.libraries import OUTLINES
from ..inference.progress import Progress
from .child_outlines import need_libraries, write_values
from .export_files import write_export_file
from .layer_files import read_layer

SOURCE, WRITTEN, TABLES = "source", "written", "tables"
"""Files of the exchange: the outlines as they are in QGIS, as they stand in the file, and the export."""
FAULTS = "faults"


def lines_file(kind: str) -> str:
    """Return the name of the file that holds the lines of a type."""
    return f"lines-{kind}"


def export(folder: Path, order: Mapping[str, Any], lines: Sequence[str], day: str) -> Dict[str, Any]:
    """Write what is to be exported; `order` are the values of an ExportOrder, `lines` the types of the lines."""
    need_libraries(OUTLINES)
    from ..inventory.export_order import ExportOrder
    from ..inventory.export_tables import export_tables

    found = {kind: read_layer(folder / lines_file(kind)) for kind in lines}
    made = export_tables(read_layer(folder / SOURCE), ExportOrder(**order), found, f"IceMargin {__version__}", day)
    write_export_file(folder / TABLES, made)
    return {}


def beside_file(name: str) -> str:
    """Return the name of the file that holds a layer beside the outlines of a hand-in."""
    return f"beside-{name}"


def check_export(
    folder: Path, form: str, layers: Sequence[str], tables: Mapping[str, Sequence[Sequence[str]]], progress: Progress
) -> Dict[str, Any]:
    """Write the faults of what was written (checked_layer.told) as values.

    `layers` and `tables` are those beside the outlines of a hand-in.
    """
    need_libraries(OUTLINES)
    from ..inventory.checked_layer import look, told
    from ..inventory.hand_in import FORM, Beside
    from ..inventory.hand_in_check import look_at_hand_in
    from ..inventory.topology_faults import CheckSettings

    written = read_layer(folder / WRITTEN)
    if form == FORM:
        beside = Beside({name: read_layer(folder / beside_file(name)) for name in layers}, tables)
        looked = look_at_hand_in(written, beside, "", CheckSettings(), progress)
    else:
        looked = look(written, "", form, CheckSettings(), progress)
    write_values(folder, {FAULTS: told(looked, looked.faults)})
    return {}
