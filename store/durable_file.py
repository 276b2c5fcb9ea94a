"""The SQLite file of a store, in which every change is whole, even if the process is killed at any moment.

A write-ahead log lets readers continue while one process writes. With `synchronous = FULL`, a committed change is on
disk. SQLite's application_id distinguishes the file from those of other programs, and user_version is its format.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FORMAT = 1
"""Version of the schema, in the file's user_version."""
BUSY_SECONDS = 60.0
"""Seconds to wait for another process's transaction."""
_ADDED = """
CREATE TABLE IF NOT EXISTS rated_pictures (
    picture TEXT PRIMARY KEY,
    job INTEGER NOT NULL REFERENCES results (job),
    rating REAL NOT NULL,
    rated REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rated_pictures_by_job ON rated_pictures (job);
"""
"""What came later, and what programs that do not know it can leave alone: the format stays the same."""
_APPLICATION = 0x4E575452  # "NWTR"

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE catalogs (fingerprint TEXT PRIMARY KEY, files TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE drawings (key TEXT PRIMARY KEY, drawn INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    prompt TEXT NOT NULL,
    choices TEXT NOT NULL,
    api TEXT NOT NULL,
    seed TEXT NOT NULL,
    source TEXT NOT NULL,
    split TEXT NOT NULL,
    kind TEXT NOT NULL,
    meaning TEXT,
    main TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX jobs_by_state ON jobs (state);
CREATE TABLE results (
    job INTEGER PRIMARY KEY REFERENCES jobs (id),
    image TEXT,
    seconds REAL NOT NULL,
    comfyui TEXT NOT NULL,
    catalog TEXT NOT NULL,
    server TEXT NOT NULL,
    rating REAL,
    recorded REAL NOT NULL
);
CREATE INDEX results_by_image ON results (image);
CREATE TABLE scores (
    job INTEGER NOT NULL REFERENCES results (job),
    scorer TEXT NOT NULL,
    score REAL,
    error TEXT,
    PRIMARY KEY (job, scorer)
) WITHOUT ROWID;
"""


class StoreError(RuntimeError):
    """A store that cannot be opened, read or written. The message names the file and the remedy."""


class DurableFile:
    """A connection to the file `path`, which is created with its folder if it does not exist.

    Only the thread that opened it may use it. All methods raise StoreError.

    Attributes:
        path: the file itself, where `path` was a link to it: the files beside it belong to it under any name.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.path = path.resolve()
            if not self.path.name or self.path.is_dir():
                raise StoreError(f"{path}: the store cannot be opened: this is a folder. Name a file in it")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_nlink > 1:
                # SQLite's log and the claim lie beside one of the names, where the other does not find them.
                raise StoreError(f"{path}: the file has a second name (a hard link). Delete one of the two, or copy it")
            self._connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        except (OSError, ValueError, RuntimeError, sqlite3.Error) as error:  # RuntimeError: of links in a circle
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{path}: the store cannot be opened ({error})") from error
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file. Closing it again does nothing."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make the changes of the block as a whole, or not at all if it raises."""
        with self._sqlite_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return every row that a query finds."""
        with self._sqlite_errors():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Keep other processes from claiming the file while the block runs.

        A claim ends with its process, however that ends.

        Raises:
            StoreError: another process has claimed the file, or the claim cannot be made.
        """
        # A lock of SQLite on a separate file: every system supports it, and releases it when the process dies.
        path = self.path.with_name(f"{self.path.name}.claim")
        with contextlib.closing(_locked(path, self.path)):
            yield

    def _prepare(self) -> None:
        """Check that the file is a store, or make an empty file one."""
        with self._sqlite_errors():
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA trusted_schema = OFF")  # the file may come from anywhere
            self._connection.execute("PRAGMA cell_size_check = ON")
            self._check_kind()
            self._use_log()
            self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction() as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            for statement in _ADDED.split(";"):
                connection.execute(statement)

    def _check_kind(self) -> None:
        # One statement, because another process may be creating the store at this moment.
        query = "SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)"
        ((application, version, tables),) = self._connection.execute(
            f"{query} FROM pragma_application_id, pragma_user_version"
        ).fetchall()
        if application != _APPLICATION and (application or version or tables):
            raise StoreError(f"{self.path}: this is a database of another program. Choose another file")
        if version > FORMAT:
            raise StoreError(
                f"{self.path}: a newer Nodewright wrote this store (format {version}; this one reads {FORMAT}). "
                "Update Nodewright, or choose another file"
            )

    def _use_log(self) -> None:
        # Unlike everything else, the switch does not wait for other processes; but each file is switched only once.
        end = time.monotonic() + BUSY_SECONDS
        while self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @contextlib.contextmanager
    def _sqlite_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into StoreError."""
        try:
            yield
        except (sqlite3.Error, OverflowError, UnicodeError) as error:  # the last two: values that it cannot hold
            advice = "Check that the file is a store, that it may be written, and that the disk is not full"
            raise StoreError(f"{self.path}: {error}. {advice}") from error


def _locked(path: Path, store: Path) -> sqlite3.Connection:
    """Return a connection that has locked the file `path`, the claim of the file `store`. Raises StoreError."""
    try:
        lock = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except BaseException:
            lock.close()
            raise
    except sqlite3.Error as error:
        if "locked" in str(error):  # Python 3.10 has no error codes
            raise StoreError(f"{store}: another process collects into it. Stop that process, or wait for it") from error
        raise StoreError(f"{path}: this is no claim of a store ({error}). Delete it, or move it away") from error
    return lock
