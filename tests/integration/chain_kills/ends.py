"""What a story leaves behind: read so that two tellings of it can be compared, and held to everything that must hold.

Two tellings differ in a few ways at most. What is sealed has other bytes each time, because its keys and nonces are
made anew: it is compared opened. Ids of facts and commands say where in its shard something stands; where several
shards tell one shard something in the same step, that depends on who comes first. So a fact is named by its cause: the
upstream message or the cut that it goes back to, and the way from there. And the facts of a stream may stand in another
order where several shards tell it something: so streams of what others tell are compared as sets. The order of the
others, catalogue and planning, is compared too. How far the catalogue was read (``Recorded.reference``) depends on who
comes first as well, where master data and what needs none of it are told in one step; a replay proves it right.
A decision names the causes of one shard in their order there, twenty at most: they are compared as a set, and where
there are twenty, which of them came first is left out. Everything else is compared as it is: every payload and
envelope.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final, cast

import orjson

from events.codec import decode
from events.decision import Recorded
from events.values import plain
from infra.edge import OURS
from infra.keystore import KeyStore
from infra.ledger.verify import verify
from infra.lived import Life
from infra.postgres import connect
from infra.proving import prove_cuts
from infra.replay import replay
from infra.store import Store
from projections.api.system import planning, services
from projections.planning.steps.draft import MOST_CAUSES
from projections.rebuild import rebuild_views
from projections.schema import SCHEMA
from projections.views import VIEWS
from services.inventory.app import build as inventory
from tests import rules_of_plans

_ID: Final = re.compile(r"\b(?:catalogue|orders|inventory|suppliers|logistics|planning)/\d+/\d+\b")
_BOX: Final = re.compile(r"\b\d+\.[A-Za-z0-9+/]{36,}={0,2}")
_CAUSES: Final = re.compile(r"""(?<=["']because["']:)( ?)\[([^\]]*)\]""")
_BETWEEN: Final = re.compile(r"""(?<=["']), ?(?=["'])""")
_PLACES: Final = {"position", "shard", "last_fact"}
"""Columns of views that tell where in the ledger a fact stands, or which fact of a stream came last."""
_ORDERED: Final = ("catalogue", "planning")
"""Domains of one shard that no other domain tells anything."""


def everything(base: Store) -> list[Recorded]:
    """All facts, shard by shard."""
    shards = [(domain, n) for domain, count in base.genesis.shards.items() for n in range(count)]
    return [at for domain, n in shards for at in base.ledger.scan(domain, n)]


class Reader:
    """Reads texts of one telling so that they are those of another."""

    def __init__(self, facts: list[Recorded], keys: KeyStore) -> None:
        self._facts = {at.id: at for at in facts}
        self._nth: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        of_cause: Counter[tuple[str, str, str]] = Counter()
        for at in facts:
            cause = (at.domain, at.source, at.cause)
            of_cause[cause] += 1
            self._nth[at.id] = of_cause[cause]
            self._open(orjson.loads(at.data), keys)

    def name(self, id: str) -> str:
        """A fact by what it goes back to: the so many-th of its domain that its cause came to."""
        if id not in self._names:
            at = self._facts[id]
            self._names[id] = f"{self.message(at.source, at.cause)} > {at.domain} {self._nth[id]}"
        return self._names[id]

    def text(self, told: str) -> str:
        """Facts by their names, and what is sealed opened."""
        named = _ID.sub(lambda found: self.name(found.group()), told)
        return _CAUSES.sub(_causes, _BOX.sub(lambda found: self._plain[found.group()], named))

    def message(self, source: str, id: str) -> str:
        """A message by its own name, or by that of the fact it follows from."""
        if not source.startswith(OURS):
            return f"{source} {id}"
        position, _, number = id.partition(".")
        return f"{self.name(f'{source.removeprefix(OURS)}/{position}')}.{number}"

    def fact(self, at: Recorded) -> str:
        """All of a fact."""
        cause = self.message(at.source, at.cause)
        envelope = (at.type, at.schema, cause, at.actor, at.correlation, at.precision, at.zone)
        times = (at.occurred_at.isoformat(), at.recorded_at.isoformat())
        return f"{envelope} {times} {self.text(at.data.decode())}"

    def _open(self, told: Any, keys: KeyStore) -> None:
        if isinstance(told, dict):
            if isinstance(told.get("box"), str) and isinstance(told.get("person"), str):
                self._plain[told["box"]] = repr(keys.open(told["person"], told["box"]))
            for value in told.values():
                self._open(value, keys)
        elif isinstance(told, list):
            for value in told:
                self._open(value, keys)


def _causes(found: re.Match[str]) -> str:
    """In an order of their own; too many to be all of them are counted."""
    told = sorted(_BETWEEN.split(found.group(2)))
    return f"[{len(told)} or more]" if len(told) == MOST_CAUSES else f"[{', '.join(told)}]"


def end_state(base: Store) -> dict[str, Any]:
    """What must be equal however often it was interrupted."""
    facts = everything(base)
    reader, streams = Reader(facts, base.keys), dict[str, list[str]]()
    for at in facts:
        streams.setdefault(f"{at.domain}/{at.shard} {at.stream}", []).append(reader.fact(at))
    with connect(base.dsn) as connection:
        taken = connection.execute("SELECT source, id, outcome, domain, shard FROM lotone.taken").fetchall()
        rejected = connection.execute("SELECT source, id, type, problems::text, domain, shard FROM lotone.rejected")
        return {
            "facts": {name: told if name.startswith(_ORDERED) else sorted(told) for name, told in streams.items()},
            "outcomes": sorted((reader.message(source, id), *rest) for source, id, *rest in taken),
            "rejected": sorted({repr(row) for row in rejected.fetchall()}),
            "parked": sorted((found.source, found.id, found.missing) for found in base.ledger.parked()),
            "views": {table.name: _rows(connection, table.name, reader) for view in VIEWS for table in view.tables},
        }


def _rows(connection: Any, table: str, reader: Reader) -> list[str]:
    found = connection.execute(f'SELECT * FROM {SCHEMA}."{table}"'.encode())
    kept = [(n, column.name) for n, column in enumerate(found.description) if column.name not in _PLACES]
    return sorted(reader.text(repr({name: _one(row[n]) for n, name in kept})) for row in found.fetchall())


def _one(value: Any) -> Any:
    """1.50 and 1.5 are one amount, as they are to the proof of a rebuild."""
    return plain(value) if isinstance(value, Decimal) else value


def wrong(base: Store) -> Iterator[str]:
    """Whatever doesn't hold: the record, its proofs, its views, and the plan."""
    yield from map(str, verify(base.ledger).wrong)
    for one in replay(base.ledger, base.queue, [*services(), planning().service]):
        yield from one.told
        if one.unkept:
            yield f"{one.domain}/{one.shard}: the messages of {one.unkept} facts are gone"
    cuts = list(prove_cuts(base.ledger, planning()))
    yield from (f"cut {proof.cut}: {proof.difference}" for proof in cuts if not proof.equal)
    if [proof.cut for proof in cuts] != list(range(1, len(cuts) + 1)):
        yield "cuts don't follow one another"
    for view in rebuild_views(base.dsn, base.ledger, VIEWS, prove=True):
        if not view.equal:
            yield f"view {view.view}: {view.difference or view.failed}"
    rules_of_plans.holds(cast("Any", _told(base)))


def _told(base: Store) -> SimpleNamespace:
    """What ``rules_of_plans`` looks at, folded from the ledger: a planner, what inventory knows, and how late it is."""
    ledger = base.ledger
    life = Life(planning().planner, ledger)
    life.catch_up(ledger.heads())
    service, states = inventory(), dict[str, Any]()
    for shard in range(ledger.genesis().shards["inventory"]):
        for at in ledger.scan("inventory", shard):
            state = states[at.stream] if at.stream in states else service.initial(at.stream)
            states[at.stream] = service.evolve(state, decode(at), at)
    return SimpleNamespace(planner=life.planner, states={"inventory": states}, now=base.clock())
