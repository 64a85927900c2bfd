"""What a child's end means, in words: from its exit code and its last lines."""

from __future__ import annotations

import signal
from typing import Optional, Sequence

from ..inference import errors
from ..inference.onnx_predictor import OUT_OF_MEMORY
from ..inference.onnx_session import is_out_of_memory

RESUME = "the finished part is kept: run again with Resume; the log has the details."

_KILLED = (-9, 137)  # as subprocess, and as a shell between, tell of SIGKILL
_WINDOWS = {0xC0000017: "", 0xC0000005: "access violation", 0xC0000135: "a library is missing"}
_WINDOWS_NO_MEMORY = 0xC0000017


def explain_exit(code: Optional[int], log: Sequence[str]) -> str:
    """Return why a child with exit code `code` (None: it still ran, but had closed the channel) is gone."""
    if (code is not None and code & 0xFFFFFFFF == _WINDOWS_NO_MEMORY) or any(map(is_out_of_memory, log)):
        return OUT_OF_MEMORY
    if code in _KILLED:
        return (
            "The system ended the runtime, most likely because memory ran out; close other programs, choose fewer "
            f"threads or a smaller extent; {RESUME}"
        )
    return f"The runtime ended unexpectedly ({_name_of(code)}); {RESUME}"


def error_from(name: object, message: object, log: Sequence[str]) -> errors.IceMarginError:
    """Return the named error that a child reported."""
    kind = getattr(errors, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.IceMarginError)):
        return errors.RuntimeCrashError(f"The runtime reported {name}: {message}; {RESUME}", log)
    if issubclass(kind, errors.RuntimeCrashError):
        return kind(str(message), log)
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
