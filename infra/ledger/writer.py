"""The one session that appends: how a shard's owner writes, and how a new owner makes sure that the old one
can't.

The idea. A shard's row says who owns it: an epoch, and the database session that claimed it. Every append
moves the row by compare-and-set (epoch, head and hash must be as expected), in the same transaction as
everything else.

The naive version stops at the epoch. A predecessor that was frozen in mid-append still holds the row's lock,
which no time-out takes from it while it is in the middle of a COPY; its successor waits for as long as the
frozen one likes. A lease with a clock is no better: the frozen one wakes up, and its clock says that it
still owns the shard.

So a new owner first ends the predecessor's session, and the server takes back its locks and its unfinished
work:

1. read, without locking, which session owns the shard and at which epoch;
2. end that session (its process id *and* its start must match: ids are reused), and wait until it's gone;
3. raise the epoch, if it is still what was read; else somebody else got in between, and we start again at 1.

Whoever owned the shard before, and lost its session, goes through the same steps; but when the row names a
session that never was its own, a successor is at work, and it is fenced instead of taking the shard back.

Step 3 is a single statement that commits by itself: whoever is frozen around it holds no lock either.

The invariant: at most one session can append to a shard, it's the one named in the row, and once a claim has
returned nothing of an earlier epoch can be committed. A session that was lost is never replaced silently:
what it owned must be claimed again, because a commit that was under way may or may not have happened.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from threading import Lock
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.types.json import Jsonb
from psycopg.types.string import BytesBinaryDumper

from infra.errors import Conflict, Fenced, Misfit, Transient
from infra.faults import reach
from infra.ledger import statements as say
from infra.ledger.batch import new_head, ordered, repeats_of_others, still_parked, taken_rows
from infra.ledger.port import Batch, Claim, Cursor, Rejected, ShardId
from infra.postgres import PASSING, Connection, connect, guarded, said
from infra.queue.port import COMMANDS, INTAKE

_OPTIONS: Final = "-c lock_timeout=10000"
_PATIENCE: Final = 10_000
"""Milliseconds that a predecessor's session is given to end."""
_TRIES: Final = 20


