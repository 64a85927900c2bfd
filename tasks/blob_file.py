"""Facts as JSON and geometries as WKB in one file between the two processes; nothing pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

NONE = -1
"""Stands for the length of a geometry that is not there."""


def write_blobs(
    path: Path, facts: Dict[str, Any], blobs: Sequence[Optional[bytes]], default: Optional[Callable[[Any], Any]] = None
) -> None:
    """Write facts and geometries; `default` makes known to JSON what it does not know. Raises OSError."""
    with open(path, "wb") as stream:
        np.savez(
            stream,
            facts=np.frombuffer(json.dumps(facts, default=default).encode("ascii"), np.uint8),
            lengths=np.array([NONE if one is None else len(one) for one in blobs], np.int64),
            wkb=np.frombuffer(b"".join(one or b"" for one in blobs), np.uint8),
        )


def read_blobs(path: Path) -> Tuple[Dict[str, Any], List[Optional[bytes]]]:
    """Return what `write_blobs` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        facts: Dict[str, Any] = json.loads(arrays["facts"].tobytes())
        lengths, blob = arrays["lengths"], arrays["wkb"].tobytes()
    ends = np.cumsum(np.maximum(lengths, 0)).tolist()
    return facts, [None if length == NONE else blob[end - length : end] for length, end in zip(lengths.tolist(), ends)]


def read_whole(path: Path) -> Tuple[Dict[str, Any], List[bytes]]:
    """Return what `write_blobs` wrote where no geometry is missing."""
    facts, blobs = read_blobs(path)
    return facts, [one for one in blobs if one is not None]
