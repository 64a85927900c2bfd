"""What tests of child processes need to know of processes, files and interpreters."""

from __future__ import annotations

import os
import sys
import time
import venv
from pathlib import Path
from typing import Callable

import numpy as np


def is_alive(pid: int) -> bool:
    """Tell whether a process runs (a zombie, which nobody has waited for, does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until `condition` holds, at most `seconds`; tell whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def script_named(path: Path, text: str) -> str:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def bare_python(folder: Path, numpy: bool) -> str:
    """Make an interpreter without onnxruntime, with numpy or without it."""
    venv.create(folder, with_pip=False, symlinks=True)
    if numpy:
        place = Path(np.__file__).parent
        site = next((folder / "lib").glob("python*/site-packages"))
        for part in (place, place.parent / "numpy.libs"):
            if part.exists():
                os.symlink(part, site / part.name)
    return str(folder / "bin" / Path(sys.executable).name)


class Recorder:
    """A progress that keeps what it is told, and acts when it hears a text."""

    def __init__(self, text="", act=lambda: None):
        self.told, self.text, self.act, self.stopped = [], text, act, False

    def report(self, fraction, text):
        self.told.append(fraction)
        if self.text and text.startswith(self.text):
            self.act()

    def is_cancelled(self):
        return self.stopped
