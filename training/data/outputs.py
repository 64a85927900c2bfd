"""The files of a split data set: train.hdf5, val.hdf5 and test.hdf5 in one folder, all of one build."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Dict, Mapping, Optional, Type

from ...inference.errors import OutputError
from .blocks import SETS
from .writing import DatasetWriter, NewTile


class SplitWriter:
    """Writes tiles to the file of their set; use as a context. On an error the older files stand.

    Raises OutputError where the folder holds a data set already and `overwrite` is not set: files of two builds side
    by side may have been split differently, which leaks.
    """

    def __init__(self, out_dir: str, overwrite: bool = False) -> None:
        self._folder = Path(out_dir)
        self._writers: Dict[str, DatasetWriter] = {}
        self._stack = ExitStack()
        there = [path.name for path in map(self._path, SETS) if path.exists()]
        if there and not overwrite:
            raise OutputError(f"{out_dir} holds {', '.join(there)} already; choose another folder, or --overwrite.")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.hdf5"

    def __enter__(self) -> SplitWriter:
        return self

    def add(self, name: str, tile: NewTile) -> None:
        """Write a tile to set `name`."""
        if name not in self._writers:
            self._writers[name] = self._stack.enter_context(DatasetWriter(str(self._path(name))))
        self._writers[name].add(tile)

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if kind is None:
            for path in (self._path(name) for name in SETS if name not in self._writers):
                if path.exists():
                    os.remove(path)

    @property
    def paths(self) -> Mapping[str, str]:
        """The files that were written, by set."""
        return {name: str(self._path(name)) for name in SETS if name in self._writers}
