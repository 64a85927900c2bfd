"""Does the program that wrote something still run? It does while the operating system keeps its lock on a file."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from .errors import OutputError
from .file_lock import lock_file


class LivingSign:
    """A locked file of one's own in a folder, as long as the program lives, however it ends. Raises OutputError."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{os.getpid()}-{uuid.uuid4().hex}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._stream = open(self.path, "w", encoding="utf-8")  # noqa: SIM115 - held until the program ends
        except OSError as error:
            raise OutputError(f"{folder} cannot be written ({error.strerror}).") from error
        lock_file(self._stream)

    def close(self) -> None:
        """Give the sign up."""
        self._stream.close()
        forget_sign(str(self.path))


def is_living(path: str) -> bool:
    """Tell whether the program that holds a sign still runs on this machine."""
    try:
        with open(path, "r+", encoding="utf-8") as stream:
            return not lock_file(stream)
    except OSError:
        return False


def is_own(path: str) -> bool:
    """Tell whether this very program holds a sign: numbers of programs are used again, but not while they live."""
    return Path(path).name.startswith(f"{os.getpid()}-") and is_living(path)


def forget_sign(path: str) -> None:
    """Remove the sign of a program that has ended."""
    with contextlib.suppress(OSError):
        Path(path).unlink()
