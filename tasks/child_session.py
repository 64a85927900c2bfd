"""A child for one piece of work: started, checked to be of this version, always ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Dict, Iterator

from .. import __version__
from ..inference.errors import RuntimeCrashError
from ..inference.progress import Progress
from .child_failures import MAPPING, Advice
from .child_process import ChildProcess

START = 120.0
"""How long (s) a child may take to answer for the first time, on the slowest machine."""


def greeted(child: ChildProcess, timeout: float = START) -> Dict[str, Any]:
    """Return the child's versions. Raises RuntimeCrashError if it runs another IceMargin than this one."""
    versions = child.call("hello", timeout)
    if versions["version"] != __version__:
        raise RuntimeCrashError("IceMargin was updated while QGIS was running; restart QGIS.", child.log)
    return versions


@contextmanager
def child_session(python: str, progress: Progress, advice: Advice = MAPPING) -> Iterator[ChildProcess]:
    """Yield a child of the interpreter `python`; it is ended when the block is left or `progress` is cancelled."""
    child = ChildProcess(python, progress.is_cancelled, advice=advice)
    try:
        greeted(child)
        yield child
    finally:
        child.close()
