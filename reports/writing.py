"""Text files written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ..inference.errors import OutputError
from ..inference.whole_file import whole_file


def check_place(path: str) -> None:
    """Make the folder of a file to come. Raises OutputError where the file could not be written: before a long job."""
    check_folder_of(path)
    if Path(path).is_dir():
        raise OutputError(f"{path} cannot be written (it is a folder); choose another place.")


def check_folder_of(path: str) -> None:
    """Make the folder in which a file or folder shall be. Raises OutputError where nothing can be written there."""
    folder = Path(path).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place.") from error
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{path} cannot be written (no permission); choose another place.")


def write_text(path: str, text: str) -> None:
    """Write a file whole or not at all. Raises OutputError."""
    check_place(path)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
