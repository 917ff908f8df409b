"""What a run's database looks like, how it is opened, and what its errors mean to a user."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from text_al.errors import PoolError

SCHEMA_VERSION = 3
"""1 had no `considered` in events, 2 no `how` and no `people`."""
APPLICATION_ID = 0x7465616C  # "teal": tells our files from other SQLite files
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    round INTEGER NOT NULL,
    json TEXT NOT NULL,
    closed INTEGER NOT NULL
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    row INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('asked', 'released', 'labelled', 'skipped')),
    round INTEGER NOT NULL,
    request TEXT NOT NULL,
    annotator TEXT NOT NULL,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    targets BLOB,
    purpose TEXT NOT NULL,
    inclusion REAL,
    comment TEXT NOT NULL,
    considered TEXT,
    how TEXT,
    people INTEGER,
    CHECK ((targets IS NOT NULL) = (kind = 'labelled'))
);
CREATE INDEX events_by_row ON events (row);
CREATE TRIGGER events_stay BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never erased'); END;
CREATE TRIGGER events_hold BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TABLE state (
    row INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('pending', 'labelled', 'skipped', 'excluded')),
    event INTEGER REFERENCES events (id)
);
CREATE INDEX pending_rows ON state (event) WHERE state = 'pending';
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,
    phase TEXT NOT NULL CHECK (phase IN ('trained', 'done')),
    record TEXT NOT NULL,
    model TEXT NOT NULL
);
"""

_MENDS = {
    "not a database": "restore it from a copy, or move the run folder away and begin again",
    "malformed": "restore it from a copy, or move the run folder away and begin again",
    "full": "make room on the disk, and run the same command again",
    "locked": "another process is writing to it; try again when that is done",
    "readonly": "it was opened to look at only, or its folder cannot be written",
    "unable to open": "its folder must be there, and you must be allowed to write in it",
}


@contextmanager
def database_errors(name: str) -> Iterator[None]:
    """Turn what SQLite or the file system raises into a PoolError that names the file and the mend."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        mends = [mend for words, mend in _MENDS.items() if words in str(error)]
        raise PoolError(f"{name}: {'; '.join([str(error), *mends[:1]])}") from error


def connect(address: str) -> sqlite3.Connection:
    """A connection in which nothing is committed unasked, and what is committed survives a power cut."""
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def fill(connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """Make the tables, and keep these facts."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))


def check(connection: sqlite3.Connection, path: Path) -> None:
    """See that this is a whole run of this version, or of one that `renew` knows.

    Raises:
        PoolError: it is not.
        sqlite3.DatabaseError: it is no database, or so damaged that it cannot be read.
    """
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise PoolError(f"{path} is a database, but not one of a text_al run; name the run's own folder")
    version = _pragma(connection, "user_version")
    if version not in (*_ADDED, SCHEMA_VERSION):
        raise PoolError(
            f"{path} has schema {version}, but this version of text_al reads schema {SCHEMA_VERSION}; "
            "use the version that made it, or begin a new run"
        )
    damage = _pragma(connection, "quick_check")
    if damage != "ok":
        raise PoolError(f"{path} is damaged ({' '.join(str(damage).split())}); {_MENDS['malformed']}")


_ADDED = {
    1: {"considered": "TEXT", "how": "TEXT", "people": "INTEGER"},
    2: {"how": "TEXT", "people": "INTEGER"},
}
"""What the events of a former version lack."""


def renew(connection: sqlite3.Connection, *, read_only: bool) -> None:
    """Give a store of a former version what it lacks: for good, or where it is read only, to the eye."""
    version = _pragma(connection, "user_version")
    if version == SCHEMA_VERSION:
        return
    if read_only:
        lacking = ", ".join(f"NULL AS {column}" for column in _ADDED[version])
        connection.execute(f"CREATE TEMP VIEW events AS SELECT *, {lacking} FROM main.events")  # noqa: S608
        return
    connection.execute("BEGIN IMMEDIATE")
    version = _pragma(connection, "user_version")  # another process may have been first
    for column, kind in _ADDED.get(version, {}).items():
        connection.execute(f"ALTER TABLE events ADD COLUMN {column} {kind}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    if os.name == "nt":
        return  # a folder cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]
