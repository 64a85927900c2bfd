"""A long job on the command line: a progress bar on stderr, and Ctrl-C that cancels."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Callable, List, Optional, TypeVar

from ..inference.progress import Progress

T = TypeVar("T")
WIDTH = 30


class TerminalProgress:
    """Draws a bar where stderr is a terminal; cancelled by `cancel`."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._began = time.monotonic()
        self._shown = ""
        self._is_terminal = sys.stderr.isatty()

    def report(self, fraction: float, text: str) -> None:
        if not self._is_terminal:
            return
        done = round(WIDTH * fraction)
        line = f"[{'=' * done}{' ' * (WIDTH - done)}] {fraction:4.0%}  {text}{self._remaining(fraction)}"
        if line != self._shown:
            sys.stderr.write("\r" + line.ljust(len(self._shown)))
            sys.stderr.flush()
            self._shown = line

    def _remaining(self, fraction: float) -> str:
        elapsed = time.monotonic() - self._began
        if fraction < 0.02 or elapsed < 2:
            return ""
        left = round(elapsed / fraction - elapsed)
        return f", {left // 60}:{left % 60:02d} left"

    def finish(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * len(self._shown) + "\r")
            sys.stderr.flush()

    def cancel(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()


def in_background(job: Callable[[Progress], T]) -> T:
    """Run `job(progress)` in a thread, so that this one can hear Ctrl-C, and return its answer or raise its error."""
    progress = TerminalProgress()
    answers: List[T] = []
    errors: List[BaseException] = []

    def work() -> None:
        try:
            answers.append(job(progress))
        except BaseException as error:  # noqa: BLE001 - carried over to the main thread, which raises it
            errors.append(error)

    before = signal.signal(signal.SIGINT, progress.cancel)
    try:
        thread = threading.Thread(target=work, name="map")
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
    finally:
        signal.signal(signal.SIGINT, before)
        progress.finish()
    if errors:
        raise errors[0]
    return answers[0]
