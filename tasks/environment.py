"""The managed runtime: an isolated Python environment with onnxruntime, made, verified, repaired, updated, removed.

No Qt and no QGIS: what QGIS knows (proxy, certificates, folder) is handed in. Whatever happens on the way, either the
environment that was there before still counts or the new one does, and never a half one (environment_store.py).
"""

from __future__ import annotations

import contextlib
import enum
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, Optional, Tuple

from ..inference.errors import IceMarginError, InstallError
from ..inference.progress import NoProgress, PartOfProgress, Progress, stop_if_cancelled
from .environment_locks import Lock, Locks, best_python, own_python_version, read_locks
from .environment_network import NetworkSettings, installer_environment
from .environment_process import Runner, SetupLog
from .environment_python import Interpreter, candidates, find_interpreter
from .environment_steps import Verified, check_space, check_wheelhouse, install, make_venv, verify
from .environment_store import MARKER, Marker, Pointer, Store, default_folder, python_of
from .environment_uv import PYTHON_BYTES, PYTHON_VERSION, standalone_python, uv_wheel

__all__ = ["NetworkSettings", "Plan", "RuntimeManager", "State", "Status", "default_folder"]


class State(enum.Enum):
    """What there is. Only `READY` and `OUTDATED` can run models."""

    ABSENT = "absent"
    READY = "ready"
    BROKEN = "broken"
    BUSY = "busy"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Status:
    """The state, in words too, and what is known of the environment ("" where nothing is)."""

    state: State
    text: str
    python: str = ""
    backend: str = ""
    provider: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Plan:
    """What setting up a backend would do: for the offer, before anything is downloaded. Sizes in bytes."""

    backend: str
    folder: Path
    python: str
    packages: Tuple[str, ...]
    download_bytes: int
    installed_bytes: int
    needed_bytes: int
    standalone: bool


