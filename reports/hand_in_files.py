"""A hand-in's folder, read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Tuple

from ..inference.errors import OutlinesError
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..inventory.hand_in import LAYERS, NEEDED_TABLES, OUTLINES, Beside


def read_hand_in(folder: str) -> Tuple[VectorLayer, Beside]:
    """Return the outlines of a hand-in, and what lies beside them. Raises OutlinesError."""
    shapefiles = {name: Path(folder, f"{name}.shp") for name in LAYERS}
    layers = {name: read_vectors(str(path)) for name, path in shapefiles.items() if path.exists()}
    texts = {name: Path(folder, f"{name}.csv") for name in NEEDED_TABLES}
    try:
        tables = {name: tuple(csv.reader(path.read_text("utf-8").splitlines()))
                  for name, path in texts.items() if path.exists()}  # fmt: skip
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutlinesError(f"A table in {folder} cannot be read; export the hand-in again. ({error})") from error
    return read_vectors(str(Path(folder, f"{OUTLINES}.shp"))), Beside(layers, tables)
