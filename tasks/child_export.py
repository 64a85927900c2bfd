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


def check_export(folder: Path, form: str, progress: Progress) -> Dict[str, Any]:
    """Write the faults of what was written (checked_layer.told) as values."""
    need_libraries(OUTLINES)
    from ..inventory.checked_layer import look, told
    from ..inventory.topology_faults import CheckSettings

    looked = look(read_layer(folder / WRITTEN), "", form, CheckSettings(), progress)
    write_values(folder, {FAULTS: told(looked, looked.faults)})
    return {}
