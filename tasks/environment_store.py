"""The runtime's folder: environments side by side, and a small file that says which one counts.

An environment is built under the name that it keeps, and `current.json` is replaced at the end. Renaming the
environment itself would break the paths that it holds, and Windows renames no folder in which a file is open (a virus
scanner is enough) nor onto an existing one; replacing a small file is atomic everywhere. What the pointer does not name
is half-built or old, and is removed at the next start.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, Dict, Iterator, Optional, Type, TypeVar

from ..inference.errors import InstallBusyError, InstallError
from ..inference.file_lock import lock_file
from ..models.folders import data_folder

MARKER = "runtime.json"
POINTER = "current.json"
_ENVIRONMENT, _TRASH = "runtime-", "trash-"
_LOGS_KEPT = 5

_T = TypeVar("_T", bound="_Record")


@dataclass(frozen=True)
class _Record:
    """Something kept as a small JSON file of texts."""

    @classmethod
    def read(cls: Type[_T], path: Path) -> Optional[_T]:
        """Return what a file holds, None where it is absent, damaged or of another version."""
        try:
            values: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{field.name: str(values[field.name]) for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write atomically. Raises OSError."""
        temporary = path.with_name(f"{path.name}.new")
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        _replace(temporary, path)


@dataclass(frozen=True)
class Marker(_Record):
    """Written into an environment when it was verified: what it is. `digest` tells its locked packages."""

    backend: str
    python: str
    digest: str
    provider: str
    warning: str
    onnxruntime: str
    made: str


@dataclass(frozen=True)
class Pointer(_Record):
    """Which environment counts, and what Repair needs to make it again."""

    folder: str
    backend: str
    base_python: str


class Store:
    """The files under the runtime's folder. Nothing is made before it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads = folder / "downloads"
        self.pointer_path = folder / POINTER

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock between processes. Raises InstallBusyError, InstallError (the folder cannot be written)."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            stream = open(self.folder / "lock", "w", encoding="utf-8")  # noqa: SIM115 - closed below
        except OSError as error:
            raise InstallError(
                f"Cannot write to {self.folder} ({error.strerror}); choose another folder for the runtime."
            ) from error
        with stream:
            if not _lock_patiently(stream):
                raise InstallBusyError(
                    "The runtime is being set up by another QGIS (or another window of IceMargin); wait for it."
                )
            yield

    def is_busy(self) -> bool:
        """Tell whether another process is at work here."""
        try:
            with open(self.folder / "lock", "r+", encoding="utf-8") as stream:
                return not lock_file(stream)
        except OSError:
            return False

    def pointer(self) -> Optional[Pointer]:
        return Pointer.read(self.pointer_path)

    def current(self) -> Optional[Path]:
        """Return the folder of the environment that counts, whether or not it is whole."""
        pointer = self.pointer()
        return self.folder / Path(pointer.folder).name if pointer else None

    def new_environment(self, digest: str) -> Path:
        """Return a name that is not taken; short, since Windows allows 260 letters a path."""
        number = 0
        while (path := self.folder / f"{_ENVIRONMENT}{digest[:6]}-{number}").exists():
            number += 1
        return path

    def switch(self, pointer: Pointer) -> None:
        """Make an environment the one that counts. Raises OSError."""
        pointer.write(self.pointer_path)

    def sweep(self) -> None:
        """Remove everything but the current environment, what is kept for a retry, and the last logs."""
        current = self.current()
        for path in self.folder.glob("*"):
            if path.name.startswith((_ENVIRONMENT, _TRASH, "work")) and path != current:
                self.discard(path)
        for log in sorted(self.logs.glob("*.log"))[:-_LOGS_KEPT]:
            with contextlib.suppress(OSError):
                log.unlink()

    def discard(self, path: Path) -> None:
        """Remove a folder; what Windows does not let go (it is in use) stays whole until the next start."""
        trash = path.with_name(f"{_TRASH}{path.name}-{time.time_ns()}")
        with contextlib.suppress(OSError):
            os.rename(path, trash)
            shutil.rmtree(trash, ignore_errors=True)

    def forget(self) -> None:
        """Take the pointer away, so that nothing counts. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            self.pointer_path.unlink()

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def new_log(self) -> Path:
        """Return the path of a log that does not exist yet."""
        with contextlib.suppress(OSError):
            self.logs.mkdir(exist_ok=True)
        return self.logs / f"setup-{time.strftime('%Y%m%d-%H%M%S')}.log"

    def last_log(self) -> Optional[Path]:
        return max(self.logs.glob("*.log"), default=None)


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; files that vanish meanwhile count as nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def default_folder() -> Path:
    """Return where the runtime lives unless the user chose a folder: with the user's data, outside the plugin."""
    return data_folder() / "runtime"


def _lock_patiently(stream: IO[str]) -> bool:
    """Take the lock; `is_busy` elsewhere holds it for an instant only."""
    for _ in range(5):
        if lock_file(stream):
            return True
        time.sleep(0.05)
    return False


def _replace(source: Path, target: Path) -> None:
    """Rename onto `target`; on Windows a reader can hold it for a moment."""
    for _ in range(20):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(0.05)
    os.replace(source, target)
