"""Reads the whole record again, and says where it was tampered with.

The idea: recompute every shard's chain from its first fact, and compare it with three witnesses: the hash
that each fact carries, the shard's row, and heads that were kept outside the database.

The naive version compares only the facts with each other. Whoever cuts off the tail, and sets the shard's
row back to match, leaves a shorter chain that is perfectly sound; whoever may write to the database can even
compute a whole chain anew. Only what they can't reach tells: ``heads_to_json`` gives a text of a few lines,
to be mailed, printed or published, and any later verification that is given it proves that the record still
holds everything up to there.

The invariant: a record that passes is, up to the outside heads, the one whose heads they were. Of each shard
the first thing wrong is named; one bad shard doesn't hide another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from events.decision import Recorded
from infra.errors import Misfit
from infra.ledger.chain import link
from infra.ledger.port import ORIGIN, Cursor, Genesis, Ledger, ShardId

_STEP: Final = 10_000

Heads = Mapping[ShardId, Cursor]


class Progress(Protocol):
    """Called now and then: how many facts of a shard were checked, of how many."""

    def __call__(self, domain: str, shard: int, checked: int, of: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first thing that is wrong with a shard: at which position, and what."""

    domain: str
    shard: int
    position: int
    what: str

    def __str__(self) -> str:
        return f"{self.domain} shard {self.shard} position {self.position}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verified:
    """One shard: how many facts are sound from the first on, where its chain stands there, and what is wrong
    next.
    """

    domain: str
    shard: int
    head: Cursor
    wrong: Wrong | None


@dataclass(frozen=True, slots=True)
class Report:
    """All shards. ``outside`` says whether heads kept elsewhere were compared."""

    ledger_id: UUID
    shards: tuple[Verified, ...]
    outside: bool

    @property
    def ok(self) -> bool:
        return not self.wrong

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        return tuple(shard.wrong for shard in self.shards if shard.wrong is not None)

    @property
    def facts(self) -> int:
        """How many are sound."""
        return sum(shard.head.position for shard in self.shards)


def verify(ledger: Ledger, heads: Heads | None = None, progress: Progress | None = None) -> Report:
    """Every shard from its first fact on. Facts may be appended meanwhile."""
    genesis = ledger.genesis()
    places = [(domain, shard) for domain, count in sorted(genesis.shards.items()) for shard in range(count)]
    places += sorted({*ledger.heads(), *(heads or {})} - set(places))
    found = tuple(
        _verify_shard(ledger, genesis, place, (heads or {}).get(place), progress) for place in places
    )
    return Report(genesis.ledger_id, found, heads is not None)


def _verify_shard(
    ledger: Ledger, genesis: Genesis, place: ShardId, outside: Cursor | None, progress: Progress | None
) -> Verified:
    domain, shard = place
    row = ledger.heads().get(place)
    if row is None:
        return Verified(domain, shard, Cursor(), Wrong(domain, shard, 0, "the shard's row is missing"))
    chain = _Chain(genesis.ledger_id, domain, shard, {"the shard's row": row})
    if outside is not None:
        chain.witnesses["the head kept outside"] = outside
    what = chain.witnessed()
    if what is None:
        for fact in ledger.scan(domain, shard):
            what = chain.follow(fact)
            if what is not None:
                break
            if progress and chain.position % _STEP == 0:
                progress(domain, shard, chain.position, row.position)
    if what is None:
        what = chain.ended(ledger.heads().get(place, row))
    if progress:
        progress(domain, shard, chain.position, row.position)
    head = Cursor(chain.position, chain.hash)
    return Verified(domain, shard, head, Wrong(domain, shard, *what) if what else None)


_Finding = tuple[int, str]
"""A position, and what is wrong there."""


class _Chain:
    """One shard's chain as far as it was followed. Every check answers what is wrong, or None."""

    def __init__(self, ledger_id: UUID, domain: str, shard: int, witnesses: dict[str, Cursor]) -> None:
        self._ledger_id, self._domain, self._shard = ledger_id, domain, shard
        self.witnesses = witnesses
        self.position, self.hash = 0, ORIGIN
        self._versions: dict[str, int] = {}

    def follow(self, fact: Recorded) -> _Finding | None:
        position = self.position + 1
        if fact.position != position:
            return position, f"this fact is missing (the next one there is {fact.position})"
        if (fact.domain, fact.shard) != (self._domain, self._shard):
            return position, f"this fact says that it is {fact.id}"
        if link(self._ledger_id, self.hash, fact) != fact.hash:
            return position, "this fact, or its hash, is not what was recorded"
        version = self._versions.get(fact.stream, 0) + 1
        if fact.version != version:
            return position, f"version {fact.version} of {fact.stream} stands where {version} belongs"
        self._versions[fact.stream] = version
        self.position, self.hash = position, fact.hash
        return self.witnessed()

    def witnessed(self) -> _Finding | None:
        """Whether every head that stands here has our hash."""
        for name, head in self.witnesses.items():
            if head.position == self.position and head.hash != self.hash:
                return self.position, f"{name} has another hash than the chain"
        return None

    def ended(self, row: Cursor) -> _Finding | None:
        """No fact follows: whether any head says that there should be, or that there shouldn't be so many."""
        for name, head in self.witnesses.items():
            if head.position > self.position:
                return self.position + 1, f"facts are missing from here on ({name} is at {head.position})"
        if self.position > row.position:
            return (
                row.position + 1,
                f"the shard's row ends before this fact (the last one is {self.position})",
            )
        return None


def heads_to_json(genesis: Genesis, heads: Heads) -> str:
    """The heads as a text to keep where nobody who can write to the database can reach it."""
    shards = [
        {"domain": domain, "shard": shard, "position": head.position, "hash": head.hash.hex()}
        for (domain, shard), head in sorted(heads.items())
    ]
    return json.dumps({"ledger": str(genesis.ledger_id), "heads": shards}, indent=1) + "\n"


def heads_from_json(genesis: Genesis, text: str) -> Heads:
    """The heads that were kept; ``Misfit`` when they are another ledger's, or can't be read."""
    try:
        told = json.loads(text)
        ledger_id = UUID(told["ledger"])
        heads = {
            (str(head["domain"]), int(head["shard"])): Cursor(
                int(head["position"]), bytes.fromhex(head["hash"])
            )
            for head in told["heads"]
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misfit(
            f"these aren't heads as `lotone verify` writes them ({error!r}): give another file"
        ) from error
    if ledger_id != genesis.ledger_id:
        raise Misfit(
            f"these heads were kept of ledger {ledger_id}, and this is {genesis.ledger_id}: "
            "give those of this ledger"
        )
    return heads
