"""Runs a module (venv, ensurepip, pip) for the installer, and ends with it: a script, never imported by QGIS.

    python environment_child.py MODULE [ARGUMENT ...]

The installer holds the other end of stdin. When it is gone (QGIS was ended, or crashed), so is this process with
all that it started, and nothing goes on writing into an environment that somebody else may be removing.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _take_stdin() -> int:
    """Return the installer's end under a number of its own; pip and what it starts see an empty stdin.

    On Windows whoever asks anything of a pipe that another thread waits at waits too.
    """
    watched = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return watched


def _leave_with_the_installer(watched: int) -> None:
    while os.read(watched, 64):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_leave_with_the_installer, args=(_take_stdin(),), daemon=True).start()
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
