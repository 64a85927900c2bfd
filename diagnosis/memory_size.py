"""How much memory the machine has, and how much of it is free."""

from __future__ import annotations

import os
import sys
from typing import Tuple

_GIB = 2**30


def memory_gib() -> Tuple[float, float]:
    """Return total and free memory in GiB; (0, 0) where the system does not tell."""
    if sys.platform == "win32":
        return _on_windows()
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:
            return parse_meminfo(stream.read())
    except (OSError, ValueError):
        return _by_pages()


def parse_meminfo(text: str) -> Tuple[float, float]:
    """Return total and available memory (GiB) of Linux's /proc/meminfo, which counts in KiB. Raises ValueError."""
    sizes = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if ":" in line}
    try:
        total, free = (int(sizes[name]) * 1024 / _GIB for name in ("MemTotal", "MemAvailable"))
    except KeyError as error:
        raise ValueError(f"no {error} in meminfo") from error
    return total, free


def _by_pages() -> Tuple[float, float]:
    """Return total memory twice: macOS tells what there is, not what is free."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    except (ValueError, OSError, AttributeError):
        return 0.0, 0.0
    return total, total


def _on_windows() -> Tuple[float, float]:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong) for name in ("total", "free", *(f"other{number}" for number in range(5)))
        ]

    status = Status(length=ctypes.sizeof(Status))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0.0, 0.0
    return status.total / _GIB, status.free / _GIB
