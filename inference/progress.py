"""How a long job tells where it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol

from .errors import Cancelled


class Progress(Protocol):
    """What every door (task, command line, Processing) hands to the core."""

    def report(self, fraction: float, text: str) -> None:
        """Tell that `fraction` (0..1) is done and what is going on."""

    def is_cancelled(self) -> bool:
        """Return True once the user wants to stop."""


class NoProgress:
    """Reports to nobody and is never cancelled."""

    def report(self, fraction: float, text: str) -> None:
        pass

    def is_cancelled(self) -> bool:
        return False


class PartOfProgress:
    """A stretch of another progress, from `start` to `stop`, seen as 0..1."""

    def __init__(self, whole: Progress, start: float, stop: float) -> None:
        self._whole = whole
        self._start = start
        self._length = stop - start

    def report(self, fraction: float, text: str) -> None:
        self._whole.report(self._start + self._length * min(max(fraction, 0.0), 1.0), text)

    def is_cancelled(self) -> bool:
        return self._whole.is_cancelled()


def stop_if_cancelled(progress: Progress) -> None:
    """Raise Cancelled if the user wants to stop."""
    if progress.is_cancelled():
        raise Cancelled("Cancelled; nothing was written.")
