"""What the two processes say to each other: messages as JSON lines, arrays in a file that both map into memory.

multiprocessing.shared_memory would do the same, but its resource tracker starts sys.executable, which is QGIS on
macOS. The file is written full before it is mapped: on a full disk a hole in it would end the process that
touches it (SIGBUS).
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import tempfile
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from ..inference.averages import Averages
from ..inference.errors import OutputError

LONGEST_LINE = 1 << 20
_ALIGNMENT = 64
_BLOCK = 1 << 20


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as one ASCII line of JSON."""
    return json.dumps(message).encode("ascii") + b"\n"


def decode(line: bytes) -> Dict[str, Any]:
    """Return the message in a line. Raises ValueError if it is none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message


@dataclass(frozen=True)
class Place:
    """Where an array lies in the shared memory: offset in bytes, shape, numpy's name of the type."""

    offset: int
    shape: Tuple[int, ...]
    dtype: str

    @property
    def end(self) -> int:
        return self.offset + int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    def to_message(self) -> Dict[str, Any]:
        return asdict(self)


def place_from_message(message: Mapping[str, Any]) -> Place:
    """Read what `Place.to_message` wrote."""
    return Place(int(message["offset"]), tuple(message["shape"]), str(message["dtype"]))


def averages_from_message(message: Mapping[str, Any]) -> Averages:
    """Return what is averaged from a message (JSON has no tuples)."""
    return Averages(**{**message, "ensemble": tuple(message.get("ensemble", ()))})


def lay_out(arrays: Mapping[str, Tuple[Tuple[int, ...], str]]) -> Tuple[Dict[str, Place], int]:
    """Give each array (name -> shape, type) a place of its own; return the places and the bytes needed."""
    places: Dict[str, Place] = {}
    end = 0
    for name, (shape, dtype) in arrays.items():
        places[name] = Place(-(-end // _ALIGNMENT) * _ALIGNMENT, tuple(shape), dtype)
        end = places[name].end
    return places, end


class SharedFile:
    """A private file mapped into memory. `create_shared` makes one, the other process attaches by its path.

    There is no close: numpy does not lock the map, and to read a view of a closed one is a crash. The memory goes
    with the last reference to this object and its views, the file's name with `remove_shared`.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "r+b") as stream:
            self._map = mmap.mmap(stream.fileno(), 0)
            self.size = len(self._map)

    def array(self, place: Place) -> np.ndarray[Any, Any]:
        """Return the array at `place`: a view, not a copy. Raises ValueError if it lies outside."""
        if place.offset < 0 or place.end > self.size:
            raise ValueError(f"{place} lies outside the shared memory of {self.size} bytes")
        return np.ndarray(place.shape, np.dtype(place.dtype), self._map, place.offset)


def remove_shared(path: str) -> None:
    """Remove a shared file's name; where that is allowed (POSIX), the memory lives on in those that have mapped it."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def create_shared(size: int) -> SharedFile:
    """Make a shared file of `size` bytes (at least one). Raises OutputError if there is no room for it."""
    folders = shared_folders()
    for folder in folders:
        with contextlib.suppress(OSError):
            return SharedFile(_filled_file(folder, max(size, 1)))
    raise OutputError(f"{' and '.join(folders)} have no room for {size / 2**20:.0f} MiB; free some space there.")


def shared_folders() -> List[str]:
    """Return the folders for shared files, best first: memory itself on Linux, then the folder for temporary files."""
    # mkstemp chooses the names there, and nobody else can read the files.
    memory = ["/dev/shm"] if os.access("/dev/shm", os.W_OK | os.X_OK) else []  # nosec B108
    return [*memory, tempfile.gettempdir()]


def _filled_file(folder: str, size: int) -> str:
    """Write `size` zeros to a new private file (mode 0600) and return its path."""
    handle, path = tempfile.mkstemp(prefix="icemargin-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            for start in range(0, size, _BLOCK):
                stream.write(bytes(min(_BLOCK, size - start)))
    except OSError:
        os.unlink(path)
        raise
    return path
