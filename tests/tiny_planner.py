"""A planner that is as small as one can be, and yet has all that the shell must hold: it counts movements.

Each stock with receipts or issues since the last cut is short of as many pieces as it has had of them, and gets that
many reserved, once for each cut; a day later, by time alone, the shortage ends. People set its policy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome, Recorded
from events.inventory.facts import StockIssued, StockReceived
from events.inventory.messages import ReserveStock
from events.model import Fact, Payload
from events.planning.facts import CutTaken, PolicySet, RequisitionDeclined, ShortageEnded, ShortageStated, TimePassed
from events.planning.messages import Declined, SetPolicy
from events.planning.shapes import Place
from events.service import Service
from infra.planning import PLAN, Planning

DAY: Final = timedelta(days=1)


class Tiny:
    """``release`` may be another one, and ``more`` makes it decide otherwise under the same release."""

    def __init__(self, release: str = "tiny-1", more: int = 0) -> None:
        self.release, self._more = release, more
        self.receipts: Counter[tuple[str, str]] = Counter()
        self.touched: set[tuple[str, str]] = set()
        self.open: dict[tuple[str, str], datetime] = {}
        self.cuts = self.policy = self.folded = 0
        self.asked = 0

    def fold(self, fact: Fact, at: Recorded) -> None:
        self.folded += 1
        match fact:
            case StockReceived() | StockIssued():
                self.receipts[fact.site, fact.part] += 1
                self.touched.add((fact.site, fact.part))
            case CutTaken():
                self.cuts = fact.cut
                self.touched.clear()
            case PolicySet():
                self.policy = fact.version
            case ShortageStated():
                self.open[fact.site, fact.part] = fact.needed_by
            case ShortageEnded():
                del self.open[fact.site, fact.part]

    def state(self) -> tuple[Any, ...]:
        """All that decides."""
        return (dict(self.receipts), self.touched, dict(sorted(self.open.items())), self.cuts, self.policy)

    def stirred(self) -> bool:
        return bool(self.touched)

    def due(self) -> datetime | None:
        return min(self.open.values(), default=None)

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        self.asked += 1
        ended = sorted(key for key, due in self.open.items() if due <= now)
        short = sorted(key for key in self.touched if self.receipts[key] > 1)
        if not ended and not short:
            return ()
        places = tuple(Place(domain=domain, shard=shard, position=n) for (domain, shard), n in sorted(vector.items()))
        cut = CutTaken(cut=self.cuts + 1, vector=places, release=self.release, policy=self.policy, clock=now)
        facts: list[tuple[str, Fact]] = [(PLAN, cut)]
        if ended:
            facts.append((PLAN, TimePassed(until=now, due=tuple(requirement(*key) for key in ended))))
        for site, part in ended:
            about = {"requirement": requirement(site, part), "site": site, "part": part, "unit": "C62"}
            facts.append((requirement(site, part), ShortageEnded(needed_by=self.open[site, part], **about)))
        for site, part in short:
            about = {"requirement": requirement(site, part), "site": site, "part": part, "unit": "C62"}
            amount = self.receipts[site, part] + self._more
            facts.append((requirement(site, part), ShortageStated(needed_by=now + DAY, amount=amount, **about)))
        first = vector.get(("planning", 0), 0) + 1
        for n, (stream, fact) in enumerate(facts):
            self.fold(fact, provisional(stream, fact, first + n, now))
        return facts


def requirement(site: str, part: str) -> str:
    """The id, and the stream, of a stock's requirement."""
    return f"stock/{site}/{part}"


def provisional(stream: str, fact: Fact, position: int, now: datetime) -> Recorded:
    """A fact of a cut before it is appended: where it will stand is known, its bytes and hash aren't needed."""
    name = type(fact).__name__
    return Recorded(
        "planning", 0, position, stream, 0, name, 1, b"", "lotone:planner", "", "planner", "", now, "second", None, now,
        0, None, b"",
    )  # fmt: skip


def decide(state: int, reference: Reference, told: Message[Any], now: datetime) -> Outcome:
    """What people say stands."""
    match told.body:
        case SetPolicy() as body:
            return Decided([PolicySet(version=state + 1, **body.model_dump(exclude={"alone"}))])
        case Declined() as body:
            return Decided([RequisitionDeclined(requisition=body.requisition, reason=body.reason)])
    raise AssertionError(told.type)


def react(fact: Fact, at: Recorded) -> Sequence[Payload]:
    """Reserve what is short."""
    if not isinstance(fact, ShortageStated):
        return ()
    name, wanted = f"P{at.position}", {"amount": str(fact.amount), "unit": fact.unit}
    told = {"part": fact.part, "site": fact.site, "reservation": name, "purpose": name, "quantity": wanted}
    return [ReserveStock.model_validate(told)]


def service() -> Service[int]:
    """The state of a stream is how many facts it has."""
    return Service(
        "planning",
        lambda stream: 0,
        lambda state, fact, at: state + 1,
        decide,
        react,
        1,
        lambda state: b"%d" % state,
        int,
    )


def tiny(release: str = "tiny-1", more: int = 0) -> Planning:
    """The tiny planner's domain."""
    return Planning(service(), lambda: Tiny(release, more))
