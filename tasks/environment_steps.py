"""The steps that make an environment: venv, pip, verification. Each can be cancelled and says what failed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from pathlib import Path
from typing import Dict, List, NamedTuple

from ..inference.errors import Cancelled, IceMarginError, InstallError
from ..inference.golden import check_golden
from ..inference.libraries import FLOWSHEDS, OUTLINES, PAGES
from ..inference.progress import PartOfProgress, Progress, stop_if_cancelled
from .child_predictor import ChildPredictor
from .environment_failures import explain_failure
from .environment_locks import RUNTIMES, Lock, Pin
from .environment_process import Runner
from .environment_store import python_of, size_of

GOLDEN_MODEL = Path(__file__).absolute().parent.parent / "resources" / "golden" / "runtime.onnx"
_DEVICES = {"cpu": "cpu", "cuda": "cuda"}
_INVENTORY = """
import importlib, importlib.metadata, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
found = {item.metadata["Name"].lower().replace("_", "-"): item.version for item in importlib.metadata.distributions()}
print(); print(json.dumps(found))
"""
_IMPORTED = ("numpy", "h5py", "onnx", *OUTLINES, *FLOWSHEDS, *PAGES)


class Verified(NamedTuple):
    """What the new environment computes with, and a warning ("" or why not on the GPU)."""

    provider: str
    warning: str
    onnxruntime: str


def make_venv(base_python: str, environment: Path, runner: Runner) -> None:
    """Make an environment with a pip of its own. Raises InstallError, Cancelled."""
    if runner.module(base_python, "venv", "--without-pip", str(environment)):
        raise explain_failure("venv", runner.log.lines)
    if runner.module(str(python_of(environment)), "ensurepip", "--default-pip"):
        raise explain_failure("ensurepip", runner.log.lines)


def install(environment: Path, lock: Lock, wheelhouse: str, downloads: Path, work: Path, runner: Runner) -> None:
    """Install the locked packages, from PyPI or a wheelhouse. Raises InstallError, Cancelled."""
    requirements = work / "requirements.txt"
    requirements.write_text(lock.text, encoding="ascii")
    source = ["--no-index", "--find-links", wheelhouse] if wheelhouse else ["--cache-dir", str(downloads)]
    following = _Following(runner.progress, work, lock)
    code = runner.module(
        str(python_of(environment)), "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps",
        *source, *(["--no-cache-dir"] if wheelhouse else []), "-r", str(requirements), watch=following.watch,
    )  # fmt: skip
    if code:
        raise explain_failure("pip install", runner.log.lines)


def verify(environment: Path, lock: Lock, progress: Progress, runner: Runner) -> Verified:
    """Import what was installed and run the golden patch in a child. Raises InstallError, Cancelled."""
    python = str(python_of(environment))
    _check_inventory(python, lock, runner)
    progress.report(0.4, "Running the golden patch")
    cpu = _golden(python, "cpu", progress, runner)
    if lock.backend == "cpu":
        return cpu
    progress.report(0.7, "Running the golden patch on the GPU")
    return _golden(python, _DEVICES.get(lock.backend, "auto"), progress, runner)


def check_wheelhouse(folder: str, lock: Lock, progress: Progress) -> None:
    """Raise InstallError if `folder` lacks a locked wheel, or has one with another checksum. Raises Cancelled."""
    if not Path(folder).is_dir():
        raise InstallError(f"{folder} is not a folder; choose the folder that holds the wheels.")
    names: Dict[str, List[Path]] = {}
    for path in Path(folder).glob("*.whl"):
        names.setdefault(_normal("-".join(path.name.split("-")[:2])), []).append(path)
    lacking = [pin for pin in lock.pins if not _is_among(_wheels(names, pin), pin, progress)]
    if lacking:
        wrong = [pin.name for pin in lacking if _wheels(names, pin)]
        but = f" ({', '.join(wrong)}: what is there is for another system or Python, or changed)" if wrong else ""
        raise InstallError(
            f"{folder} lacks {', '.join(f'{pin.name} {pin.version}' for pin in lacking)}{but}. Make it anew: "
            f"make wheelhouse PLATFORM={lock.platform} BACKEND={lock.backend} PYTHONS={lock.python}."
        )


def _is_among(wheels: List[Path], pin: Pin, progress: Progress) -> bool:
    return any(_sha256(path, progress) in pin.hashes for path in wheels)


def _wheels(names: Dict[str, List[Path]], pin: Pin) -> List[Path]:
    return names.get(_normal(f"{pin.name}-{pin.version}"), [])


def check_space(folder: Path, needed: int) -> None:
    """Raise InstallError if the disk has less than `needed` bytes left."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise InstallError(f"{folder} cannot be used ({error.strerror}); choose another folder.") from error
    if free < needed:
        raise InstallError(
            f"Setting up the runtime needs {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB left; free "
            "some space or choose another folder."
        )


