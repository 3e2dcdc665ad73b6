"""When the planner cuts, what it appends, and that nothing is appended when there is nothing to say."""

from datetime import timedelta

import pytest

from events.codec import decode
from events.planning.facts import CutTaken
from infra.errors import Conflict, Transient
from infra.lease import AlwaysHeld
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Batch
from infra.ledger.verify import verify
from infra.planner import READER
from infra.runtime import Limits
from tests.plant import SITE, START, Plant, event, part, received
from tests.tiny_planner import Tiny, tiny

POLICY = event("planning.SetPolicy", "policy", {"currency": "EUR"})


def plant(**given: object) -> Plant:
    """A plant that knows a site and two parts, and plans."""
    made = Plant(planning=tiny(), **given)  # type: ignore[arg-type]
    made.tell(SITE, part("SADDLE"), part("HUB"))
    return made


def cuts(made: Plant) -> list[CutTaken]:
    """Every cut taken."""
    found = [decode(at) for at in made.facts("planning")]
    return [fact for fact in found if isinstance(fact, CutTaken)]


def twice(made: Plant, *parts: str) -> None:
    """Each part is received twice."""
    made.tell(*(received(f"{name}-{n}-{made.now}", name) for name in parts for n in range(2)))


def test_a_cut_is_taken_when_something_changed_and_all_is_quiet() -> None:
    made = plant()
    assert made.types("planning") == []
    twice(made, "SADDLE", "HUB")
    assert made.types("planning") == ["CutTaken", "ShortageStated", "ShortageStated"]
    (cut,) = cuts(made)
    assert {(p.domain, p.shard): p.position for p in cut.vector} == {
        shard: head.position
        for shard, head in made.ledger.heads().items()
        if head.position and shard[0] != "planning"
    } | {("inventory", shard): n for shard, n in before_reservations(made).items()}
    assert made.types("inventory").count("StockReserved") == 2


def before_reservations(made: Plant) -> dict[int, int]:
    """Receipts in each shard: what had been there when the first cut was taken."""
    found = [at.shard for at in made.facts("inventory") if at.type == "StockReceived"]
    return {shard: found.count(shard) for shard in set(found)}


def test_facts_of_a_cut_say_that_the_planner_decided_them() -> None:
    made = plant()
    twice(made, "SADDLE")
    facts = made.facts("planning")
    assert {(at.source, at.cause, at.actor, at.correlation) for at in facts} == {
        ("lotone:planner", "1", "planner", "cut/1")
    }
    assert [(at.stream, at.version) for at in facts] == [("plan", 1), ("stock/plant/SADDLE", 1)]
    assert {at.recorded_at for at in facts} == {at.occurred_at for at in facts} == {START}
    assert {at.reference for at in facts} == {made.ledger.heads()["catalogue", 0].position}
    assert verify(made.ledger).ok


def test_an_idle_system_appends_nothing() -> None:
    made = plant()
    twice(made, "SADDLE")
    head = made.ledger.heads()
    assert made.planner is not None
    for _ in range(5):
        assert made.planner.step() == 0
        made.later(minutes=5)
    assert made.ledger.heads() == head


def test_what_decides_nothing_is_asked_once_and_appends_nothing() -> None:
    made = plant()
    made.tell(received("one"))
    assert made.planner is not None
    tiny_one = made.planner.life.planner
    assert isinstance(tiny_one, Tiny)
    assert tiny_one.stirred()
    assert tiny_one.asked == 1
    for _ in range(3):
        made.planner.step()
    assert tiny_one.asked == 1
    made.tell(received("two"))
    assert tiny_one.asked == 2
    assert made.types("planning") == ["CutTaken", "ShortageStated"]


