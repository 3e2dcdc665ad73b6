"""A point of history: a time or a vector, and the record up to it.

A time is when facts were recorded: what was known then. Times of recording never go back within a shard, so the last
position at or before one is found by halving. A time that is still to come is no point of history: what will be known
by then isn't known.

A vector names shards and positions. It has to name every shard that the answer reads, with 0 where nothing of it is
meant: a shard that was left out by mistake would else read as a plant without stock, or an order without promises. What
an answer tells in its ``at`` may be given back just so, as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from events.decision import Recorded
from events.values import moment
from infra.ledger.port import Ledger
from infra.sharding import shard_of
from projections.queries import Connection, fetch

_LIKE: Final = (
    "give a time like 2026-11-22T08:30:00+01:00, or a vector like inventory/0:1204,inventory/1:998, or the `at` of an "
    "answer as JSON"
)
_NAMED: Final = 8
"""Shards that are listed in one message."""


class NoSuchPoint(ValueError):
    """What was given is no point of history; ``remedy`` says what would be one."""

    def __init__(self, problem: str, remedy: str = _LIKE) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class History:
    """The record up to a point. ``vector`` is what was asked for; None where a time was, and then ``until`` is it."""

    ledger: Ledger
    shards: Mapping[str, int]
    vector: Mapping[str, int] | None = None
    until: datetime | None = None
    known: dict[tuple[str, int], int] = field(default_factory=dict, compare=False)
    """The positions found so far."""

    def require(self, *domains: str) -> None:
        """``NoSuchPoint`` where a vector leaves out shards of these domains."""
        missing = [place for place in self._places(domains) if self.vector is not None and place not in self.vector]
        if missing:
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            raise NoSuchPoint(
                f"the vector leaves out {', '.join(missing[:_NAMED])}{more}, which this answer reads",
                "name every shard of " + ", ".join(domains) + ", with 0 where nothing of it is meant; the `at` of an "
                "answer names them all, and a time needs none",
            )

    def _places(self, domains: Sequence[str]) -> list[str]:
        return [f"{domain}/{shard}" for domain in domains for shard in range(self.shards.get(domain, 0))]

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

    def stream(self, domain: str, stream: str) -> Sequence[Recorded]:
        """A stream's facts up to here."""
        if domain not in self.shards:
            return []
        shard = shard_of(stream, self.shards[domain])
        until = self.position(domain, shard)
        return self.ledger.stream(domain, shard, stream, until=until) if until else []

    def at(self, *domains: str) -> dict[str, dict[str, int]]:
        """The point as answers tell it: of these domains, the last position of every shard."""
        return {"as_of": {
            f"{domain}/{shard}": self.position(domain, shard)
            for domain in domains for shard in range(self.shards.get(domain, 0))
        }}


def history(ledger: Ledger, told: str, now: datetime) -> History:
    """The point that is meant. ``NoSuchPoint`` when none can be."""
    shards = ledger.genesis().shards
    if "/" in told:
        return History(ledger, shards, vector=_vector(ledger, told, shards))
    try:
        until = moment(told.strip())
    except ValueError as error:
        raise NoSuchPoint(f"{told!r} can't be meant: {str(error).partition(';')[0]}") from None
    if until > now and until > (newest := _newest(ledger) or now):
        raise NoSuchPoint(
            f"{told!r} is still to come: it is {now.isoformat()}, and the last fact was recorded at "
            f"{newest.isoformat()}", "give a time until now, or leave it out: that is what holds now",
        )
    return History(ledger, shards, until=until)


def _newest(ledger: Ledger) -> datetime | None:
    """When the last fact was recorded."""
    last = (
        fact.recorded_at for (domain, shard), head in ledger.heads().items() if head.position
        for fact in ledger.scan(domain, shard, head.position - 1, head.position)
    )
    return max(last, default=None)


def _vector(ledger: Ledger, told: str, shards: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    heads = {f"{domain}/{shard}": head.position for (domain, shard), head in ledger.heads().items()}
    for told_place, position in _places(told):
        domain, _, number = told_place.strip().rpartition("/")
        if domain not in shards or not number.isdecimal() or int(number) >= shards[domain]:
            raise NoSuchPoint(f"there is no shard {told_place.strip()!r}")
        place = f"{domain}/{int(number)}"
        if not position.strip().isdecimal():
            raise NoSuchPoint(f"{position.strip()!r} is no position of {place}")
        if int(position) > heads.get(place, 0):
            raise NoSuchPoint(
                f"{place} has {heads.get(place, 0)} facts: there is no position {int(position)} yet",
                f"give {heads.get(place, 0)} at most",
            )
        if found.setdefault(place, int(position)) != int(position):
            raise NoSuchPoint(f"{place} is said twice, with {found[place]} and {int(position)}", "say which is meant")
    return found


def _places(told: str) -> list[tuple[str, str]]:
    if not told.lstrip().startswith("{"):
        return [(place, position) for place, _, position in (part.partition(":") for part in told.split(",") if part)]
    try:
        parsed = orjson.loads(told)
    except orjson.JSONDecodeError:
        raise NoSuchPoint("this is no JSON") from None
    return list(_flat(parsed))


def _flat(parsed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Shards and positions, or views with theirs, as answers tell them."""
    found: list[tuple[str, str]] = []
    for name, value in parsed.items():
        found += _flat(value) if isinstance(value, dict) else [(str(name), str(value))]
    return found


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
