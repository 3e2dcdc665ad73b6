"""From the id that a person knows to the streams that tell of it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from infra.postgres import guarded
from infra.sharding import shard_of
from infra.store import Store
from projections.api.system import System

_NAMED: Final = (
    ("catalogue", "part"),
    ("catalogue", "bill"),
    ("catalogue", "site"),
    ("catalogue", "supplier"),
    ("catalogue", "calendar"),
    ("suppliers", "purchase-order"),
    ("suppliers", "supplier"),
    ("orders", "order"),
    ("orders", "run"),
    ("logistics", "shipment"),
    ("logistics", "lane"),
    ("planning", "decision"),
    ("planning", "requisition"),
    ("planning", "run"),
    ("planning", "transfer"),
    ("planning", "delivery"),
)
"""Streams named by one id."""
_PAIRED: Final = (("inventory", "stock"), ("catalogue", "substitute"), ("catalogue", "agreement"))
"""Streams named by two ids with @ between: the id may be the first."""


class Place(NamedTuple):
    """A stream and where it lies."""

    domain: str
    shard: int
    stream: str


def streams_of(base: Store | System, id_: str) -> list[Place]:
    """Every stream that is, or begins with, this id; a whole stream's name is taken as it is."""
    shards = base.genesis.shards
    named = [(domain, f"{kind}/{id_}") for domain, kind in (*_NAMED, *_PAIRED)]
    whole = [(domain, id_) for domain in shards if "/" in id_]
    found = [Place(domain, shard_of(name, shards[domain]), name) for domain, name in (*whole, *named)]
    found = [place for place in found if base.ledger.stream(place.domain, place.shard, place.stream, until=None)[:1]]
    return found + list(_beginning(base, id_))


def _beginning(base: Store | System, id_: str) -> Iterator[Place]:
    with guarded("looking for streams"), base.connections.connection() as connection:
        for domain, kind in _PAIRED:
            begins = f"{kind}/{id_}@"
            for shard in range(base.genesis.shards[domain]):
                rows = connection.execute(
                    """
                    SELECT stream
                    FROM lotone.fact
                    WHERE domain = %s AND shard = %s AND version = 1
                      AND stream >= %s AND stream < %s
                    ORDER BY stream
                    """,
                    (domain, shard, begins, begins[:-1] + "A"),  # A follows @
                ).fetchall()
                yield from (Place(domain, shard, stream) for (stream,) in rows)
