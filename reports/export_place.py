"""Where an export can go."""

from __future__ import annotations

from pathlib import Path

from ..inference.errors import InputError
from ..inference.vector_export import check_new_folder
from ..inference.vector_reading import OUTLINES_LAYER, layer_names
from ..inventory.export_order import check_ending
from .writing import check_folder_of, check_place

OWN_LAYERS = (OUTLINES_LAYER, "layer_styles")
"""What an export holds, and the styles that QGIS keeps with it."""


def check_export_place(form: str, target: str, source: str) -> None:
    """Make the folder of an export to come; `source` is the outlines' own file, "" where they have none.

    Raises InputError where the target does not fit the format, is that file, or holds other layers too, OutputError
    where it cannot be written.
    """
    check_ending(form, target)
    if source and Path(target).resolve() == Path(source).resolve():
        raise InputError(f"{target} is the outlines' own file; choose another one.")
    others = [name for name in layer_names(target) if name not in OWN_LAYERS]
    if others and target.lower().endswith(".gpkg"):
        raise InputError(f"{target} holds {', '.join(others)} too, which would go; choose another file.")
    if form == "glims":
        check_new_folder(target)
        check_folder_of(target)
    else:
        check_place(target)