def test_a_cut_is_taken_when_time_alone_makes_something_due() -> None:
    made = plant()
    twice(made, "SADDLE")
    made.later(hours=23)
    made.settle()
    assert len(cuts(made)) == 1
    made.later(hours=1)
    made.settle()
    assert made.types("planning")[2:] == ["CutTaken", "TimePassed", "ShortageEnded"]
    made.later(days=30)
    made.settle()
    assert [cut.clock for cut in cuts(made)] == [START, START + timedelta(days=1)]


def test_time_of_a_cut_never_goes_back() -> None:
    made = plant()
    twice(made, "SADDLE")
    made.later(hours=-5)
    twice(made, "HUB")
    assert [cut.clock for cut in cuts(made)] == [START, START]


@pytest.mark.parametrize("patience", [0.0, 3600.0])
def test_peoples_requests_are_decided_like_everywhere_and_the_cut_behind_them_knows_of_them(patience: float) -> None:
    made = plant(patience=patience)
    made.publish(received("one"), received("two"), POLICY)
    made.engine.drain()
    made.reactions.step()
    made.settle()
    assert made.types("planning") == ["PolicySet", "CutTaken", "ShortageStated"]
    (cut,) = cuts(made)
    assert cut.policy == 1
    assert [p.position for p in cut.vector if p.domain == "planning"] == [1]
    assert made.outcome("policy") == "decided"


def test_nothing_is_cut_while_something_is_on_its_way_unless_patience_ends() -> None:
    made = plant()
    made.publish(received("one"), received("two"))
    made.engine.drain()
    assert made.planner is not None
    made.planner.step()
    assert made.types("planning") == [], "what follows from the receipts isn't known yet"
    made.reactions.step()
    made.publish(part("BELL"))
    made.planner.step()
    assert made.types("planning") == [], "something was taken in"
    made.settle()
    assert len(cuts(made)) == 1
    hasty = plant(patience=0.0)
    hasty.publish(received("one"), received("two"))
    hasty.engine.drain()
    assert hasty.planner is not None
    hasty.planner.step()
    assert hasty.types("planning") == ["CutTaken", "ShortageStated"]


def test_a_restart_goes_on_where_the_ledger_is() -> None:
    first = plant()
    twice(first, "SADDLE")
    first.tell(received("hub-1", "HUB"))
    second = Plant(first.ledger, first.queue, keys=first.keys, cursors=first.cursors, planning=tiny())
    second.now = first.now
    second.settle()
    assert len(cuts(second)) == 1
    assert state(second) == state(first)
    second.tell(received("hub-2", "HUB"))
    assert [cut.cut for cut in cuts(second)] == [1, 2]
    assert [at.version for at in second.facts("planning") if at.stream == "plan"] == [1, 2]


def state(made: Plant) -> object:
    """What the planner knows."""
    assert made.planner is not None
    found = made.planner.life.planner
    assert isinstance(found, Tiny)
    return found.state()


def test_how_far_it_has_looked_is_noted_once() -> None:
    made = plant()
    twice(made, "SADDLE")
    assert made.planner is not None
    noted = made.cursors.load(READER)
    assert noted == {shard: head for shard, head in made.ledger.heads().items() if head.position}
    assert made.planner.lease.due == START + timedelta(days=1)  # type: ignore[attr-defined]


class Failing(MemoryLedger):
    """Fails once where it is told to: before the append stands, or after."""

    def __init__(self, error: Exception, after: bool) -> None:
        super().__init__({"catalogue": 1, "inventory": 2, "suppliers": 2, "orders": 1, "logistics": 2, "planning": 1})
        self._error: Exception | None = error
        self._after = after

    def append(self, batches: list[Batch]) -> None:  # type: ignore[override]
        ours = any(batch.claim.domain == "planning" for batch in batches)
        error, self._error = (self._error, None) if ours else (None, self._error)
        if error is None or self._after:
            super().append(batches)
        if error is not None:
            raise error


