"""What is noted of each installed model file, in one small JSON file beside them.

The files themselves say what they are; the index only adds what they cannot know: checksum, origin, checks, defaults.
Lost or unreadable, it is made again from the files.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator

from ..inference.errors import OutputError
from ..inference.file_lock import lock_file

INDEX = "index.json"
LOCK = ".lock"
_LOCK_SECONDS = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """One file: what it was when it was added (size in bytes), and how its last check ended.

    `checked` names what passed the golden patch ("onnxruntime 1.17.1, CPUExecutionProvider"), `problem` why it failed.
    """

    sha256: str
    size: int
    mtime_ns: int
    kind: str
    checked: str = ""
    problem: str = ""


@dataclass
class Index:
    """Records by model name, and names of the default models by region."""

    records: Dict[str, Record] = field(default_factory=dict)
    defaults: Dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        records = {name: asdict(record) for name, record in self.records.items()}
        return json.dumps({"version": 1, "models": records, "defaults": self.defaults}, indent=1, sort_keys=True)


def read_index(folder: Path) -> Index:
    """Return the index in `folder`; an empty one where there is none or it cannot be read."""
    try:
        values: Dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        records = {str(name): _record(item) for name, item in values["models"].items()}
        defaults = {str(region): str(name) for region, name in values["defaults"].items()}
        return Index(records, defaults)
    except FileNotFoundError:
        return Index()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _log.warning("The list of models %s cannot be read (%s); it is made again.", folder / INDEX, error)
        return Index()


@contextlib.contextmanager
def changing_index(folder: Path) -> Iterator[Index]:
    """Yield the index to be changed, and write it if all went well; other processes wait.

    Raises OutputError where the folder cannot be written.
    """
    with _locked(folder):
        index = read_index(folder)
        yield index
        write_index(folder, index)


def _record(values: Dict[str, Any]) -> Record:
    texts = (str(values[name]) for name in ("kind", "checked", "problem"))
    return Record(str(values["sha256"]), int(values["size"]), int(values["mtime_ns"]), *texts)


def write_index(folder: Path, index: Index) -> None:
    """Replace the index by a whole new one; the caller holds the lock."""
    temporary = folder / f".{INDEX}.{os.getpid()}.part"
    try:
        temporary.write_text(index.to_json(), encoding="utf-8")
        os.replace(temporary, folder / INDEX)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> OutputError:
    """Return the error for a folder of models that cannot be written."""
    reason = error.strerror or str(error)
    return OutputError(f"The folder of models {folder} cannot be written ({reason}); free some space, or allow it.")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the operating system's lock on the folder, which ends with the process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = open(folder / LOCK, "w", encoding="utf-8")  # noqa: SIM115 - closed below, which unlocks
    except OSError as error:
        raise unwritable(folder, error) from error
    with stream:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not lock_file(stream):
            if time.monotonic() > deadline:
                raise OutputError(f"Another IceMargin is changing the models in {folder}; wait for it and try again.")
            time.sleep(0.05)
        yield