class Writer:
    """One dedicated connection. Safe to share between threads: one append at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = Lock()
        self._session: Connection | None = None
        self._epochs: dict[ShardId, int] = {}
        self._ours: set[tuple[int, datetime]] = set()

    def close(self) -> None:
        """Give up the session, and with it all that it owned."""
        with self._lock:
            self._drop()

    # -- owning ------------------------------------------------------------------------------

    def claim(self, domain: str, shard: int, owner: str, held: int | None = None) -> Claim:
        with self._lock:
            try:
                with guarded(f"claiming {domain} shard {shard}"):
                    return self._claim_afresh(domain, shard, owner, held)
            except errors.InsufficientPrivilege as error:
                raise Misfit(
                    f"the previous owner of {domain} shard {shard} can't be ended ({error}): connect as the "
                    "same database user everywhere, or grant this one pg_signal_backend and pg_read_all_stats"
                ) from error

    def _claim_afresh(self, domain: str, shard: int, owner: str, held: int | None) -> Claim:
        """In our session, or in a new one if ours turns out to have been ended."""
        if self._session is not None:
            try:
                return self._claim(self._session, domain, shard, owner, held)
            except PASSING:
                if not self._session.closed:
                    raise
                self._drop()
        self._session = connect(self._dsn, options=_OPTIONS)
        self._session.adapters.register_dumper(bytes, BytesBinaryDumper)  # psycopg's own choice is written in Python
        self._ours.update(self._session.execute(say.SESSION))
        return self._claim(self._session, domain, shard, owner, held)

    def _claim(self, session: Connection, domain: str, shard: int, owner: str, held: int | None) -> Claim:
        for _ in range(_TRIES):
            found = session.execute(say.OWNER, [domain, shard]).fetchone()
            if found is None:
                raise Misfit(
                    f"this ledger has no {domain} shard {shard}: its first record says which there are"
                )
            before, pid, start = found
            if held not in (None, before) and (pid, start) not in self._ours:
                raise Fenced(f"{domain} shard {shard}: epoch {held} has ended, {before} runs")
            if pid is not None:
                ended = session.execute(say.END_SESSION, [_PATIENCE, pid, start]).fetchone()
                if ended == (False,):
                    raise Transient(
                        f"the previous owner of {domain} shard {shard}, session {pid}, doesn't end"
                    )
            now = session.execute(say.CLAIM, [owner, domain, shard, before]).fetchone()
            if now is not None:
                epoch, head, hash_, intake, commands, clock = now
                self._epochs[domain, shard] = epoch
                offsets = {INTAKE: intake, COMMANDS: commands}
                return Claim(domain, shard, epoch, Cursor(head, hash_), offsets, clock)
        raise Transient(f"others keep claiming {domain} shard {shard}")

    def _drop(self) -> None:
        session, self._session = self._session, None
        self._epochs.clear()
        if session is not None:
            session.close()

    # -- appending ---------------------------------------------------------------------------

    def append(self, batches: Sequence[Batch]) -> None:
        found = ordered(batches)
        heads = [new_head(batch) for batch in found]
        with self._lock:
            session = self._owning(found)
            reach("append.before")
            try:
                with session.transaction():
                    self._write(session, found, heads)
                    reach("append.in")
            except (errors.UniqueViolation, errors.CardinalityViolation) as error:
                raise Conflict(
                    f"somebody else took the same: {error.diag.message_detail or error}"
                ) from error
            except PASSING as error:
                if session.closed:
                    self._drop()
                    self._verdict(found, error)
                raise Transient(f"an append failed and was undone: {said(error)}") from error
            reach("append.after")

    def _owning(self, batches: Sequence[Batch]) -> Connection:
        """Our session, if it is the one in which all of these shards were claimed."""
        session = self._session
        if session is None or any(
            self._epochs.get((batch.claim.domain, batch.claim.shard)) != batch.claim.epoch
            for batch in batches
        ):
            self._verdict(batches, None)
        assert session is not None
        return session

    def _verdict(self, batches: Sequence[Batch], cause: psycopg.Error | None) -> None:
        """Why we no longer own these: somebody else does (Fenced), or only the session was lost."""
        with guarded("asking who owns the shards"), connect(self._dsn) as connection:
            self._compare(connection, batches)
        raise Transient(
            "the session that owned these shards is lost, and whether its last append was committed "
            f"isn't known: claim them again ({cause or 'before this append'})"
        ) from cause

    def _compare(self, connection: Connection, batches: Sequence[Batch]) -> None:
        """Fenced when any of these shards has another epoch by now."""
        epochs = {(domain, shard): epoch for domain, shard, epoch in connection.execute(say.EPOCHS)}
        for batch in batches:
            claim = batch.claim
            epoch = epochs[claim.domain, claim.shard]
            if epoch != claim.epoch:
                told = f"{claim.domain} shard {claim.shard}"
                raise Fenced(f"{told}: epoch {claim.epoch} has ended, {epoch} runs")

    def _write(self, session: Connection, batches: Sequence[Batch], heads: Sequence[Cursor]) -> None:
        cursor = session.cursor(binary=True)
        self._move(cursor, batches, heads)
        facts = [fact for batch in batches for fact in batch.facts]
        if facts:
            with cursor.copy(say.COPY_FACTS) as copy:
                copy.set_types(say.FACT_TYPES)
                for fact in facts:
                    copy.write_row(fact)
                reach("append.copy")
        self._take(cursor, batches)
        self._park(cursor, batches)
        insert_rejected(cursor, [rejected for batch in batches for rejected in batch.rejected])

    def _move(self, cursor: psycopg.Cursor[Any], batches: Sequence[Batch], heads: Sequence[Cursor]) -> None:
        rows = [
            (
                batch.claim.domain, batch.claim.shard, batch.claim.epoch, batch.expected.position,
                batch.expected.hash, head.position, head.hash, batch.clock,
                batch.offsets.get(INTAKE), batch.offsets.get(COMMANDS),
            )
            for batch, head in zip(batches, heads, strict=True)
        ]  # fmt: skip
        cursor.execute(say.MOVE, _columns(rows))
        if cursor.rowcount != len(batches):
            self._compare(cursor.connection, batches)
            places = ", ".join(
                f"{b.claim.domain} shard {b.claim.shard} at {b.expected.position}" for b in batches
            )
            raise Conflict(f"one of these has another head than expected: {places}")

    def _take(self, cursor: psycopg.Cursor[Any], batches: Sequence[Batch]) -> None:
        """Events taken, in one order for everybody: first those that exist are locked, then new ones added.

        Only an event that is parked may end anew; the quick way, COPY, is for batches that park nothing.
        """
        taken = taken_rows(batches)
        parking = any(batch.parked or batch.unparked for batch in batches)
        repeats = [(*key, n) for batch in batches for key, n in sorted(repeats_of_others(batch).items())]
        if parking or repeats:
            keys = [(t.source, t.id) for t in taken] + [(source, id_) for source, id_, _ in repeats]
            cursor.execute(say.LOCK_TAKEN, _columns(keys) or [[], []])
        if taken and parking:
            cursor.execute(say.PUT_TAKEN, _columns(taken))
            if cursor.rowcount != len(taken):
                raise Conflict("an event of this append was taken by somebody else")
        elif taken:
            with cursor.copy(say.COPY_TAKEN) as copy:
                copy.set_types(say.TAKEN_TYPES)
                for row in taken:
                    copy.write_row(row)
        if repeats:
            cursor.execute(say.REPEAT, _columns(repeats))

    def _park(self, cursor: psycopg.Cursor[Any], batches: Sequence[Batch]) -> None:
        gone = [key for batch in batches for key in batch.unparked]
        if gone:
            cursor.execute(say.UNPARK, _columns(gone))
        rows = [
            (p.domain, p.shard, p.source, p.id, list(p.missing), p.since, p.deadline, p.message)
            for batch in batches
            for p in still_parked(batch)
        ]
        if rows:
            cursor.executemany(say.PARK, rows)


def insert_rejected(cursor: psycopg.Cursor[Any], rejected: Sequence[Rejected]) -> None:
    """In this order, so that their numbers rise with it."""
    if rejected:
        cursor.executemany(
            say.REJECT,
            [
                (
                    r.domain, r.shard, _text(r.source), _text(r.id), _text(r.type), r.at,
                    Jsonb([{name: _text(told) for name, told in asdict(found).items()} for found in r.problems]),
                    r.original, r.other_digest,
                )
                for r in rejected
            ],
        )  # fmt: skip


def _text(told: str | None) -> str | None:
    """What was refused may hold anything; PostgreSQL's text holds no NUL."""
    return told and told.replace("\0", "\ufffd")


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
