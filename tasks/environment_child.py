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


def _leave_with_the_installer() -> None:
    while os.read(0, 64):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_leave_with_the_installer, daemon=True).start()
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
