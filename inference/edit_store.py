"""The edit log's file: SQLite beside the outlines, so that the file of the outlines is never touched nor locked by it.

The journal is a write-ahead log with synchronous=NORMAL: a step that was written is there after QGIS is killed, without
waiting for the disk at every step; a power cut may take the last steps, and never breaks the file. A write-ahead log
needs memory shared between the programs that use it, which drives of the network have not: there the journal is a
rollback journal.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .edit_steps import OPEN, SAVED, Change, Session, State, Step
from .errors import OutputError

SUFFIX = ".edits.sqlite"
WRITE_AHEAD, ROLLBACK_JOURNAL = "PRAGMA journal_mode=WAL", "PRAGMA journal_mode=TRUNCATE"
PATIENCE_S = 2.0
"""How long another program's writing is waited for."""
_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, layer TEXT, crs TEXT, lock TEXT, host TEXT,
    began TEXT);
CREATE TABLE IF NOT EXISTS steps (id INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER REFERENCES sessions (id),
    name TEXT, tool TEXT, analyst TEXT, began TEXT, ended TEXT, state TEXT);
CREATE TABLE IF NOT EXISTS changes (step INTEGER REFERENCES steps (id) ON DELETE CASCADE, fid INTEGER, glacier TEXT,
    reason TEXT, note TEXT, km2_before REAL, km2_after REAL, seconds REAL, wkb_before BLOB, wkb_after BLOB,
    values_before TEXT, values_after TEXT);
