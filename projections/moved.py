"""Whom a supply has moved already: customers' orders whose promise is later, or that are short, because of its facts.

The idea. Once a purchase is late, the planner moves what waits for it, and then nothing is late by it any more: each
claim is held against a need that has moved too. So what a supply still hits (``impact.py``) says nobody, though every
customer was told a later day. Who was moved is on record: each promise that changed, and each shortage, names the facts
that caused it. Those of the supply's own stream are its facts. Time by which it fell due, and what was told of its
supplier as a whole, bear on it too, where the order waits for it or did until that was decided.

A promise that was made good again since moved nobody; nor does one of what was delivered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from events.decision import Recorded
from infra.ledger.port import Ledger
from infra.sharding import shard_of
from projections.causes import fact_named
from projections.decisions_queries import way
from projections.queries import Connection, fetch
from projections.supplies import parts_of

_PROMISES: Final = """
    SELECT told.number, told.line, told.schedule, told.because
      FROM lotone.order_schedule AS ordered
      JOIN lotone.promise AS given USING (number, line, schedule)
      JOIN lotone.promise_change AS told USING (number, line, schedule)
     WHERE ordered.open > 0 AND told.was IS NOT NULL
       AND (told.promised IS NULL OR told.promised > told.was)
       AND (given.promised IS NULL OR given.promised > told.was)
     ORDER BY told.number, told.line, told.schedule, told.position
"""
_SHORT: Final = """
    SELECT need.requirement, need.because, coalesce(taken.was, '[]'::jsonb)
      FROM lotone.requirement AS need LEFT JOIN lotone.decision AS taken USING (decision)
     WHERE need.short > 0 ORDER BY need.requirement
"""
_STREAMS: Final[Mapping[str, tuple[str, str]]] = {
    "purchase": ("suppliers", "purchase-order"), "run": ("orders", "run"), "transfer": ("logistics", "shipment"),
}


@dataclass(frozen=True, slots=True)
class Own:
    """The ids of the facts told of a supply, and of its supplier as a whole."""

    facts: frozenset[str] = frozenset()
    supplier: frozenset[str] = frozenset()


@dataclass(slots=True)
class Blame:
    """What is promised later, by schedule line, and what is short, with the facts that caused each; of the latter, also
    what had served it until then."""

    promises: Sequence[tuple[str, Sequence[str]]]
    shortages: Sequence[tuple[str, Sequence[str], frozenset[str]]]
    due: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(
        self, ledger: Ledger, supply: str, waiting: Iterable[str], above: Mapping[str, Sequence[str]]
    ) -> tuple[list[str], list[str]]:
        """The schedule lines that this supply moved, and those it left short; ``waiting`` are those that wait for it
        now, ``above`` those above each requirement that is short."""
        if not self.promises and not self.shortages:
            return [], []
        own = _own(ledger, supply)
        lacking = [
            id_ for id_, because, was in self.shortages if supply in was or not own.facts.isdisjoint(because)
        ]
        short = {order for id_ in lacking for order in above.get(id_, ())}
        near = {*waiting, *short}
        moved = {
            order for order, because in self.promises
            if not own.facts.isdisjoint(because) or (order in near and self._bears(ledger, supply, own, because))
        }
        return sorted(moved), sorted(short)

    def _bears(self, ledger: Ledger, supply: str, own: Own, because: Sequence[str]) -> bool:
        return not own.supplier.isdisjoint(because) or any(supply in self._due(ledger, id_) for id_ in because)

    def _due(self, ledger: Ledger, id_: str) -> frozenset[str]:
        """What fell due by this fact, if it says that time went by."""
        if id_ not in self.due:
            at = fact_named(ledger, id_) if id_.startswith("planning/") else None
            told = orjson.loads(at.data) if at is not None and at.type == "TimePassed" else {}
            self.due[id_] = frozenset(told.get("due", ()))
        return self.due[id_]


def blame(connection: Connection) -> Blame:
    """All that is promised later than before, and all that is short, within a reading."""
    short = fetch(connection, _SHORT, {})
    return Blame(
        [(f"{number}/{line}/{schedule}", because)
         for number, line, schedule, because in fetch(connection, _PROMISES, {})],
        [(id_, because, frozenset(key for kept in was if (key := way(kept).supply))) for id_, because, was in short],
    )


def _own(ledger: Ledger, supply: str) -> Own:
    """Stock and what isn't ordered yet has no facts of its own."""
    kind, id_, line = parts_of(supply)
    if kind not in _STREAMS:
        return Own()
    domain, name = _STREAMS[kind]
    told = [(at.id, orjson.loads(at.data)) for at in _stream(ledger, domain, f"{name}/{id_}")]
    if kind != "purchase":
        return Own(frozenset(fact for fact, _ in told))
    suppliers = dict.fromkeys(data["supplier"] for _, data in told if "supplier" in data)
    return Own(
        frozenset(fact for fact, data in told if data.get("line") in (None, line)),
        frozenset(at.id for one in suppliers for at in _stream(ledger, domain, f"supplier/{one}")),
    )


def _stream(ledger: Ledger, domain: str, stream: str) -> Sequence[Recorded]:
    return ledger.stream(domain, shard_of(stream, ledger.genesis().shards[domain]), stream)