class RuntimeManager:
    """Looks after the runtime in `folder`. Methods that change it need the lock between processes.

    They raise InstallError (the message says what to do), InstallBusyError, Cancelled; `log` has the details.
    `make` and `check` replace the two slow steps in tests.
    """

    def __init__(
        self,
        folder: Path,
        network: Optional[NetworkSettings] = None,
        locks: Optional[Locks] = None,
        make: Callable[[str, Path, Runner], None] = make_venv,
        check: Callable[[Path, Lock, Progress, Runner], Verified] = verify,
    ) -> None:
        self.network = network or NetworkSettings()
        self._locks = locks
        self._make = make
        self._check = check
        self._store = Store(folder)

    @property
    def folder(self) -> Path:
        """Where the runtime lies."""
        return self._store.folder

    def move_to(self, folder: Path) -> None:
        """Look after the runtime in another folder from now on; nothing is moved."""
        self._store = Store(folder)

    @property
    def locks(self) -> Locks:
        """What can be set up on this platform. Raises InstallError if nothing can."""
        if self._locks is None:
            self._locks = read_locks()
        return self._locks

    def state(self) -> State:
        return self.describe().state

    def describe(self) -> Status:
        """Return the state from a few small files, at once; whether it still computes, `verify` tells."""
        if self._store.is_busy():
            return Status(State.BUSY, "The runtime is being set up.", **self._known())
        environment = self._store.current()
        if environment is None:
            if self._store.pointer_path.exists():
                return Status(State.BROKEN, "The runtime's files are damaged: press Repair.")
            text = "The runtime, in which GlaViTU runs, is not set up. The classic method needs none."
            return Status(State.ABSENT, text)
        marker = Marker.read(environment / MARKER)
        if marker is None or not self._is_whole(environment):
            return Status(State.BROKEN, "The runtime is damaged, or its Python is gone: press Repair.")
        if self._is_outdated(marker):
            text = "The runtime works; this IceMargin comes with newer packages: press Update."
            return Status(State.OUTDATED, text, **self._known())
        text = f"The runtime is ready: onnxruntime {marker.onnxruntime} on {_short(marker.provider)}."
        return Status(State.READY, text, **self._known())

    def python(self) -> str:
        """Return the interpreter that runs models, "" where there is none."""
        return self.describe().python

    def plan(self, backend: str, source: str = "") -> Plan:
        """Return what `set_up` would download and where, without starting anything. Raises InstallError."""
        locks = self._locks_of(backend)
        standalone = own_python_version() not in locks or not any(Path(path).is_file() for path in candidates())
        lock = locks[best_python(locks, PYTHON_VERSION if standalone else own_python_version())]
        extra = PYTHON_BYTES + int(uv_wheel()["size"]) if standalone else 0
        return Plan(
            backend, self.folder, lock.python, tuple(f"{pin.name} {pin.version}" for pin in lock.pins),
            0 if source else lock.download_bytes + extra, lock.installed_bytes + 3 * extra,
            lock.needed_bytes(bool(source)) + 3 * extra, standalone,
        )  # fmt: skip

    def set_up(
        self, backend: str, source: str = "", progress: Optional[Progress] = None, base_python: str = ""
    ) -> str:
        """Make and verify a new environment, then let it replace the old one; return its interpreter.

        `source` is "" for PyPI, or a folder of wheels; `base_python` the Python to make it from (default: QGIS's, or
        a standalone one).
        """
        locks = self._locks_of(backend)
        source = os.path.abspath(source) if source else ""  # pip runs in another folder
        with self._store.locked(), self._working(progress) as runner:
            interpreter = self._interpreter(locks, base_python, source, runner)
            lock = locks[interpreter.version]
            if source:
                check_wheelhouse(source, lock, runner.progress)
            check_space(self.folder, lock.needed_bytes(bool(source)))
            environment = self._build(interpreter, lock, source, runner)
            self._store.switch(Pointer(environment.name, backend, base_python))
            self._store.sweep()
            shutil.rmtree(self._store.downloads, ignore_errors=True)
            return str(python_of(environment))

    def verify(self, progress: Optional[Progress] = None) -> None:
        """Import the packages and run the golden patch in the environment that counts. Raises InstallError if not."""
        environment = self._store.current()
        marker = Marker.read(environment / MARKER) if environment else None
        if environment is None or marker is None or not self._is_whole(environment):
            raise InstallError("There is no whole runtime to check: set it up, or press Repair.")
        with self._store.locked(), self._working(progress) as runner:
            # An older plugin's packages are no fault: then only the golden patch decides.
            lock = self._locks_of(marker.backend).get(marker.python)
            if lock is not None and lock.digest == marker.digest:
                self._check(environment, lock, runner.progress, runner)

    def repair(self, source: str = "", progress: Optional[Progress] = None) -> str:
        """Make a runtime that does not work anew, as it was set up; one that works is left alone."""
        if self.state() is State.READY:
            with contextlib.suppress(InstallError):
                self.verify(progress)
                return self.python()
        return self.update(source, progress)

    def update(self, source: str = "", progress: Optional[Progress] = None) -> str:
        """Set up again with this plugin's packages, for the same backend; the old one counts until that is verified."""
        pointer = self._store.pointer()
        backend = pointer.backend if pointer and pointer.backend in self.locks else "cpu"
        base_python = pointer.base_python if pointer and Path(pointer.base_python).is_file() else ""
        return self.set_up(backend, source, progress, base_python)

    def remove(self) -> None:
        """Remove everything of the runtime's but the folder itself and the logs."""
        with self._store.locked():
            try:
                self._store.forget()
            except OSError as error:
                raise InstallError(f"{self.folder} cannot be changed ({error.strerror}); allow it.") from error
            self._store.sweep()
            for name in ("downloads", "python", "tools"):
                shutil.rmtree(self.folder / name, ignore_errors=True)

    def clean_up(self) -> None:
        """Remove what an interrupted set-up left; nothing happens while one runs. For the plugin's start."""
        if self.folder.is_dir():
            with contextlib.suppress(InstallError), self._store.locked():
                self._store.sweep()

    def last_log(self) -> str:
        """Return the text of the last set-up's log, "" where there is none."""
        path = self._store.last_log()
        with contextlib.suppress(OSError):
            return path.read_text(encoding="utf-8") if path else ""
        return ""

    def _known(self) -> dict[str, str]:
        environment = self._store.current()
        marker = Marker.read(environment / MARKER) if environment else None
        if environment is None or marker is None or not self._is_whole(environment):
            return {}
        return {
            "python": str(python_of(environment)), "backend": marker.backend, "provider": marker.provider,
            "warning": marker.warning,
        }  # fmt: skip

    def _is_whole(self, environment: Path) -> bool:
        """Tell whether the interpreter is there; on Windows it is a copy that needs the Python it was made from."""
        if not python_of(environment).is_file():
            return False
        if sys.platform != "win32":
            return True
        with contextlib.suppress(OSError):
            for line in (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
                key, _, value = line.partition("=")
                if key.strip() == "home":
                    return Path(value.strip()).is_dir()
        return False

    def _is_outdated(self, marker: Marker) -> bool:
        lock = self.locks.get(marker.backend, {}).get(marker.python)
        return lock is None or lock.digest != marker.digest

    def _locks_of(self, backend: str) -> dict[str, Lock]:
        if backend not in self.locks:
            raise InstallError(f"Nothing is locked for {backend} on this platform; choose {', '.join(self.locks)}.")
        return dict(self.locks[backend])

    def _interpreter(self, locks: dict[str, Lock], chosen: str, source: str, runner: Runner) -> Interpreter:
        runner.progress.report(0.0, "Looking for a Python")
        found = find_interpreter(locks, chosen)
        if found is None:
            found = standalone_python(self.folder, source, self.network, runner)
        runner.log.add(f"Python {found.version}: {found.path}")
        return found

    def _build(self, base: Interpreter, lock: Lock, source: str, runner: Runner) -> Path:
        """Return a new, verified environment with its marker; nothing is left of one that fails."""
        environment = self._store.new_environment(lock.digest)
        try:
            runner.progress.report(0.05, "Making the environment")
            self._make(base.path, environment, runner)
            install(environment, lock, source, self._store.downloads, self._work, _part(runner, 0.12, 0.85))
            runner.progress.report(0.85, "Checking the packages")
            verified = self._check(environment, lock, PartOfProgress(runner.progress, 0.85, 1.0), runner)
            stop_if_cancelled(runner.progress)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            Marker(lock.backend, lock.python, lock.digest, *verified, now).write(environment / MARKER)
        except BaseException:
            self._store.discard(environment)
            raise
        return environment

    @property
    def _work(self) -> Path:
        return self.folder / "work"

    @contextlib.contextmanager
    def _working(self, progress: Optional[Progress]) -> Iterator[Runner]:
        """Clear up, give a fresh work folder and a log, name the failures of the disk. The lock must be held."""
        self._store.sweep()
        log = SetupLog(self._store.new_log())
        try:
            self._work.mkdir(exist_ok=True)
            yield Runner(installer_environment(self.network, self._work), log, progress or NoProgress())
        except IceMarginError as error:
            log.add(f"{type(error).__name__}: {error}")
            raise
        except OSError as error:
            log.add(f"{type(error).__name__}: {error}")
            raise InstallError(
                f"The runtime could not be written ({error.strerror or error}): free some space or choose another "
                "folder, then press Repair.", log.lines[-20:]
            ) from error  # fmt: skip
        finally:
            shutil.rmtree(self._work, ignore_errors=True)


def _short(provider: str) -> str:
    """Return ONNX Runtime's name of a provider as people say it."""
    return provider.replace("ExecutionProvider", "")


def _part(runner: Runner, start: float, stop: float) -> Runner:
    return Runner(runner.environment, runner.log, PartOfProgress(runner.progress, start, stop))
