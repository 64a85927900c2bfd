"""The operating system's lock on an open file, which ends with the process that holds it, however it ends."""

from __future__ import annotations

from typing import IO, Any


def lock_file(file: IO[Any]) -> bool:
    """Take the lock until `file` is closed; return False if another process, or another open file here, has it."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
