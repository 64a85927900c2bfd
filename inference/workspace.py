"""The place where a run works: a hidden folder in the output folder, owned by one run at a time.

Results are renamed into place at the very end, all of them; until then the previous result stands untouched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import Mapping

from .edit_store import SUFFIX
from .errors import OutputError
from .file_lock import lock_file
from .vector_io import WRITE_ADVICE, publish

NAME = ".icemargin-work"


class Workspace:
    """Make, hold and remove the work folder. Raises OutputError where the folder cannot be written."""

    def __init__(self, out_dir: str) -> None:
        self.out_dir = Path(out_dir)
        self.folder = self.out_dir / NAME
        self._made_out_dir = not self.out_dir.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(self.folder / "lock", "w", encoding="utf-8")  # noqa: SIM115 - held for the whole run
        except OSError as error:
            raise OutputError(f"Cannot write to {out_dir} ({error.strerror}); choose another output folder.") from error
        if not lock_file(self._lock):
            self._lock.close()
            raise OutputError(f"Another run is writing to {out_dir}; wait for it, or choose another output folder.")

    def check_space(self, needed_mib: float) -> None:
        """Raise OutputError if the disk has less room than needed."""
        free = shutil.disk_usage(self.folder).free / 2**20
        if free < needed_mib:
            raise OutputError(
                f"The run may need {needed_mib:,.0f} MiB and {self.out_dir} has {free:,.0f} MiB left; "
                "free some space, choose another folder or a smaller extent."
            )

    def publish(self, results: Mapping[Path, Path]) -> None:
        """Rename each finished file (key) to its place (value). Raises OutputError."""
        for finished, place in results.items():
            publish(str(finished), str(place))

    def remove(self, path: Path) -> None:
        """Remove a raster of an earlier run that the new result has not, and its statistics. Raises OutputError."""
        try:
            for name in (path, path.with_name(f"{path.name}.aux.xml")):
                with contextlib.suppress(FileNotFoundError):
                    name.unlink()
        except OSError as error:
            raise OutputError(f"{path} of an earlier run cannot be removed; {WRITE_ADVICE}. ({error})") from error

    def set_aside(self, path: Path) -> Path:
        """Rename a file that holds somebody's work, and its edit log, so that the new result does not overwrite it."""
        kept = path.with_name(f"{path.stem}-edited-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        os.replace(path, kept)
        journals = ("-wal", "-shm")
        for ending in (*journals, SUFFIX, *(SUFFIX + journal for journal in journals)):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{path}{ending}", f"{kept}{ending}")
        return kept

    def close(self, keep: bool) -> None:
        """Let go; remove the work folder unless its strips are worth keeping, and an output folder left empty."""
        self._lock.close()
        if keep:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._made_out_dir:
            with contextlib.suppress(OSError):
                self.out_dir.rmdir()
