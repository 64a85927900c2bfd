"""The machine: operating system, Python, processor, memory, disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from typing import Iterator, Mapping, Optional, Tuple

import numpy as np

from .memory_size import memory_gib
from .report import BAD, DOUBT, OK, Finding

OLDEST_PYTHON = (3, 9)
LITTLE_MEMORY_GIB = 3.0
"""A window of GlaViTU takes 2 GiB, and QGIS wants some."""
LITTLE_DISK_GIB, NO_DISK_GIB = 5.0, 0.5
"""A runtime takes 1 GiB and more while it is built beside an old one; a map of a scene some GiB."""
_GIB = 2**30


def system_findings() -> Iterator[Finding]:
    """Yield operating system and processor."""
    yield Finding("System", OK, f"{platform.platform()}, {platform.machine()}")
    bits = 8 * _pointer_size()
    advice = "" if bits == 64 else "IceMargin needs a 64-bit QGIS; install that."
    threads = os.cpu_count() or 1
    yield Finding("Processor", OK if bits == 64 else BAD, f"{threads} threads, {bits} bits", advice)


def python_findings() -> Iterator[Finding]:
    """Yield Python and numpy of this process."""
    version = platform.python_version()
    old = sys.version_info[:2] < OLDEST_PYTHON
    yield Finding("Python", BAD if old else OK, version, "Install a QGIS with Python 3.9 or newer." if old else "")
    yield Finding("numpy", OK, np.__version__)


def memory_finding(read: Optional[Tuple[float, float]] = None) -> Finding:
    """Return total and free memory; `read` (total, free in GiB) stands for the machine in tests."""
    total, free = read or memory_gib()
    if not total:
        return Finding("Memory", DOUBT, "not known on this system", "Look at the system's own monitor.")
    fact = f"{total:.1f} GiB, {free:.1f} free"
    if free < LITTLE_MEMORY_GIB:
        return Finding("Memory", DOUBT, fact, "Close other programs before mapping with GlaViTU: it takes about 2 GiB.")
    return Finding("Memory", OK, fact)


def disk_findings(folders: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the free space for temporary files and in `folders` (what it is for -> folder, which may not be yet)."""
    for purpose, folder in {"temporary files": tempfile.gettempdir(), **folders}.items():
        if folder:
            yield disk_finding(purpose, free_gib(folder))


def disk_finding(purpose: str, free: float) -> Finding:
    """Judge the free space (GiB)."""
    name, fact = f"Disk for {purpose}", f"{free:.1f} GiB free"
    if free < NO_DISK_GIB:
        return Finding(name, BAD, fact, "Free some space there, or choose another folder.")
    if free < LITTLE_DISK_GIB:
        return Finding(name, DOUBT, fact, "Enough for small extents; free some space before large ones.")
    return Finding(name, OK, fact)


def free_gib(folder: str) -> float:
    """Return the free space where `folder` is, or will be."""
    place = os.path.abspath(folder)
    while not os.path.isdir(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    return shutil.disk_usage(place).free / _GIB


def _pointer_size() -> int:
    return 8 if sys.maxsize > 2**32 else 4