@pytest.mark.parametrize("error", [Conflict("taken"), Transient("lost")])
@pytest.mark.parametrize("after", [False, True])
def test_after_an_append_of_unknown_outcome_everything_is_dropped_and_read_again(error: Exception, after: bool) -> None:
    made = Plant(Failing(error, after), planning=tiny(), limits=Limits(batch=3))
    made.tell(SITE, part("SADDLE"))
    made.publish(received("one"), received("two"))
    assert made.planner is not None
    first = made.planner.life.planner
    with pytest.raises(type(error)):
        made.settle()
    assert made.planner.life.unsure
    made.planner._stand_down()
    assert made.planner.life.planner is not first
    made.settle()
    assert made.types("planning") == ["CutTaken", "ShortageStated"]
    assert made.types("inventory").count("StockReserved") == 1
    assert verify(made.ledger).ok
    fresh = Plant(made.ledger, made.queue, keys=made.keys, cursors=made.cursors, planning=tiny())
    fresh.settle()
    assert state(fresh) == state(made)


class Settable(AlwaysHeld):
    """A lease that the test gives and takes."""

    def __init__(self, held: bool) -> None:
        super().__init__()
        self.held = held


def pair() -> tuple[Plant, Plant]:
    """Two planners of one ledger: the first holds the lease."""
    first = plant()
    second = Plant(first.ledger, first.queue, keys=first.keys, cursors=first.cursors, planning=tiny(), patience=0.0)
    for worker in first.engine.workers:
        worker.forget()
    first.engine.claim()
    for made, held in ((first, True), (second, False)):
        assert made.planner is not None
        made.planner.lease = Settable(held)
    return first, second


def test_a_standby_follows_cut_by_cut_and_takes_over_without_reading_again() -> None:
    first, second = pair()
    assert first.planner is not None
    assert second.planner is not None
    twice(first, "SADDLE")
    second.planner.step()
    followed = second.planner.life.planner
    assert state(second) == state(first)
    first.tell(received("hub-1", "HUB"))
    second.planner.step()
    assert state(second) != state(first), "what no cut has read is left unread"
    first.planner.lease.held, second.planner.lease.held = False, True  # type: ignore[misc]
    first.tell(received("hub-2", "HUB"))
    assert second.planner.step()
    assert second.planner.life.planner is followed
    assert [cut.cut for cut in cuts(first)] == [1, 2]
    first.planner.step()
    assert state(first) == state(second)
    first.planner.lease.held, second.planner.lease.held = True, False  # type: ignore[misc]
    first.later(minutes=1)
    twice(first, "SADDLE")
    assert [cut.cut for cut in cuts(first)] == [1, 2, 3], "who stood by may plan again"


def test_who_had_read_further_than_its_successors_cut_begins_anew() -> None:
    """Else that cut would seem to have seen what it hadn't, and nobody would ever act on it."""
    first, second = pair()
    assert first.planner is not None
    assert second.planner is not None
    first.publish(received("one"), received("two"))
    first.engine.drain()
    second.planner.lease.held = True  # type: ignore[misc]
    second.planner.claim()
    second.planner.life.catch_up(second.ledger.heads())
    second.planner.worker.cutting = True
    thought = second.planner.worker.prepare({})
    assert thought is not None
    first.publish(received("hub-1", "HUB"), received("hub-2", "HUB"))
    first.engine.drain()
    first.planner.life.catch_up(first.ledger.heads())
    first.ledger.append([thought])
    first.planner.lease.held = False  # type: ignore[misc]
    first.planner.step()
    first.planner.life.catch_up(first.ledger.heads())
    planner = first.planner.life.planner
    assert isinstance(planner, Tiny)
    assert planner.touched == {("plant", "HUB")}


def test_a_planner_whose_lease_is_not_renewed_any_more_ends() -> None:
    planner = plant().planner
    assert planner is not None
    planner.lease.failure = "UndefinedTable"  # type: ignore[misc]
    with pytest.raises(RuntimeError, match="the lease isn't renewed any more: UndefinedTable"):
        planner.run()
    assert planner.failure is not None
