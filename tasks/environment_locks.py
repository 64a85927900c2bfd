"""The locked packages of the runtime: exact versions with hashes, for this platform, a backend and a Python version.

resources/requirements/<platform>-<backend>.txt, made by scripts/lock_requirements.py.
"""

from __future__ import annotations

import ctypes
import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, Iterator, Mapping, Optional, Tuple

from ..inference.errors import InstallError

REQUIREMENTS = Path(__file__).absolute().parent.parent / "resources" / "requirements"
BACKENDS = ("cpu", "cuda", "directml", "openvino")
RUNTIMES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
"""They install files of the same names: two of them together break each other."""

_SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)\s*;\s*python_version == \"(?P<python>[\d.]+)\"")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_SIZE = re.compile(r"# download (?P<python>[\d.]+) (?P<bytes>\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One package: its exact version, and the SHA-256 of the wheels that may be installed."""

    name: str
    version: str
    hashes: Tuple[str, ...]


@dataclass(frozen=True)
class Lock:
    """What one environment consists of. Raises InstallError unless exactly one onnxruntime is among it."""

    platform: str
    backend: str
    python: str
    pins: Tuple[Pin, ...]
    download_bytes: int

    def __post_init__(self) -> None:
        found = [pin.name for pin in self.pins if pin.name in RUNTIMES]
        if len(found) != 1:
            raise InstallError(
                f"The locked packages for {self.platform}, {self.backend}, Python {self.python} hold {len(found)} "
                "onnxruntimes instead of one; install IceMargin again."
            )

    @property
    def digest(self) -> str:
        """Tells one set of packages from another."""
        return hashlib.sha256(f"{self.backend} {self.python}\n{self.text}".encode("ascii")).hexdigest()[:12]

    @property
    def text(self) -> str:
        """The packages as a requirements file for pip."""
        return "".join(
            f"{pin.name}=={pin.version} " + " ".join(f"--hash=sha256:{value}" for value in pin.hashes) + "\n"
            for pin in self.pins
        )

    @property
    def installed_bytes(self) -> int:
        """About what the environment takes: unpacked, the first packages become 4 times as large, CUDA's 1.5 times."""
        code = min(self.download_bytes, 150_000_000)
        return 30_000_000 + 4 * code + 3 * (self.download_bytes - code) // 2

    def needed_bytes(self, offline: bool) -> int:
        """The room needed while it is made: a download is kept until the end, so that a retry goes on, and copied."""
        return self.installed_bytes + (1 if offline else 2) * self.download_bytes


Locks = Mapping[str, Mapping[str, Lock]]
"""Backend -> Python version ("3.11") -> what is locked for it."""


def platform_name(system: str = sys.platform, machine: Optional[str] = None) -> str:
    """Return the platform as the lock files call it, "linux-x86_64"."""
    machine = (machine or platform.machine()).lower()
    if system == "win32":
        machine = machine.replace("x86_64", "amd64")
    return f"{_SYSTEMS.get(system, system)}-{machine}"


def read_locks(folder: Path = REQUIREMENTS, name: Optional[str] = None) -> Locks:
    """Return everything locked for a platform (default: this one). Raises InstallError if there is nothing."""
    name = name or platform_name()
    locks: Dict[str, Dict[str, Lock]] = {}
    for backend in BACKENDS:
        path = folder / f"{name}-{backend}.txt"
        if path.is_file():
            locks[backend] = dict(_sections(path.read_text(encoding="utf-8"), name, backend))
    if not locks:
        raise InstallError(
            f"There are no locked packages for {name}; choose a Python that has numpy and onnxruntime "
            "(Use another Python), or map with the classic method."
        )
    return locks


def best_python(versions: Iterable[str], wanted: str = "") -> str:
    """Return `wanted` if it is among the versions, else the newest but one, which the packages know best."""
    if wanted in (known := sorted(versions, key=_as_numbers)):
        return wanted
    return known[-2] if len(known) > 1 else known[-1]


def own_python_version() -> str:
    """Return this Python's version as the locks name it, like "3.11"."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def suggest_backend(available: Iterable[str], nvidia: Optional[bool] = None) -> str:
    """Return the backend to offer first: CUDA where there is an NVIDIA driver, DirectML on Windows, else the CPU."""
    available = set(available)
    if "cuda" in available and (has_nvidia_driver() if nvidia is None else nvidia):
        return "cuda"
    return "directml" if "directml" in available else "cpu"


def has_nvidia_driver() -> bool:
    """Tell whether the driver's library can be loaded (the check that onnxruntime would fail at)."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _sections(text: str, name: str, backend: str) -> Iterator[Tuple[str, Lock]]:
    pins: Dict[str, list[Pin]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        found = _PIN.match(line)
        if found:
            pin = Pin(found["name"].lower(), found["version"], tuple(_HASH.findall(line)))
            pins.setdefault(found["python"], []).append(pin)
    for size in _SIZE.finditer(text):
        python = size["python"]
        yield python, Lock(name, backend, python, tuple(pins.get(python, ())), int(size["bytes"]))


def _as_numbers(version: str) -> Tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
