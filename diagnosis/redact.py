"""Taking what is personal out of a text: home folders, user and host names, chosen folders."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
from typing import Dict, Iterable, Iterator, List, Mapping, Pattern, Tuple

HOME, USER, HOST, FOLDER = "<home>", "<user>", "<host>", "<folder>"
_HOME_VARIABLES = ("HOME", "USERPROFILE")
_USER_VARIABLES = ("USER", "USERNAME", "LOGNAME", "SUDO_USER")
_HOST_VARIABLES = ("HOSTNAME", "COMPUTERNAME", "HOST")
_SHORT = 4
"""Names shorter than this are replaced only where they stand alone: they are part of too many words."""

_HOME_PATTERNS = (
    # Also homes of other users, and Windows's short names (C:\\Users\\JANEDO~1).
    re.compile(r"\b[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+[^\\/\s:;,'\")]+", re.IGNORECASE),
    re.compile(r"/(?:home|Users)/[^/\s:;,'\")]+"),
)
_SYSTEM_FOLDERS = re.compile(
    r"/(?:tmp$|(?:usr|bin|opt|Applications|Library|System)(?=$|/))"
    r"|[A-Za-z]:[\\/]+(?:Windows|Program Files|OSGeo4W)(?=$|[\\/ (])",
    re.IGNORECASE,
)
"""Folders that every machine has: they say nothing of a person, but much of an installation."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


class Redactor:
    """Replaces what is personal. `folders` are places whose names say something of the user (data, models).

    Read once when it is made: home folder, user name and host name, from the system and from `environ`.
    """

    def __init__(self, environ: Mapping[str, str], folders: Iterable[str] = ()) -> None:
        found: Dict[str, str] = {}
        for path in _with_real(folders):
            if not _SYSTEM_FOLDERS.match(path):
                found[path] = FOLDER
        for path in _with_real(_homes(environ)):
            found[path] = HOME
        for name in _names(environ, _HOST_VARIABLES, _hosts()):
            found.setdefault(name, HOST)
        for name in _names(environ, _USER_VARIABLES, _users()):
            found.setdefault(name, USER)
        longest_first = sorted(found, key=len, reverse=True)
        self._patterns: List[Tuple[Pattern[str], str]] = [(_pattern(text), found[text]) for text in longest_first]

    def __call__(self, text: str) -> str:
        """Return `text` without anything personal."""
        text = _CREDENTIALS.sub("", text)
        for pattern, word in self._patterns:
            text = pattern.sub(word, text)
        for pattern in _HOME_PATTERNS:
            text = pattern.sub(HOME, text)
        return text


def _pattern(text: str) -> Pattern[str]:
    """Match `text` in any case, paths with either slash."""
    escaped = re.sub(r"(?:\\\\|/)+", lambda _: r"[\\/]+", re.escape(text))
    if len(text) < _SHORT:
        escaped = rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])"
    return re.compile(escaped, re.IGNORECASE)


def _with_real(folders: Iterable[str]) -> Iterator[str]:
    """Yield each folder, and where it really lies; never a root or an empty text."""
    for folder in folders:
        for path in (folder, os.path.realpath(folder)) if folder else ():
            bare = path.rstrip("\\/")
            if len(bare) > 2:  # not "", "C:"
                yield bare


def _homes(environ: Mapping[str, str]) -> Iterator[str]:
    yield os.path.expanduser("~")
    for variable in _HOME_VARIABLES:
        yield environ.get(variable, "")


def _names(environ: Mapping[str, str], variables: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for name in (*(environ.get(variable, "") for variable in variables), *known):
        if name and name != "localhost":
            yield name


def _users() -> Iterator[str]:
    try:
        yield getpass.getuser()
    except (KeyError, OSError, ImportError):  # no entry in the user database, as in some containers
        return


def _hosts() -> Iterator[str]:
    for name in (socket.gethostname(), platform.node()):
        yield name
        yield name.split(".")[0]
