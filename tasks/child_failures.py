"""What a child's end means, in words: from its exit code and its last lines."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Optional, Sequence

from ..inference import errors
from ..inference.onnx_predictor import OUT_OF_MEMORY
from ..inference.onnx_session import is_out_of_memory

RESUME = "the finished part is kept: run again with Resume; the log has the details."


@dataclass(frozen=True)
class Advice:
    """What to do after a child's end: in general, what to make smaller, and what to say where memory ran out."""

    again: str
    smaller: str
    no_memory: str


MAPPING = Advice(RESUME, "choose fewer threads or a smaller extent", OUT_OF_MEMORY)
WHOLE = Advice(
    "nothing was written: run again; the log has the details.", "choose a smaller extent",
    "The memory ran out; close other programs, choose a smaller extent, and run again.",
)  # fmt: skip
"""For what is done whole or not at all."""

_KILLED = (-9, 137)  # as subprocess, and as a shell between, tell of SIGKILL
_WINDOWS = {0xC0000017: "", 0xC0000005: "access violation", 0xC0000135: "a library is missing"}
_WINDOWS_NO_MEMORY = 0xC0000017


def explain_exit(code: Optional[int], log: Sequence[str], advice: Advice = MAPPING) -> str:
    """Return why a child with exit code `code` (None: it still ran, but had closed the channel) is gone."""
    if (code is not None and code & 0xFFFFFFFF == _WINDOWS_NO_MEMORY) or any(map(is_out_of_memory, log)):
        return advice.no_memory
    if code in _KILLED:
        return (
            "The system ended the runtime, most likely because memory ran out; close other programs, "
            f"{advice.smaller}; {advice.again}"
        )
    return f"The runtime ended unexpectedly ({_name_of(code)}); {advice.again}"


def error_from(
    name: object, message: object, log: Sequence[str], advice: Advice = MAPPING
) -> errors.IceMarginError:  # fmt: skip
    """Return the named error that a child reported."""
    kind = getattr(errors, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.IceMarginError)):
        return errors.RuntimeCrashError(f"The runtime reported {name}: {message}; {advice.again}", log)
    if issubclass(kind, errors.RuntimeCrashError):
        return kind(advice.no_memory if message == OUT_OF_MEMORY else str(message), log)
    return kind(str(message))


def _name_of(code: Optional[int]) -> str:
    if code is None:
        return "it closed the channel"
    unsigned = code & 0xFFFFFFFF
    if unsigned >= 0xC0000000 and unsigned in _WINDOWS:
        return f"{_WINDOWS[unsigned]}, 0x{unsigned:08X}"
    if code < 0:
        names = {int(item): item.name for item in signal.Signals}
        return f"crash, {names.get(-code, f'signal {-code}')}"
    return f"exit code {code}"
