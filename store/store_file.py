"""The SQLite file of a store: what makes every change whole, whoever is killed when.

The write-ahead log lets readers go on while one process writes. `synchronous = FULL`: what has been committed is on
disk. A file is told from other programs' by SQLite's application_id, and its format stands in user_version.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FORMAT = 1
BUSY_SECONDS = 60.0
"""How long to wait for another process's transaction."""
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
    """A store that cannot be opened, read or written. The message names the file, and says what to do."""


class StoreFile:
    """A connection to the file `path`, made if it is not there, as its folder is. For the thread that made it alone.
    All methods raise StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: the store cannot be opened ({error})") from error
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Ends the use of the file. Twice does nothing."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What the block changes is there as a whole after it, or not at all."""
        with self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Every row that a query finds."""
        with self._told():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """While the block runs no other process can claim the file. A claim ends with its process, however that ends.

        Raises StoreError where another process has it.
        """
        # A lock of SQLite's, on a file of its own: every system has it, and takes it back from the dead.
        lock = sqlite3.connect(self.path.with_name(f"{self.path.name}.claim"), timeout=0.2, isolation_level=None)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise StoreError(f"{self.path}: another process collects into it; stop that one, or wait") from error
            yield
        finally:
            lock.close()

    def _prepare(self) -> None:
        """Checks that it is a store, or makes it one."""
        with self._told():
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._check_kind()
            self._use_log()
            self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction() as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")

    def _check_kind(self) -> None:
        # One statement, so that it is one moment: another process may be making the store just now.
        query = "SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)"
        ((application, version, tables),) = self._connection.execute(
            f"{query} FROM pragma_application_id, pragma_user_version"
        ).fetchall()
        if application != _APPLICATION and (application or version or tables):
            raise StoreError(f"{self.path}: this is a database of another program; choose another file")
        if version > FORMAT:
            raise StoreError(
                f"{self.path}: a newer Nodewright wrote this store (format {version}; this one reads {FORMAT}). "
                "Update Nodewright, or choose another file"
            )

    def _use_log(self) -> None:
        # The switch does not wait for others as everything else does, but it is made once in the file's life.
        end = time.monotonic() + BUSY_SECONDS
        while self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            advice = "Is it a store, is there room on the disk, and may it be written?"
            raise StoreError(f"{self.path}: {error}. {advice}") from error
