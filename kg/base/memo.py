"""The memo of a knowledge base: answers by the digest of what they were computed from, in one SQLite file of its cache.

An entry is only a shortcut. Each carries the digest of its bytes: a file with an entry whose digest doesn't fit, or one that
SQLite can't read, is removed. On a full or locked disk, nothing is remembered. Entries of other code of kg are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kg.base import files
from kg.base.about import code_stamp

T = TypeVar("T")

FILE: Final = "memo.sqlite"
LIMIT: Final = 1 << 30
"""Maximum size of a memo in bytes; the entries that were unused for the longest time are removed first."""
_PART: Final = 4
"""An entry can take one part in this many of the limit."""
_PAGE: Final = 4096
_WAIT: Final = 10.0
"""Seconds to wait for another process that writes; then the entry is not remembered."""
_MODES: Final = slice(18, 20)
"""Bytes of the file's header that tell how it is written and read: https://www.sqlite.org/fileformat.html"""
_PLAIN: Final = bytes((1, 1))
_AT_ONCE: Final = 500
"""Entries asked for in one statement."""
_DAY: Final = 86_400
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS code (stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    query TEXT NOT NULL, key BLOB NOT NULL, digest BLOB NOT NULL, used INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (query, key)
);
CREATE INDEX IF NOT EXISTS by_use ON entries (used);
"""


def memo_key(*parts: str | bytes) -> bytes:
    """Return the key of an answer that was computed from these parts.

    >>> memo_key("a", "b") == memo_key("ab")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


class Memo:
    """Remembers the bytes of answers by name of the query and key.

    A key is the digest of everything that the answer was computed from except kg's own code, see `memo_key`. Several processes
    can use one memo at the same time. No method fails: what can't be read is unknown, what can't be written is not remembered.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._path = folder / FILE
        self._limit = limit
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def get(self, query: str, key: bytes) -> bytes | None:
        """Return an answer, or None if it is unknown."""
        return self.get_many(query, (key,)).get(key)

    def get_many(self, query: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the known answers among several, by key."""
        answers: dict[bytes, bytes] = {}
        self._attempt(lambda connection: _select(connection, query, keys, answers))
        return answers

    def put(self, query: str, key: bytes, value: bytes) -> None:
        """Remember an answer."""
        self.put_many(query, {key: value})

    def put_many(self, query: str, answers: Mapping[bytes, bytes]) -> None:
        """Remember several answers to one query in one step."""

        def insert(connection: sqlite3.Connection) -> None:
            today = _today()
            connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)",
                (
                    (query, key, memo_key(query, key, value), today, value)
                    for key, value in answers.items()
                    if len(value) <= self._limit // _PART
                ),
            )
            self._bound(connection)

        self._attempt(insert)

    def keep_only(self, query: str, keys: Collection[bytes]) -> None:
        """Forget the answers to a query except those with these keys."""

        def delete(connection: sqlite3.Connection) -> None:
            known = [key for (key,) in connection.execute("SELECT key FROM entries WHERE query = ?", (query,))]
            connection.executemany(
                "DELETE FROM entries WHERE query = ? AND key = ?", [(query, key) for key in known if key not in keys]
            )

        self._attempt(delete)

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        if self._connection is not None and self._process == os.getpid():
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _attempt(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do work in one transaction. After an error of SQLite, nothing is remembered; a damaged file is removed."""
        try:
            if self._connection is None or self._process != os.getpid():  # a connection doesn't survive a fork
                self._connection, self._process = self._open_patiently(), os.getpid()
            with self._connection:
                work(self._connection)
        except (sqlite3.Error, ValueError, TypeError) as error:  # in a damaged file, names may not be text, nor values bytes
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                return  # locked, full, not writable
            self.close()
            self._remove()

    def _open_patiently(self) -> sqlite3.Connection:
        """Open the file. SQLite doesn't wait by itself while another process creates it."""
        until = time.monotonic() + _WAIT
        while True:
            try:
                return self._open()
            except sqlite3.OperationalError as error:
                if (
                    error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                    or time.monotonic() > until
                ):
                    raise
                time.sleep(0.01)

    def _open(self) -> sqlite3.Connection:
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(self._path.lstat().st_mode):
                self._remove()  # for example a link, which kg never creates
            elif (header := files.read(self._path, 100, cut=True)) and header[_MODES] != _PLAIN:
                self._remove()  # damaged: kg uses no write-ahead log, which would be a file mapped into memory
        connection = sqlite3.connect(self._path, timeout=_WAIT)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            # The file of a write-ahead log is mapped into memory: if it is cut off, the system ends the process.
            connection.execute("PRAGMA journal_mode = DELETE")
            # A crash of the system can damage the file, which is then removed; a kill of the process can't.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"PRAGMA max_page_count = {max(self._limit // _PAGE * 2, 64)}")
            connection.executescript(_TABLES)
            stamp = code_stamp()
            if connection.execute("SELECT stamp FROM code").fetchone() != (stamp,):
                connection.execute("DELETE FROM code")
                connection.execute("DELETE FROM entries")
                connection.execute("INSERT INTO code VALUES (?)", (stamp,))
                connection.execute("PRAGMA incremental_vacuum")
                connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    def _bound(self, connection: sqlite3.Connection) -> None:
        """Remove the entries that were unused for the longest time if the file is larger than the limit."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        surplus = (pages - free) * _PAGE - self._limit
        if surplus <= 0:
            return
        doomed = []
        for row, size in connection.execute("SELECT rowid, length(value) FROM entries ORDER BY used, rowid"):
            if surplus <= -self._limit // _PART:
                break  # not only just enough, so that not every write removes something
            doomed.append((row,))
            surplus -= size
        connection.executemany("DELETE FROM entries WHERE rowid = ?", doomed)
        connection.execute("PRAGMA incremental_vacuum")

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{ending}").unlink()


def recall_answer(
    memo: Memo | None,
    query: str,
    key: bytes,
    form: type[T],
    compute: Callable[[], T],
    may_remember: Callable[[], bool] = lambda: True,
) -> T:
    """Return the answer to a query from the memo, or compute it and remember it in place of an earlier one.

    `form` is the type of the answer, of which msgspec makes MessagePack. `may_remember` is asked after `compute`.
    """
    data = memo.get(query, key) if memo is not None else None
    if data is not None:
        with contextlib.suppress(msgspec.MsgspecError):
            return msgspec.msgpack.decode(data, type=form)
    answer = compute()
    if memo is not None and may_remember():
        memo.keep_only(query, ())
        memo.put(query, key, msgspec.msgpack.encode(answer))
    return answer


def _select(connection: sqlite3.Connection, query: str, keys: Sequence[bytes], answers: dict[bytes, bytes]) -> None:
    today = _today()
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        old = []
        rows = connection.execute(
            f"SELECT key, digest, used, value FROM entries WHERE query = ? AND key IN ({marks})",  # noqa: S608  # marks only
            (query, *part),
        )
        for key, digest, used, value in rows:
            if digest != memo_key(query, key, value):
                raise sqlite3.DatabaseError("the digest doesn't fit")
            answers[key] = value
            if used != today:
                old.append((today, query, key))
        if old:
            connection.executemany("UPDATE entries SET used = ? WHERE query = ? AND key = ?", old)


def _today() -> int:
    return int(time.time()) // _DAY


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Whether an error that SQLite calls operational comes from the content of the file: its tables are others."""
    return error.sqlite_errorcode in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_MISMATCH)
