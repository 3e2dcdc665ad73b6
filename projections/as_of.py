"""Any thing as it stood at a point of history: its streams folded from the record, up to a time or a vector.

A time is when facts were recorded: what was known then. Times of recording never go back within a shard, so the last
position at or before one is found by halving. A vector names shards and positions; a shard that it leaves out isn't
read at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import localcontext
from typing import Final

import orjson

from events.codec import decode
from events.decision import Recorded
from events.values import EXACT, moment
from infra.ledger.port import Ledger
from infra.sharding import shard_of
from projections.memory import MemoryRows
from projections.queries import Connection, fetch
from projections.view import View

_LIKE: Final = 'a time like 2026-11-22T08:30:00+01:00, or a vector like inventory/0:1204,inventory/1:998'


class NoSuchPoint(ValueError):
    """What was given is neither a time nor a vector."""


@dataclass(frozen=True, slots=True)
class History:
    """The record up to a point. ``vector`` is what was asked for; None where a time was, and then ``until`` is it."""

    ledger: Ledger
    shards: Mapping[str, int]
    vector: Mapping[str, int] | None = None
    until: datetime | None = None
    known: dict[tuple[str, int], int] = field(default_factory=dict, compare=False)
    """The positions found so far."""

    def position(self, domain: str, shard: int) -> int:
        """The last position of a shard that belongs to it."""
        if self.vector is not None:
            return self.vector.get(f"{domain}/{shard}", 0)
        if (domain, shard) not in self.known:
            self.known[domain, shard] = self._found(domain, shard)
        return self.known[domain, shard]

    def _found(self, domain: str, shard: int) -> int:
        head = self.ledger.heads().get((domain, shard))
        if head is None or self.until is None:
            return 0 if head is None else head.position
        low, high = 0, head.position
        while low < high:
            middle = (low + high + 1) // 2
            fact = next(iter(self.ledger.scan(domain, shard, middle - 1, middle)))
            low, high = (middle, high) if fact.recorded_at <= self.until else (low, middle - 1)
        return low

    def stream(self, domain: str, stream: str) -> list[Recorded]:
        """A stream's facts up to here."""
        if domain not in self.shards:
            return []
        shard = shard_of(stream, self.shards[domain])
        until = self.position(domain, shard)
        return list(self.ledger.stream(domain, shard, stream, until=until)) if until else []

    def rows(self, view: View, streams: Iterable[tuple[str, str]]) -> MemoryRows:
        """A view's rows as far as these streams, each a domain and a name, make them."""
        rows, folds = MemoryRows(view.tables), frozenset(view.folds)
        with localcontext(EXACT):
            for domain, stream in streams:
                for at in self.stream(domain, stream):
                    fact = decode(at)
                    if type(fact) in folds:
                        view.fold(rows, fact, at)
        return rows

    def at(self, *domains: str) -> dict[str, dict[str, int]]:
        """The point as answers tell it: of these domains, the last position of every shard."""
        return {"as_of": {
            f"{domain}/{shard}": self.position(domain, shard)
            for domain in domains for shard in range(self.shards.get(domain, 0))
        }}


def history(ledger: Ledger, told: str) -> History:
    """The point that is meant. ``NoSuchPoint`` when none can be."""
    shards = ledger.genesis().shards
    if "/" in told:
        return History(ledger, shards, vector=_vector(told, shards))
    try:
        return History(ledger, shards, until=moment(told.strip()))
    except ValueError as error:
        raise NoSuchPoint(f"{told!r} can't be meant: {str(error).partition(';')[0]}; give {_LIKE}") from None


def _vector(told: str, shards: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, position in _places(told):
        domain, _, shard = place.strip().rpartition("/")
        if domain not in shards or not shard.isdecimal() or int(shard) >= shards[domain]:
            raise NoSuchPoint(f"there is no shard {place.strip()!r}; give {_LIKE}")
        if not position.strip().isdecimal():
            raise NoSuchPoint(f"{position.strip()!r} is no position of {place.strip()}; give {_LIKE}")
        found[f"{domain}/{int(shard)}"] = int(position)
    return found


def _places(told: str) -> list[tuple[str, str]]:
    if told.lstrip().startswith("{"):
        try:
            parsed = orjson.loads(told)
        except orjson.JSONDecodeError:
            raise NoSuchPoint(f"this is no JSON; give {_LIKE}") from None
        return [(str(place), str(position)) for place, position in parsed.items()]
    return [(place, position) for place, _, position in (part.partition(":") for part in told.split(",") if part)]


def streams_beginning(connection: Connection, shards: int, domain: str, prefix: str) -> list[tuple[str, str]]:
    """Every stream of a domain whose name begins so, in order. The prefix ends in a character that no id holds: @."""
    found: list[tuple[str, str]] = []
    for shard in range(shards):
        rows = fetch(connection, """
            SELECT stream FROM lotone.fact
             WHERE domain = %(domain)s AND shard = %(shard)s AND version = 1
               AND stream >= %(prefix)s AND stream < %(end)s
        """, {"domain": domain, "shard": shard, "prefix": prefix, "end": prefix[:-1] + "A"})  # A follows @
        found += [(domain, stream) for (stream,) in rows]
    return sorted(found)
