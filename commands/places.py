"""Where a command writes: looked at before a long job."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Iterator, List

from ..inference.errors import InputError
from .change_layers import file_and_layer

PRINTED = "-"
GEOPACKAGES = ("out", "difference", "before")
"""Options that name a GeoPackage."""


def check_places(arguments: argparse.Namespace, *options: str) -> None:
    """Make the folders of the files that options name; "-" stands for what is printed.

    Raises InputError where such a file is among those that the command reads, or is named twice, or should be a
    GeoPackage; OutputError where it cannot be written.
    """
    from ..reports.writing import check_place

    read = [path for name, value in vars(arguments).items() if name not in options for path in _paths(value)]
    taken: List[Path] = []
    for option in options:
        text = getattr(arguments, option)
        if not text or text == PRINTED:
            continue
        path = Path(text).resolve()
        if path in read:
            raise InputError(f"{text} is a file that is read, and is left as it is; give another --{option}.")
        if path in taken:
            raise InputError(f"{text} is named twice; give each file that is written a name of its own.")
        if option in GEOPACKAGES and path.suffix.lower() != ".gpkg":
            raise InputError(f"{text}: outlines are written as a GeoPackage; give a name that ends in .gpkg.")
        check_place(text)
        taken.append(path)


def _paths(value: Any) -> Iterator[Path]:
    """Yield the files that an argument may name: FILE, FILE|layername=NAME, KIND=FILE, or a list of these."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            parts = (file_and_layer(text)[0], text.partition("=")[2])
            yield from (Path(part).resolve() for part in parts if part)