class _Following:
    """Progress from pip: the bytes that have arrived, then the packages being unpacked."""

    def __init__(self, progress: Progress, work: Path, lock: Lock) -> None:
        self._downloading = PartOfProgress(progress, 0.0, 0.7)
        self._unpacking = PartOfProgress(progress, 0.7, 1.0)
        self._work = work
        self._lock = lock
        self._unpacks = threading.Event()
        self._pulses = 0

    def watch(self, line: str) -> None:
        if line.startswith("Installing collected packages"):
            self._unpacks.set()
        if self._unpacks.is_set():
            self._pulses += 1
            self._unpacking.report(1 - 0.97**self._pulses, "Unpacking")
        else:
            done, total = size_of(self._work) / 1e6, max(self._lock.download_bytes / 1e6, 0.1)
            self._downloading.report(done / total, f"Downloading, {min(done, total):,.0f} of {total:,.0f} MB")


def _check_inventory(python: str, lock: Lock, runner: Runner) -> None:
    """Raise InstallError unless the locked versions are there, can be imported, and only one onnxruntime is."""
    wanted = {_normal(pin.name): pin.version for pin in lock.pins}
    start = len(runner.log.lines)
    modules = [name for name in _IMPORTED if name in wanted]
    if runner.command([python, "-I", "-B", "-X", "utf8", "-c", _INVENTORY, *modules]):
        raise explain_failure("a package cannot be imported", runner.log.lines)
    try:
        found = {_normal(name): str(version) for name, version in json.loads(runner.log.lines[-1]).items()}
    except (ValueError, AttributeError) as error:
        raise explain_failure("the packages cannot be listed", runner.log.lines[start:]) from error
    wrong = [name for name, version in wanted.items() if found.get(name) != version]
    extra = [name for name in found if name in RUNTIMES and name not in wanted]
    if wrong or extra:
        raise InstallError(f"The environment is not what was locked ({', '.join(wrong + extra)}); press Repair.")


def _golden(python: str, device: str, progress: Progress, runner: Runner) -> Verified:
    try:
        predictor = ChildPredictor(python, str(GOLDEN_MODEL), device, 1, progress.is_cancelled)
        try:
            check_golden(predictor)
            versions = predictor.versions
            runner.log.add(f"Golden patch passed: {predictor.provider}, onnxruntime {versions['onnxruntime']}")
            return Verified(predictor.provider, predictor.warning, versions["onnxruntime"])
        finally:
            predictor.close()
    except IceMarginError as error:
        for line in getattr(error, "log", ()):
            runner.log.add(line)
        runner.log.add(f"{type(error).__name__}: {error}")
        if isinstance(error, Cancelled):
            raise
        raise InstallError(
            f"The environment does not compute as it should, so it is not used ({error}). Press Repair; if it fails "
            "again, set up the CPU backend or choose another Python.", runner.log.lines[-60:]
        ) from error  # fmt: skip


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sha256(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            stop_if_cancelled(progress)
    return digest.hexdigest()
