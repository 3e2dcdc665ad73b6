"""Queues in the ledger's own database.

The idea: a reader asks for everything behind the last number it took, so numbers must appear in order, with
no gap that is filled later.

The naive version numbers rows from a sequence. Number 8 is given out, then 9; 9 commits first, the reader
takes it and asks for what is behind 9; 8 commits, and is never read. Time stamps fail in the same way.

Here the last number of each shard's queue is a row that a writer locks before it counts on, and holds until
it commits. Several are locked in the order of their key, so that two writers never wait for each other.
Everything is sent at once (a pipeline), so that the lock is held for one commit and not for the client's
pace.

The invariant: when number n can be seen, so can 1 to n, and none of them will change.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import errors

from infra.errors import Misfit
from infra.faults import reach
from infra.ledger.port import ShardId
from infra.postgres import PROMPT, Connection, Pool, guarded
from infra.queue.port import COMMANDS, INTAKE, Queued

LOCK: Final = """
    SELECT 1
    FROM lotone.queue_end
    WHERE kind = %(kind)s
      AND (domain, shard) IN (SELECT * FROM unnest(%(domain)s::text[], %(shard)s::integer[]))
    ORDER BY domain, shard
    FOR UPDATE
"""

_PUT: Final = """
    WITH told AS (
        SELECT *
        FROM unnest(
            %(domain)b::text[], %(shard)b::integer[], %(source)b::text[], %(id)b::text[], %(body)b::bytea[]
        ) WITH ORDINALITY AS t (domain, shard, source, id, body, place)
    ), moved AS (
        UPDATE lotone.queue_end AS e
        SET last = e.last + n.more
        FROM (SELECT domain, shard, count(*) AS more FROM told GROUP BY domain, shard) AS n
        WHERE e.kind = %(kind)s AND e.domain = n.domain AND e.shard = n.shard
          AND NOT EXISTS (SELECT FROM lotone.topic)
        RETURNING e.domain, e.shard, e.last - n.more AS before
    )
    INSERT INTO lotone.{kind} (domain, shard, number, source, id, body)
    SELECT t.domain, t.shard,
           m.before + row_number() OVER (PARTITION BY t.domain, t.shard ORDER BY t.place),
           t.source, t.id, t.body
    FROM told AS t
    LEFT JOIN moved AS m USING (domain, shard)
"""  # a queue that isn't there, or is a topic by now, leaves number NULL, which the table refuses

PUT: Final = {kind: _PUT.replace("{kind}", kind) for kind in (INTAKE, COMMANDS)}

READ: Final = {
    kind: f"""
        SELECT number, body
        FROM lotone.{kind}
        WHERE domain = %s AND shard = %s AND number > %s
        ORDER BY number
        LIMIT %s
    """
    for kind in (INTAKE, COMMANDS)
}

ENDS: Final = "SELECT domain, shard, last FROM lotone.queue_end WHERE kind = %s"

PENDING: Final = """
    SELECT domain, shard, number
    FROM lotone.intake
    WHERE source = %s AND id = %s
    ORDER BY domain, shard, number
"""


class PostgresQueue:
    """The queues of the database that the pool leads to."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        if not messages:
            return
        reach("queue.put.before")
        domains, shards, sources, ids, bodies = (list(column) for column in zip(*messages, strict=True))
        told = {
            "kind": kind,
            "domain": domains,
            "shard": shards,
            "source": sources,
            "id": ids,
            "body": bodies,
        }
        try:
            with guarded("queueing"), self._pool.connection(PROMPT) as connection:
                self._send(connection, kind, told)
        except errors.NotNullViolation:
            places = sorted({(message.domain, message.shard) for message in messages})
            raise Misfit(
                f"there is no queue {kind} for one of {places}: the ledger's first record says which there are; or "
                "this ledger's queues are topics, where alone they are read: set LOTONE_KAFKA_BOOTSTRAP"
            ) from None
        reach("queue.put.after")

    def _send(self, connection: Connection, kind: str, told: Mapping[str, Any]) -> None:
        """One round trip: without a BEGIN, all that is sent until the pipeline ends is one transaction."""
        with connection.pipeline():
            connection.execute(LOCK, told)
            connection.execute(PUT[kind], told)
            reach("queue.put.in")

    def read(self, kind: str, domain: str, shard: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        with guarded("reading a queue"), self._pool.connection() as connection:
            cursor = connection.cursor(binary=True)
            return [
                (number, body) for number, body in cursor.execute(READ[kind], [domain, shard, after, limit])
            ]

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        with guarded("reading a queue"), self._pool.connection(PROMPT) as connection:
            return {(domain, shard): last for domain, shard, last in connection.execute(ENDS, [kind])}

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        with guarded("reading a queue"), self._pool.connection() as connection:
            return [((domain, shard), n) for domain, shard, n in connection.execute(PENDING, [source, id])]
