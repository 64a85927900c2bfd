"""A hand-in's folder, read and checked as a whole."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..inference.errors import OutlinesError
from ..inference.progress import Progress
from ..inference.vector_reading import read_vectors

if TYPE_CHECKING:
    from ..inventory.checked_layer import Looked
    from ..inventory.hand_in_check import HandIn
    from ..inventory.topology_faults import CheckSettings

FORM = "glims"


def look_at_hand_in(folder: str, id_field: str, settings: CheckSettings, progress: Progress) -> Looked:
    """Check the outlines of a folder, and all its files against each other. Raises OutlinesError, Cancelled."""
    from ..inventory.checked_layer import look
    from ..inventory.export_glims import OUTLINES
    from ..inventory.hand_in_check import hand_in_faults
    from ..inventory.topology_faults import in_order

    looked = look(read_vectors(str(Path(folder, f"{OUTLINES}.shp"))), id_field, FORM, settings, progress)
    return replace(looked, faults=in_order((*looked.faults, *hand_in_faults(looked, _read_beside(folder)))))


def _read_beside(folder: str) -> HandIn:
    """Read what lies beside the outlines. Raises OutlinesError."""
    from ..inventory.hand_in_check import LAYERS, NEEDED_TABLES, HandIn

    shapefiles = {name: Path(folder, f"{name}.shp") for name in LAYERS}
    layers = {name: read_vectors(str(path)) for name, path in shapefiles.items() if path.exists()}
    texts = {name: Path(folder, f"{name}.csv") for name in NEEDED_TABLES}
    try:
        tables = {name: tuple(csv.reader(path.read_text("utf-8").splitlines()))
                  for name, path in texts.items() if path.exists()}  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutlinesError(f"A table in {folder} cannot be read; export the hand-in again. ({error})") from error
    return HandIn(layers, tables)
