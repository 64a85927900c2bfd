"""How the runtime's interpreter is started: by its own name, without anything that QGIS set for its own Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Mapping

from ..inference.errors import RuntimeMissingError

CHOOSE = "choose a Python that has numpy and onnxruntime in IceMargin's settings, or map with the classic method."

_NOT_INHERITED = (
    "PYTHON", "__PYVENV_LAUNCHER__", "PIP_", "VIRTUAL_ENV", "GDAL_", "PROJ_",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_",
)  # fmt: skip


def scrubbed_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """Return `environ` without what would lead another Python to QGIS's libraries."""
    return {name: value for name, value in environ.items() if not name.upper().startswith(_NOT_INHERITED)}


def python_command(python: str, *arguments: str) -> List[str]:
    """Return the command that runs `python` isolated (-I: no PYTHON*, no user site, no current folder on its path)."""
    return [python, "-I", "-B", "-X", "utf8", *arguments]


def popen_options() -> Dict[str, Any]:
    """Return how a child is started: own environment, neutral folder, no console window, no share in Ctrl-C."""
    options: Dict[str, Any] = {"env": scrubbed_environment(os.environ), "cwd": tempfile.gettempdir()}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        options["start_new_session"] = True
    return options


def refuse_what_is_no_python(path: str) -> None:
    """Raise RuntimeMissingError unless `path` is a file that may be started as Python.

    On Windows and macOS `sys.executable` is QGIS itself, and starting it opens a second QGIS: only what is called
    python is ever started.
    """
    if not path:
        raise RuntimeMissingError(f"GlaViTU needs the runtime, and none is set up: {CHOOSE}")
    if not os.path.isfile(path):
        raise RuntimeMissingError(f"The runtime's interpreter {path} is not there: {CHOOSE}")
    if not Path(path).name.lower().startswith(("python", "pypy")):
        raise RuntimeMissingError(f"{path} is not a Python interpreter (python, python3, python.exe): {CHOOSE}")
