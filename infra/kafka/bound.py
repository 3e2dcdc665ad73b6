"""What the ledger remembers of its topics: their ids, and the key by which we know our own records.

An offset in a shard's row is a place in one topic. The naive version knows topics by name: somebody deletes one and
makes it anew, reading goes on behind offset 41, and the first 41 records of the new one are never seen. Here the id
that Kafka gave the topic is kept beside the offsets, from the first start on, and another one stops every start.

All topics that a ledger ever had count in the same rows. So only those that it went on to last are read or written:
whoever still has an older prefix, or none (``infra/queue/postgres.py``), is refused. And a ledger goes on to others
only when it is told so: a slip in the prefix would begin new ones, and what waits in the old would never be seen.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

from infra.errors import Misfit
from infra.kafka.topics import KINDS, Topics
from infra.postgres import Pool, guarded

_BIND: Final = """
    INSERT INTO lotone.topic (name, id, base)
    SELECT t.name, t.id, array_agg(CASE t.kind WHEN 'intake' THEN s.intake WHEN 'commands' THEN s.commands ELSE 0 END
                                   ORDER BY s.shard)
    FROM unnest(%s::text[], %s::uuid[], %s::text[], %s::text[]) AS t (name, id, kind, domain)
    JOIN lotone.shard AS s USING (domain)
    GROUP BY t.name, t.id
    ORDER BY t.name
    ON CONFLICT (name) DO NOTHING
"""
_HELD: Final = "SELECT FROM lotone.queue_end ORDER BY kind, domain, shard FOR UPDATE"
"""Nobody puts anything there meanwhile."""
_KNOWN: Final = "SELECT name, id, base FROM lotone.topic WHERE name = ANY(%s)"
_NEWER: Final = """
    SELECT name FROM lotone.topic
    WHERE bound_at > (SELECT max(bound_at) FROM lotone.topic WHERE name = ANY(%s)) ORDER BY name
"""
_UNTAKEN: Final = """
    SELECT count(*)
    FROM lotone.queue_end AS q
    JOIN lotone.shard AS s USING (domain, shard)
    WHERE q.last > CASE q.kind WHEN 'intake' THEN s.intake ELSE s.commands END
      AND NOT EXISTS (SELECT FROM lotone.topic)
"""

_EVER: Final = "SELECT name, base FROM lotone.topic ORDER BY bound_at, name"

Bases = Mapping[str, Sequence[int]]
"""For each topic, how many messages each of its shards had taken before the topic was there."""


def expected(connections: Pool, topics: Topics, new_epoch: bool) -> None:
    """``Misfit`` when this ledger has topics, and none of these is one, and nobody said that it goes on to new ones.
    Asked before any is made."""
    known = list(ever(connections))
    if known and not new_epoch and topics.all().keys().isdisjoint(known):
        raise Misfit(
            f"this ledger never had topics with prefix {topics.prefix!r}; it has others, like {known[-1]}. Mend "
            "LOTONE_KAFKA_PREFIX; or, to begin a new epoch after a restore: lotone kafka carry (docs/operations.md)"
        )


def bind(connections: Pool, topics: Topics, ids: Mapping[str, UUID]) -> Bases:
    """Remember these topics, or refuse (``Misfit``) those that aren't the ones that are remembered.

    A ledger that has lived without them, or with others, goes on counting where it was.
    """
    names = [(name, ids[name], kind, domain) for kind in KINDS for name, domain in topics.of(kind).items()]
    with guarded("binding topics"), connections.connection() as connection, connection.transaction():
        connection.execute(_HELD)
        if any(connection.execute(_UNTAKEN).fetchone() or ()):
            raise Misfit(
                "there are messages in PostgreSQL's own queues that weren't taken yet: run `lotone up` without "
                "LOTONE_KAFKA_BOOTSTRAP until all is decided, then start again with it"
            )
        connection.execute(_BIND, [list(column) for column in zip(*names, strict=True)])
        rows = connection.execute(_KNOWN, [list(ids)]).fetchall()
        newer = connection.execute(_NEWER, [list(ids)]).fetchone()
    wrong = [
        f"topic {name} isn't the one that this ledger's offsets count in (its id is {ids[name]}, and was {known}): it "
        "was deleted and made anew, or this is another cluster. Connect to the right one; or, if what was in it and "
        "not taken yet is lost for good, begin a new epoch: another LOTONE_KAFKA_PREFIX makes new topics"
        for name, known, _ in sorted(rows)
        if ids[name] != known
    ]
    if wrong:
        raise Misfit("\n".join(wrong))
    if newer:
        raise Misfit(
            f"this ledger went on to newer topics, like {newer[0]}: what is in those with prefix {topics.prefix!r} is "
            "passed over. Set LOTONE_KAFKA_PREFIX to the newer one's, here and everywhere"
        )
    return {name: base for name, _, base in rows}


def ever(connections: Pool) -> Bases:
    """All topics that this ledger ever had, the oldest first."""
    with guarded("reading what is bound"), connections.connection() as connection:
        return dict(connection.execute(_EVER).fetchall())


class Seals:
    """Signs what has passed the door. A record's place is signed with it, so that it counts nowhere else."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, kind: str, domain: str, shard: int, body: bytes) -> bytes:
        """What goes with a record of ours in its header."""
        return hmac.digest(self._key, f"{kind}/{domain}/{shard}/".encode() + body, sha256)

    def fits(self, seal: bytes, kind: str, domain: str, shard: int, body: bytes) -> bool:
        """Whether one of us has put it there."""
        return hmac.compare_digest(seal, self.sign(kind, domain, shard, body))

    def place(self, seal: bytes, kind: str, domain: str, shards: int, body: bytes) -> int | None:
        """The shard that a record was signed for, whichever partition it is found in; None when nobody of us did."""
        return next((shard for shard in range(shards) if self.fits(seal, kind, domain, shard, body)), None)


def seals(connections: Pool) -> Seals:
    """With the key that all processes of this ledger share."""
    with guarded("reading the door's key"), connections.connection() as connection:
        found = connection.execute("SELECT value FROM lotone.secret WHERE name = 'door'").fetchone()
    if found is None:
        raise Misfit("the key named door is missing from lotone.secret: restore that row from a backup")
    return Seals(bytes(found[0]))
