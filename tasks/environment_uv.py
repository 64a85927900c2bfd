"""A standalone Python where QGIS has none that can make environments: uv, one file from PyPI, brings it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import ssl
import sys
import threading
import urllib.request
import zipfile
from pathlib import Path
from typing import Any, Dict, List

from ..inference.errors import Cancelled, InstallError
from ..inference.progress import PartOfProgress
from .environment_failures import OFFLINE, explain_failure
from .environment_locks import REQUIREMENTS, platform_name
from .environment_network import NetworkSettings
from .environment_process import Runner
from .environment_python import Interpreter

PYTHON_VERSION = "3.12"
PYTHON_BYTES = 35_000_000
"""About what uv downloads for a standalone Python."""

_NAME = "uv.exe" if sys.platform == "win32" else "uv"
_TIMEOUT = 30.0


def uv_wheel(folder: Path = REQUIREMENTS) -> Dict[str, Any]:
    """Return name, url, size and sha256 (hex) of uv's wheel for this platform. Raises InstallError if there is none."""
    wheels = json.loads((folder / "uv.json").read_text(encoding="utf-8"))["wheels"]
    try:
        wheel: Dict[str, Any] = dict(wheels[platform_name()])
    except KeyError:
        raise InstallError(
            f"There is no Python to be had for {platform_name()}; choose one (Use another Python)."
        ) from None
    wheel["sha256"] = wheel["sha256"].split(":")[-1]
    return wheel


def standalone_python(folder: Path, wheelhouse: str, network: NetworkSettings, runner: Runner) -> Interpreter:
    """Return a Python under `folder`, installed by uv if it is not there yet.

    uv comes from `wheelhouse` if that is given, else from PyPI. Raises InstallError, Cancelled.
    """
    uv = _uv(folder / "tools", wheelhouse, network, runner)
    home = folder / "python"
    found = _find(home)
    if not found:
        runner.progress.report(0.04, f"Installing Python {PYTHON_VERSION}")
        mirror = Path(wheelhouse, "python") if wheelhouse else None
        arguments = ["--mirror", mirror.as_uri()] if mirror and mirror.is_dir() else []
        command = [str(uv), "python", "install", PYTHON_VERSION, "--install-dir", str(home), "--no-bin", *arguments]
        if runner.command(command):
            raise explain_failure("uv python install", runner.log.lines)
        found = _find(home)
    if not found:
        raise InstallError(f"uv installed no Python {PYTHON_VERSION}; choose one (Use another Python).")
    return Interpreter(found, PYTHON_VERSION)


def _find(home: Path) -> str:
    """Return the interpreter below uv's folder, "" if there is none."""
    name = "*/python.exe" if sys.platform == "win32" else f"*/bin/python{PYTHON_VERSION}"
    found: List[Path] = sorted(path for path in home.glob(f"cpython-{PYTHON_VERSION}{name}") if path.is_file())
    return str(found[-1]) if found else ""


def _uv(tools: Path, wheelhouse: str, network: NetworkSettings, runner: Runner) -> Path:
    """Return uv's program, unpacked from its wheel, whose checksum is checked before."""
    wheel = uv_wheel()
    program: Path = tools / wheel["sha256"][:12] / _NAME
    if program.is_file():
        return program
    tools.mkdir(parents=True, exist_ok=True)
    path = Path(wheelhouse, wheel["name"]) if wheelhouse else tools / wheel["name"]
    if not wheelhouse:
        runner.log.add(f"> download {wheel['url']}")
        _download(wheel, path, network, runner)
    elif not path.is_file():
        raise InstallError(f"{wheelhouse} lacks {path.name}, which brings a Python; choose one (Use another Python).")
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel["sha256"]:
        raise explain_failure("uv", ["Expected sha256 of uv's wheel differs"])
    _unpack(path, program)
    return program


def _unpack(wheel: Path, program: Path) -> None:
    """Take the program out of the wheel, renamed into place when it is whole."""
    program.parent.mkdir(exist_ok=True)
    temporary = program.with_name("new")
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(f".data/scripts/{_NAME}"))
        temporary.write_bytes(archive.read(name))
    temporary.chmod(0o755)
    os.replace(temporary, program)


def _download(wheel: Dict[str, Any], path: Path, network: NetworkSettings, runner: Runner) -> None:
    """Download in a thread, so that a server that does not answer cannot hold up a cancel."""
    failure: List[BaseException] = []
    progress = PartOfProgress(runner.progress, 0.0, 0.04)
    stop = threading.Event()

    def work() -> None:
        try:
            with _opener(network).open(wheel["url"], timeout=_TIMEOUT) as source, open(path, "wb") as target:
                while not stop.is_set() and (block := source.read(1 << 18)):
                    target.write(block)
        except (OSError, ValueError) as error:  # urllib's errors are OSErrors
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True, name="icemargin-download")
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
        if progress.is_cancelled():
            stop.set()
            raise Cancelled("Cancelled; nothing was changed.")
        with contextlib.suppress(OSError):
            progress.report(path.stat().st_size / wheel["size"], "Downloading uv")
    if failure:
        runner.log.add(f"{type(failure[0]).__name__}: {failure[0]}")
        raise InstallError(
            f"uv, which brings a Python, could not be downloaded ({failure[0]}); check the network and QGIS's proxy "
            f"settings, choose another Python, {OFFLINE}", runner.log.lines[-5:]
        ) from failure[0]  # fmt: skip


def _opener(network: NetworkSettings) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cadata=network.certificates or None)
    handlers: List[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    if network.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": network.proxy, "https": network.proxy}))
    return urllib.request.build_opener(*handlers)
