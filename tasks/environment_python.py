"""Which Python the runtime is made from: QGIS's own where it is a real interpreter, or one that the user chose."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Container, Iterator, Optional

from ..inference.errors import InstallError, RuntimeMissingError
from .spawn import popen_options, python_command, refuse_what_is_no_python

_TIMEOUT = 30.0  # s
_PROBE = """
import ctypes, ensurepip, json, platform, ssl, sys, venv, zlib
print(); print(json.dumps([sys.version_info[:2], platform.machine(), sys.maxsize > 2**32]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that can make environments, and its version ("3.11")."""

    path: str
    version: str


def candidates(
    system: str = sys.platform, prefix: str = sys.base_prefix, exec_prefix: str = sys.base_exec_prefix,
    executable: str = sys.executable,
) -> Iterator[str]:  # fmt: skip
    """Yield where QGIS's Python may be. sys.executable is only trusted on Linux: elsewhere it is QGIS itself."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for root in dict.fromkeys((prefix, exec_prefix)):
        if system == "win32":
            yield str(Path(root) / "python.exe")
        else:
            yield from (str(Path(root) / "bin" / name) for name in (f"python{version}", "python3"))
    if system == "darwin":
        yield str(Path(executable).parent / "bin" / "python3")
    elif system != "win32":
        yield executable


def find_interpreter(versions: Container[str], chosen: str = "") -> Optional[Interpreter]:
    """Return the first Python that can make an environment of one of `versions`, None if QGIS has none.

    Raises InstallError if it is the `chosen` one that cannot. Takes a second: not for the main thread.
    """
    if chosen:
        return _usable(chosen, versions)
    for path in candidates():
        try:
            return _usable(path, versions)
        except (InstallError, RuntimeMissingError):
            continue
    return None


def _usable(path: str, versions: Container[str]) -> Interpreter:
    """Return `path` as an interpreter. Raises InstallError, RuntimeMissingError."""
    refuse_what_is_no_python(path)
    version = _probe(path)
    if version not in versions:
        raise InstallError(f"{path} is Python {version}, for which no packages are locked; choose another Python.")
    return Interpreter(path, version)


def _probe(path: str) -> str:
    try:
        run = subprocess.run(  # nosec B603 # a list, no shell; the interpreter that is asked about
            python_command(path, "-c", _PROBE),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False, **popen_options(),
        )  # fmt: skip
        (major, minor), _, wide = json.loads(run.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{path} cannot be started ({error}); choose another Python.") from error
    except (ValueError, IndexError, TypeError) as error:
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no answer"]
        raise InstallError(f"{path} cannot make environments ({said[0]}); choose another Python.") from error
    if not wide:
        raise InstallError(f"{path} is a 32-bit Python; choose a 64-bit one.")
    return f"{major}.{minor}"