CREATE INDEX IF NOT EXISTS changes_step ON changes (step);
CREATE INDEX IF NOT EXISTS steps_session ON steps (session, state);
"""
_SELECT_STEPS = """SELECT s.id, s.session, s.name, s.tool, s.analyst, s.began, s.ended, s.state FROM steps s
    JOIN sessions ON sessions.id = s.session WHERE sessions.layer = ? AND s.state LIKE ? ORDER BY s.id"""
_SELECT_CHANGES = """SELECT fid, glacier, reason, note, km2_before, km2_after, seconds,
    CASE WHEN ?1 THEN wkb_before END, CASE WHEN ?1 THEN wkb_after END, values_before, values_after
    FROM changes WHERE step = ?2 ORDER BY rowid"""
_INSERT_CHANGE = """INSERT INTO changes (step, fid, glacier, reason, note, km2_before, km2_after, seconds, wkb_before,
    wkb_after, values_before, values_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ANY = "%"


def store_beside(path: str) -> Path:
    """Return where the log of a file of outlines lies beside it."""
    return Path(path + SUFFIX)


class EditStore:
    """An open log; `journal`, one of the two, is given by those who write.

    Raises OutputError for what SQLite or the disk refuses.
    """

    def __init__(self, path: Path, journal: str = "") -> None:
        self.path = path
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(str(path), timeout=PATIENCE_S)
            if journal:
                self._db.execute(journal)
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA foreign_keys=ON")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(_TABLES + f"PRAGMA user_version={_VERSION};")
        if version > _VERSION:
            self._db.close()
            raise OutputError(f"The edit log {path} was written by a newer IceMargin; update the plugin.")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def begin(self, session: Session) -> int:
        """Add a session, and return its number."""
        with self._change() as db:
            row = (session.layer, session.crs, session.lock, session.host, session.began)
            done = db.execute("INSERT INTO sessions (layer, crs, lock, host, began) VALUES (?, ?, ?, ?, ?)", row)
            return int(done.lastrowid or 0)

    def add(self, session: int, step: Step) -> int:
        """Add a step to a session, and return its number. It is in the file when this returns."""
        with self._change() as db:
            row = (session, step.name, step.tool, step.analyst, step.began, step.ended, step.state)
            done = db.execute("INSERT INTO steps (session, name, tool, analyst, began, ended, state) "
                              "VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # fmt: skip
            number = int(done.lastrowid or 0)
            _put_changes(db, number, step.changes)
            return number

    def extend(self, number: int, step: Step) -> None:
        """Put another end and other changes to a step."""
        with self._change() as db:
            db.execute("UPDATE steps SET ended = ? WHERE id = ?", (step.ended, number))
            db.execute("DELETE FROM changes WHERE step = ?", (number,))
            _put_changes(db, number, step.changes)

    def mark(self, numbers: Sequence[int], state: str) -> None:
        """Give steps a state."""
        with self._change() as db:
            db.executemany("UPDATE steps SET state = ? WHERE id = ?", [(state, number) for number in numbers])

    def save(self, numbers: Sequence[int], fids: Mapping[int, int]) -> None:
        """Mark steps as saved, with the numbers that the file gave to new features (new by old)."""
        with self._change() as db:
            for number in numbers:
                db.execute("UPDATE steps SET state = ? WHERE id = ?", (SAVED, number))
                pairs = [(new, number, old) for old, new in fids.items()]
                db.executemany("UPDATE changes SET fid = ? WHERE step = ? AND fid = ?", pairs)

    def drop(self, numbers: Sequence[int]) -> None:
        """Forget steps."""
        with self._change() as db:
            db.executemany("DELETE FROM steps WHERE id = ?", [(number,) for number in numbers])

    def steps(self, layer: str, shapes: bool = True) -> List[Step]:
        """Return all steps on a layer in their order; without shapes, geometries are left out of them."""
        return self._steps(layer, _ANY, shapes)

    def open_steps(self, layer: str) -> List[Tuple[Step, Session]]:
        """Return the steps that are neither saved nor taken back, whoever made them, with their sessions."""
        sessions = self.sessions()
        return [(step, sessions[step.session]) for step in self._steps(layer, OPEN, True)]

    def sessions(self) -> Dict[int, Session]:
        """Return all sessions by their numbers."""
        with self._faults():
            rows = self._db.execute("SELECT id, layer, crs, lock, host, began FROM sessions").fetchall()
        return {row[0]: Session(*row[1:]) for row in rows}

    def changes(self, number: int) -> Tuple[Change, ...]:
        """Return what a step changed, with shapes."""
        with self._faults():
            return tuple(_change(row) for row in self._db.execute(_SELECT_CHANGES, (True, number)))

    def _steps(self, layer: str, state: str, shapes: bool) -> List[Step]:
        found = []
        with self._faults():
            for row in self._db.execute(_SELECT_STEPS, (layer, state)).fetchall():
                number, session, name, tool, analyst, began, ended, state = row
                changes = tuple(_change(one) for one in self._db.execute(_SELECT_CHANGES, (shapes, number)))
                found.append(Step(name, tool, analyst, began, ended, changes, state, number, session))
        return found

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._faults(), self._db as db:
            yield db

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutputError(f"The edit log {self.path} cannot be used ({error}).") from error


def _put_changes(db: sqlite3.Connection, number: int, changes: Sequence[Change]) -> None:
    db.executemany(_INSERT_CHANGE, ((number, *_row(change)) for change in changes))


def _row(change: Change) -> Tuple[Any, ...]:
    sides = (change.before, change.after)
    return (
        change.fid, change.glacier, change.reason, change.note, change.km2_before, change.km2_after, change.seconds,
        *(None if side is None else side.wkb for side in sides),
        *(None if side is None else json.dumps(dict(side.values)) for side in sides),
    )  # fmt: skip


def _change(row: Tuple[Any, ...]) -> Change:
    fid, glacier, reason, note, km2_before, km2_after, seconds, wkb_before, wkb_after, before, after = row
    return Change(
        fid, glacier, _state(wkb_before, before), _state(wkb_after, after), km2_before, km2_after, seconds, reason, note
    )


def _state(wkb: Optional[bytes], values: Optional[str]) -> Optional[State]:
    loaded: Optional[Dict[str, Any]] = None if values is None else json.loads(values)
    return None if loaded is None else State(wkb, loaded)
