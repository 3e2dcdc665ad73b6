"""The ledger in PostgreSQL. Writing is in ``writer.py``, which explains the fence; this file is how it's
read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, Final, Self

from psycopg.errors import InvalidSchemaName, UndefinedTable

from events.decision import Problem, Recorded
from infra.errors import Corrupt, Misfit
from infra.ledger import statements as say
from infra.ledger.port import (
    ORIGIN,
    Batch,
    Claim,
    Cursor,
    Genesis,
    Parked,
    Rejected,
    ShardId,
    Snapshot,
    Taken,
)  # fmt: skip
from infra.ledger.writer import Writer, insert_rejected
from infra.postgres import PROMPT, Pool, guarded, open_pool
from infra.queue.port import COMMANDS, INTAKE

_CHUNK: Final = 5_000
"""Facts asked for at once by a scan.

Measured with 1,000,000 facts of 640 bytes on 2 cores, as seconds of wall / of our own CPU: this way 2.0 /
1.6; a server-side cursor fetching 2,000 at once 2.1 / 1.4, iterated 3.4 / 1.6; binary COPY decoded row by
row 3.5 / 3.5. The bytes alone, undecoded, take 1.2 / 0.9. Asking by position also leaves no transaction open
for as long as the reader takes, and holds no connection between chunks.
"""
_END: Final = 2**63 - 1


class PostgresLedger:
    """The record, in a database that ``infra.migrate.migrate`` has prepared. Close it, or use it in a
    ``with``.

    ``pool`` may be shared with others; without one the ledger opens its own, and closes it.
    """

    def __init__(self, dsn: str, pool: Pool | None = None) -> None:
        self._writer = Writer(dsn)
        self._owned = open_pool(dsn) if pool is None else None
        self._pool = pool or self._owned or open_pool(dsn)

    def close(self) -> None:
        """Give up every shard, and the connections."""
        self._writer.close()
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- writing -----------------------------------------------------------------------------

    def claim(self, domain: str, shard: int, owner: str, held: int | None = None) -> Claim:
        return self._writer.claim(domain, shard, owner, held)

    def append(self, batches: Sequence[Batch]) -> None:
        if batches:
            self._writer.append(batches)

    def reject(self, rejected: Sequence[Rejected]) -> None:
        with (
            guarded("recording a rejection"),
            self._pool.connection(PROMPT) as connection,
            connection.transaction(),
        ):
            insert_rejected(connection.cursor(), rejected)

    def save(self, domain: str, shard: int, snapshots: Sequence[Snapshot]) -> None:
        if snapshots:
            rows = ((s.stream, s.version, s.fold, s.state) for s in snapshots)
            columns = [list(column) for column in zip(*rows, strict=True)]
            with guarded("saving snapshots"), self._pool.connection() as connection:
                connection.execute(say.SAVE, [domain, shard, *columns])

    # -- where everything stands -------------------------------------------------------------

    @cached_property
    def _genesis(self) -> Genesis:
        try:
            rows = self._rows(say.GENESIS, [])
        except (UndefinedTable, InvalidSchemaName):
            rows = []
        if not rows:
            raise Misfit("this database holds no ledger: prepare it first, as `lotone up` does")
        return Genesis(*rows[0])

    def genesis(self) -> Genesis:
        return self._genesis

    def heads(self) -> Mapping[ShardId, Cursor]:
        return {
            (domain, shard): Cursor(head, hash_) for domain, shard, head, hash_ in self._rows(say.HEADS, [])
        }

    def offsets(self) -> Mapping[ShardId, Mapping[str, int]]:
        return {
            (domain, shard): {INTAKE: intake, COMMANDS: commands}
            for domain, shard, intake, commands in self._rows(say.OFFSETS, [], PROMPT)
        }

    # -- facts -------------------------------------------------------------------------------

    def read(self, domain: str, shard: int, after: Cursor, limit: int) -> Sequence[Recorded]:
        if after.position == 0:
            if after.hash != ORIGIN:
                raise Corrupt(domain, shard, 0, "nothing was read here before, and yet it has a hash")
            return self._facts(say.READ, [domain, shard, 1, limit])
        facts = self._facts(say.READ, [domain, shard, after.position, limit + 1])
        if not facts or facts[0].position != after.position:
            raise Corrupt(domain, shard, after.position, "the fact that was read here before is gone")
        if facts[0].hash != after.hash:
            raise Corrupt(
                domain, shard, after.position, "the fact that was read here before had another hash"
            )
        return facts[1:]

    def scan(self, domain: str, shard: int, after: int = 0, until: int | None = None) -> Iterator[Recorded]:
        last = _END if until is None else until
        while facts := self._facts(say.READ_UNTIL, [domain, shard, after, last, _CHUNK]):
            yield from facts
            if len(facts) < _CHUNK:
                return
            after = facts[-1].position

    def stream(
        self, domain: str, shard: int, stream: str, after: int = 0, until: int | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        values = [domain, shard, stream, after, _END if until is None else until, limit]
        return self._facts(say.STREAM, values, PROMPT)

    def load(
        self, domain: str, shard: int, streams: Sequence[str], fold: int
    ) -> Mapping[str, tuple[Snapshot | None, Sequence[Recorded]]]:
        """Both answers are of one moment, lest a snapshot saved in between leave out the facts before it."""
        wanted = list(dict.fromkeys(streams))
        with guarded("loading streams"), self._pool.connection() as connection:
            snapshots, since = connection.cursor(binary=True), connection.cursor(binary=True)
            with connection.pipeline():
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                snapshots.execute(say.SNAPSHOTS, [domain, shard, fold, wanted])
                since.execute(
                    say.SINCE_SNAPSHOTS, {"streams": wanted, "domain": domain, "shard": shard, "fold": fold}
                )
                connection.execute("COMMIT")
            kept = {row[0]: Snapshot(*row) for row in snapshots}
            facts: dict[str, list[Recorded]] = {stream: [] for stream in wanted}
            for fact in map(Recorded._make, since):
                facts[fact.stream].append(fact)
        return {stream: (kept.get(stream), facts[stream]) for stream in wanted}

    def facts_of(self, taken: Taken) -> Sequence[Recorded]:
        if taken.last < taken.first:
            return []
        count = taken.last - taken.first + 1
        return self._facts(say.READ_UNTIL, [taken.domain, taken.shard, taken.first - 1, taken.last, count])

    def facts_among(self, taken: Sequence[Taken], types: Sequence[str]) -> Sequence[Recorded]:
        places = {(one.domain, one.shard, one.first, one.last) for one in taken if one.last >= one.first}
        if not places:
            return []
        return self._facts(say.AMONG, [*map(list, zip(*sorted(places), strict=True)), list(types)])

    # -- events ------------------------------------------------------------------------------

    def taken(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Taken]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        rows = self._rows(say.TAKEN_OF, [[source for source, _ in wanted], [id_ for _, id_ in wanted]], PROMPT)
        return {(row[0], row[1]): Taken(*row) for row in rows}

    def parked(
        self, domain: str | None = None, shard: int | None = None, skip: int = 0, limit: int | None = None
    ) -> Sequence[Parked]:
        rows = self._rows(say.PARKED, {"domain": domain, "shard": shard, "skip": skip, "limit": limit}, PROMPT)
        return [
            Parked(domain, shard, source, id_, tuple(missing), since, deadline, message)
            for domain, shard, source, id_, missing, since, deadline, message in rows
        ]

    def rejected(self, after: int = 0, limit: int = 100, number: int | None = None) -> Sequence[Rejected]:
        between = [after, _END, limit] if number is None else [number - 1, number, 1]
        return [_rejected(row) for row in self._rows(say.REJECTED, between, PROMPT)]

    def rejected_of(self, source: str, id: str) -> Sequence[Rejected]:
        return [_rejected(row) for row in self._rows(say.REJECTED_OF, [source, id], PROMPT)]

    def snapshot(self, domain: str, shard: int, stream: str, fold: int) -> Snapshot | None:
        rows = self._rows(say.SNAPSHOTS, [domain, shard, fold, [stream]])
        return Snapshot(*rows[0]) if rows else None

    # -- small parts -------------------------------------------------------------------------

    def _rows(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any], patience: float | None = None
    ) -> list[tuple[Any, ...]]:
        """``patience``: seconds to wait for a connection; the pool's own if left out."""
        with guarded("reading the ledger"), self._pool.connection(patience) as connection:
            return connection.cursor(binary=True).execute(statement, values).fetchall()

    def _facts(self, statement: str, values: Sequence[Any], patience: float | None = None) -> list[Recorded]:
        return list(map(Recorded._make, self._rows(statement, values, patience)))


def _rejected(row: tuple[Any, ...]) -> Rejected:
    number, domain, shard, source, id_, type_, at, problems, original, other = row
    reasons = tuple(Problem(**found) for found in problems)
    return Rejected(number, domain, shard, source, id_, type_, at, reasons, original, other)
