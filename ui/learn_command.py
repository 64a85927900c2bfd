"""The command that makes a local model from a corrected map, as it is typed into a terminal."""

from __future__ import annotations

import re
import shlex
import sys
from typing import Sequence

_PLAIN = re.compile(r"[\w.:/\\+-]+")


def learn_command(outlines: str, model: str, folder: str, region: str = "", platform: str = sys.platform) -> str:
    """Return `icemargin learn ...` for the platform's shell (on Windows both the command prompt and PowerShell).

    `model` is an installed model's name or a file; `region` is where the new one shall be proposed, "" for nowhere.
    """
    words = ["icemargin", "learn", outlines, "--from", model, "--out", folder, "--install"]
    if region:
        words += ["--default-for", region]
    return _for_windows(words) if platform == "win32" else shlex.join(words)


def _for_windows(words: Sequence[str]) -> str:
    """Quote by double quotes: both shells know them, and no file's name has them.

    A backslash before the closing one would be taken for its escape.
    """
    native = (word.replace("/", "\\").rstrip("\\") if "/" in word or "\\" in word else word for word in words)
    return " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in native)
