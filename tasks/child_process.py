"""The parent's side of the channel: starts the child, asks, waits, and always ends it."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
import time
import weakref
from collections import deque
from pathlib import Path
from typing import IO, Any, Callable, Deque, Dict, Mapping, Optional, Tuple

from ..inference.errors import Cancelled, RuntimeCrashError, RuntimeMissingError
from .channel import LONGEST_LINE, decode, encode
from .child_failures import MAPPING, Advice, error_from, explain_exit
from .spawn import CHOOSE, popen_options, python_command, refuse_what_is_no_python

CHILD_SCRIPT = str(Path(__file__).absolute().with_name("child.py"))

_LOG_LINES = 200
_POLL = 0.1  # s between two looks at is_cancelled
_PATIENCE = 1.0  # s that a child gets to end by itself


class ChildProcess:
    """A running child. Calls come from one thread at a time; `close` may come from any.

    Raises RuntimeMissingError if `python` cannot be started.
    """

    def __init__(
        self,
        python: str,
        is_cancelled: Callable[[], bool] = lambda: False,
        script: str = CHILD_SCRIPT,
        advice: Advice = MAPPING,
    ) -> None:
        refuse_what_is_no_python(python)
        self._is_cancelled = is_cancelled
        self._advice = advice
        self._number = 0
        self._process = _start(python_command(python, script))
        self._answers: queue.Queue[Optional[bytes]] = queue.Queue()
        self._log: Deque[str] = deque(maxlen=_LOG_LINES)
        self._log_reader = _in_background(_collect_log, self._process.stderr, self._log)
        _in_background(_collect_answers, self._process.stdout, self._answers)
        self._end = weakref.finalize(self, _end, self._process)  # also when the interpreter exits

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> Tuple[str, ...]:
        """The last lines the child wrote to stderr."""
        return tuple(self._log)

    def call(
        self,
        name: str,
        timeout: float,
        on_progress: Callable[[float, str], None] = lambda *_: None,
        /,
        **arguments: Any,
    ) -> Dict[str, Any]:
        """Ask the child for `name` and return its result; JSON both ways. What it reports on the way is passed on.

        Raises the named error that the child reports, Cancelled, or RuntimeCrashError if the child dies, answers
        nonsense or is silent for `timeout` seconds; after the last three the child is ended.
        """
        if not self._end.alive:
            raise RuntimeCrashError(f"The runtime has been ended; {self._advice.again}", self.log)
        self._number += 1
        self._send({"id": self._number, "call": name, **arguments})
        answer = self._message(self._wait(name, timeout))
        while "progress" in answer:
            on_progress(float(answer["progress"]), str(answer.get("text", "")))
            answer = self._message(self._wait(name, timeout))
        if "error" in answer:
            raise error_from(answer["error"], answer.get("message", ""), self.log, self._advice)
        result: Dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """End the child; safe to call twice."""
        self._end()

    def _send(self, message: Mapping[str, Any]) -> None:
        """Write a request. A child that is gone cannot read it; its silence is explained where it is waited for."""
        with contextlib.suppress(OSError, ValueError):
            stream = self._process.stdin
            assert stream is not None  # nosec B101 # noqa: S101 - for the type checker
            stream.write(encode(message))
            stream.flush()

    def _wait(self, name: str, timeout: float) -> bytes:
        """Return the next line of the child."""
        deadline = time.monotonic() + timeout
        while True:
            if self._is_cancelled():
                self._kill()
                raise Cancelled("Cancelled; the runtime was stopped.")
            with contextlib.suppress(queue.Empty):
                line: Optional[bytes] = self._answers.get(timeout=_POLL)
                if line is None:
                    raise self._death()
                return line
            if time.monotonic() > deadline:
                self._kill()
                silence = f"The runtime gave no answer to '{name}' in {timeout:.0f} s and was ended"
                raise self._crash(f"{silence}; {self._advice.again}")

    def _message(self, line: bytes) -> Dict[str, Any]:
        with contextlib.suppress(ValueError):
            message = decode(line)
            reports = isinstance(message.get("progress"), (int, float))
            known = "error" in message or reports or isinstance(message.get("result"), dict)
            if message.get("id") == self._number and known:
                return message
        self._kill()
        self._log.append(f"not an answer: {line[:200]!r}")
        raise self._crash(f"The runtime answered nonsense and was ended; {self._advice.again}")

    def _death(self) -> Exception:
        """Return what to raise for a child that closed the channel."""
        closed_by_us = not self._end.alive
        code: Optional[int] = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_PATIENCE)
        if closed_by_us:  # in another thread, which ends the child if it does not leave by itself
            return Cancelled("Cancelled; the runtime was stopped.")
        self._kill()
        self._log_reader.join(_PATIENCE)
        return self._crash(explain_exit(code, self.log, self._advice))

    def _crash(self, message: str) -> RuntimeCrashError:
        return RuntimeCrashError(message, self.log)

    def _kill(self) -> None:
        self._process.kill()
        self.close()


def _start(command: Any) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        # A list and no shell; the interpreter is the one that the user chose.
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, **popen_options())  # nosec B603
    except OSError as error:
        raise RuntimeMissingError(f"{command[0]} cannot be started ({error.strerror}): {CHOOSE}") from error


def _in_background(function: Callable[..., None], stream: Optional[IO[bytes]], target: Any) -> threading.Thread:
    """Read a stream of the child in a thread of its own, which must not hold the ChildProcess (it would live on)."""
    thread = threading.Thread(target=function, args=(stream, target), daemon=True, name="icemargin-runtime")
    thread.start()
    return thread


def _collect_answers(stream: IO[bytes], answers: Any) -> None:
    with stream:
        while True:
            line = stream.readline(LONGEST_LINE)
            if not line:
                break
            answers.put(line)
    answers.put(None)


def _collect_log(stream: IO[bytes], log: Deque[str]) -> None:
    with stream:
        for line in stream:
            log.append(line.decode("utf-8", "replace").rstrip())


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the channel, at which the child leaves by itself, and make sure that it did."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
