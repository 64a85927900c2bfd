"""Copying and hashing of model files, and names that every file system takes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Iterable

from ..inference.errors import ModelError
from ..inference.progress import Progress, stop_if_cancelled

SUFFIX = ".onnx"
_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()


def copy_file(source: str, target: Path, progress: Progress) -> None:
    """Copy, and stop when cancelled. Raises ModelError if `source` cannot be read, OSError if `target` cannot."""
    try:
        stream = open(source, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise ModelError(f"{source} cannot be read ({error.strerror}); check its permissions.") from error
    with stream, open(target, "wb") as copy:
        total = max(Path(source).stat().st_size, 1)
        for block in iter(lambda: stream.read(_BLOCK), b""):
            stop_if_cancelled(progress)
            copy.write(block)
            progress.report(copy.tell() / total, "Copying the model")


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted` as a file's name, with a number behind where it is taken (whatever the case of its letters)."""
    name = re.sub(r"[^\w.\-]+", "_", wanted).strip("._-") or "model"
    used = {other.casefold() for other in taken}
    numbered, number = name, 2
    while numbered.casefold() in used:
        numbered = f"{name}-{number}"
        number += 1
    return numbered
