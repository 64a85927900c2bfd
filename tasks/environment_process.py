"""Runs the installer's steps: output into a log, progress while it runs, an end within a second when cancelled."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Callable, List, Mapping, Optional, Sequence

from ..inference.errors import Cancelled, InstallError
from ..inference.progress import Progress
from .environment_network import mask
from .spawn import popen_options, python_command, refuse_what_is_no_python

MODULE_SCRIPT = str(Path(__file__).absolute().with_name("environment_child.py"))

_POLL = 0.2  # s between two looks at is_cancelled
_PATIENCE = 1.0  # s


@dataclass
class SetupLog:
    """All that the steps say: in a file, and here. A full disk must not hide what went wrong, so writing is tried."""

    path: Optional[Path] = None
    lines: List[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        line = mask(line.rstrip())
        self.lines.append(line)
        if self.path is not None:
            with contextlib.suppress(OSError), open(self.path, "a", encoding="utf-8") as stream:
                stream.write(line + "\n")


@dataclass(frozen=True)
class Runner:
    """Runs commands in one environment, for one set-up."""

    environment: Mapping[str, str]
    log: SetupLog
    progress: Progress

    def module(self, python: str, *arguments: str, watch: Callable[[str], None] = lambda line: None) -> int:
        """Run a module of `python` (name, arguments ...), which ends with this process; return its exit code."""
        refuse_what_is_no_python(python)
        return self.command(python_command(python, MODULE_SCRIPT, *arguments), watch)

    def command(self, command: Sequence[str], watch: Callable[[str], None] = lambda line: None) -> int:
        """Run a command to its end; `watch` gets each line, and "" five times a second.

        Raises Cancelled (the process and its children are ended) and InstallError if it cannot be started.
        """
        self.log.add("> " + " ".join(command))
        process = _start(command, self.environment)
        lines: queue.Queue[Optional[str]] = queue.Queue()
        threading.Thread(target=_collect, args=(process.stdout, lines), daemon=True).start()
        try:
            while not self._take(lines, watch):
                if self.progress.is_cancelled():
                    raise Cancelled("Cancelled; nothing was changed.")
            return process.wait()
        finally:
            _end(process)

    def _take(self, lines: queue.Queue[Optional[str]], watch: Callable[[str], None]) -> bool:
        """Pass one line on, or a pulse; return True at the end."""
        try:
            line = lines.get(timeout=_POLL)
        except queue.Empty:
            watch("")
            return False
        if line is None:
            return True
        self.log.add(line)
        watch(line)
        return False


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    options = {**popen_options(), "env": dict(environment)}
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, **options)  # nosec B603
    except OSError as error:
        raise InstallError(
            f"{command[0]} cannot be started ({error.strerror}); choose another Python, or let your virus scanner "
            "allow it."
        ) from error


def _collect(stream: IO[bytes], lines: Any) -> None:
    with stream:
        for line in stream:
            lines.put(line.decode("utf-8", "replace"))
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, with its children; it would also notice that its stdin is closed."""
    if process.stdin is not None and process.poll() is None:
        _kill_tree(process)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            subprocess.run(  # nosec B603 B607 # Windows's own program, and a number
                ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False, **popen_options()
            )
    else:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)  # popen_options makes it the leader of its group
    process.kill()
