"""The keys of persons, kept apart from the ledger and its backups: forgetting a person is deleting a key.

The naive way keeps keys in the ledger's own database: then every backup of the facts also holds the means to read
them, and a restore brings a forgotten person back. Here keys live in a SQLite file of their own folder; a box names
the key it was made with, so a person who comes back after being forgotten gets a new key and the old boxes stay shut.

What was refused at the door can't be read well enough to know whom it tells of, so its bytes get a key for
themselves; ``mentions`` remembers which persons its text names, and forgetting one of them destroys that key too.
"""

import base64
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.errors import Misfit

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS key (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  TEXT NOT NULL,
    secret  BLOB
);
CREATE INDEX IF NOT EXISTS key_person ON key (person);
CREATE TABLE IF NOT EXISTS mention (
    person  TEXT NOT NULL,
    key     INTEGER NOT NULL,
    PRIMARY KEY (person, key)
);
"""
_NONCE: Final = 12


class KeyStore:
    """A cipher for each person: AES-256-GCM, a fresh nonce each time, the person's id as associated data.

    ``path`` None keeps the keys in memory. Every call reads the file anew, so a key destroyed by another process is
    gone here too.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._together = False
        try:
            self._db = _opened(path)
        except (OSError, sqlite3.Error) as error:
            raise Misfit(f"the key store {path} can't be opened ({error}): LOTONE_KEYS names its file") from error

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keys made until the block ends become durable at its end, with one sync instead of one each."""
        with self._lock:
            if self._together:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._together = True
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._together = False

    def seal(self, person: str, plain: bytes, mentions: tuple[str, ...] = ()) -> str:
        """Encrypt under the person's key, made now if there is none."""
        with self.together():
            key, secret = self._key(person)
            self._db.executemany("INSERT OR IGNORE INTO mention VALUES (?, ?)", [(name, key) for name in mentions])
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(secret).encrypt(nonce, plain, person.encode())
        return f"{key}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, person: str, box: str) -> bytes | None:
        """Decrypt; None when the key is gone. ValueError when the box was never made here for this person."""
        number, _, text = box.partition(".")
        with (
            self._lock,
            closing(self._db.execute("SELECT secret FROM key WHERE id = ? AND person = ?", (number, person))) as rows,
        ):
            row = rows.fetchone()
        if row is None:
            raise ValueError(f"no key {number} was ever made for {person}: is this the ledger's own key store?")
        if row[0] is None:
            return None
        raw = base64.b64decode(text)
        try:
            return AESGCM(row[0]).decrypt(raw[:_NONCE], raw[_NONCE:], person.encode())
        except InvalidTag:
            raise ValueError(f"the box for {person} was changed after it was made") from None

    def forget(self, person: str) -> int:
        """Destroy every key that opens something about the person; how many there were. The tombstones stay."""
        with (
            self._lock,
            closing(
                self._db.execute(
                    "UPDATE key SET secret = NULL WHERE secret IS NOT NULL "
                    "AND (person = ? OR id IN (SELECT key FROM mention WHERE person = ?))",
                    (person, person),
                )
            ) as done,
        ):
            return done.rowcount

    def _key(self, person: str) -> tuple[int, bytes]:
        with closing(
            self._db.execute(
                "SELECT id, secret FROM key WHERE person = ? AND secret IS NOT NULL ORDER BY id LIMIT 1",
                (person,),
            )
        ) as rows:
            row = rows.fetchone()
        if row is None:
            secret = AESGCM.generate_key(bit_length=256)
            with closing(self._db.execute("INSERT INTO key (person, secret) VALUES (?, ?)", (person, secret))) as made:
                row = (made.lastrowid, secret)
        return int(row[0]), bytes(row[1])


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    found = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=30)
    try:
        found.execute("PRAGMA secure_delete = ON")
        found.execute("PRAGMA synchronous = FULL")
        found.executescript(_SCHEMA)
    except sqlite3.Error:
        found.close()
        raise
    return found
