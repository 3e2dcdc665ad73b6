"""Brings a database's schema to this release's, or says why it can't.

Each file of ``infra/migrations`` is applied once, in the order of names, all in one transaction under a
lock, so that any number of processes may start at once. What was applied is remembered with its SHA-256: a
file is history from the moment it's released, and an edited one would mean that two databases of the same
release differ.

A release may know domains that a ledger was begun without. They join it: their shards are made, empty, and a row of
``lotone.joined`` says so for ever. The first record isn't touched, the chains of the other domains have nothing to do
with it, and counts that were once said never change.
"""

from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from infra.errors import Misfit, Transient
from infra.ledger.port import ORIGIN, Genesis

FORMAT: Final = 1
"""How facts are laid out and hashed. A ledger of another format needs another release."""
_LOCK: Final = 0x4C4F544F4E45  # "LOTONE"

_Connection = psycopg.Connection[tuple[Any, ...]]


def migrate(dsn: str, shards: Mapping[str, int]) -> Genesis:
    """Make or upgrade the schema and answer the ledger's first record; ``Misfit`` when something doesn't
    fit.
    """
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            _apply(connection, releases())
            return _begin(connection, shards)
    except psycopg.OperationalError as error:
        raise Transient(
            f"PostgreSQL can't be reached to prepare its schema ({str(error).strip()}): see that it runs and lets us "
            "in; LOTONE_POSTGRES_DSN says where it is and as whom, PGPASSWORD or a PGPASSFILE may hold the password"
        ) from error


def releases() -> Mapping[str, str]:
    """This release's migrations, in order: text by name."""
    found = (entry for entry in files("infra.migrations").iterdir() if entry.name.endswith(".sql"))
    return {entry.name: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def _apply(connection: _Connection, ours: Mapping[str, str]) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS lotone")
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS lotone.migration (
            name       text        PRIMARY KEY,
            sha256     bytea       NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    rows = connection.execute("SELECT name, sha256 FROM lotone.migration").fetchall()
    applied: dict[str, bytes] = dict(rows)
    if unknown := sorted(applied.keys() - ours.keys()):
        raise Misfit(
            f"this database was upgraded by a newer release (it has {', '.join(unknown)}, which this release "
            "doesn't know): run that release or a later one, or restore the backup taken before the upgrade"
        )
    for name, text in ours.items():
        digest = sha256(text.encode()).digest()
        if name not in applied:
            connection.execute(text.encode())
            connection.execute("INSERT INTO lotone.migration (name, sha256) VALUES (%s, %s)", [name, digest])
        elif applied[name] != digest:
            raise Misfit(
                f"{name} was applied to this database with another text (SHA-256 {applied[name].hex()[:12]}… "
                f"there, {digest.hex()[:12]}… here): put the released text back, and put what has "
                "changed into a new migration"
            )


def _begin(connection: _Connection, shards: Mapping[str, int]) -> Genesis:
    found = connection.execute("SELECT ledger_id, format, shards FROM lotone.genesis").fetchone()
    if found is None:
        return _create(connection, shards)
    ledger_id, format_, begun = found
    if format_ != FORMAT:
        raise Misfit(
            f"this ledger has format {format_}, this release reads {FORMAT}: run the release that made it"
        )
    joined = connection.execute("SELECT domain, shards FROM lotone.joined").fetchall()
    has: dict[str, int] = {**begun, **dict(joined)}
    if unknown := sorted(has.keys() - shards.keys()):
        raise Misfit(
            f"this ledger has domains that this release doesn't know ({', '.join(unknown)}; all it has: {_told(has)}): "
            "run the release that added them, or a later one"
        )
    if any(shards[domain] != count for domain, count in has.items()):
        raise Misfit(
            f"this ledger was begun with the shards {_told(has)}, and the settings ask for {_told(shards)}: "
            "shard counts never change, so put the settings back, or begin a new ledger in another database"
        )
    return Genesis(ledger_id, has | _join(connection, shards, has))


def _join(connection: _Connection, shards: Mapping[str, int], has: Mapping[str, int]) -> dict[str, int]:
    """Add what the ledger has nothing of yet."""
    new = {domain: count for domain, count in sorted(shards.items()) if domain not in has}
    _refuse_none(new)
    for domain, count in new.items():
        connection.execute("INSERT INTO lotone.joined (domain, shards) VALUES (%s, %s)", [domain, count])
    _make(connection, new)
    return new


def _create(connection: _Connection, shards: Mapping[str, int]) -> Genesis:
    if not shards:
        raise Misfit("a ledger needs at least one domain")
    _refuse_none(shards)
    genesis = Genesis(uuid4(), dict(shards))
    connection.execute(
        "INSERT INTO lotone.genesis (ledger_id, format, shards) VALUES (%s, %s, %s)",
        [genesis.ledger_id, FORMAT, Jsonb(genesis.shards)],
    )
    _make(connection, shards)
    return genesis


def _refuse_none(shards: Mapping[str, int]) -> None:
    if any(count < 1 for count in shards.values()):
        raise Misfit(f"every domain needs at least one shard, and the settings ask for {_told(shards)}")


def _make(connection: _Connection, shards: Mapping[str, int]) -> None:
    """Shards without a fact, and the ends of their queues."""
    for domain, count in sorted(shards.items()):
        for shard in range(count):
            connection.execute(
                "INSERT INTO lotone.shard (domain, shard, hash) VALUES (%s, %s, %s)", [domain, shard, ORIGIN]
            )
            connection.execute(
                "INSERT INTO lotone.queue_end (kind, domain, shard) SELECT unnest(%s::text[]), %s, %s",
                [["intake", "commands"], domain, shard],
            )


def _told(shards: Mapping[str, int]) -> str:
    return ", ".join(f"{domain}={count}" for domain, count in sorted(shards.items())) or "none"
