"""The group commit: nobody waits for ever, nobody's trouble is another's, and no more is taken than may wait."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import pytest

from infra.edge import Admitted, Refused
from infra.errors import Poison, Transient
from infra.intake import Full, Intake
from infra.ledger.memory import MemoryLedger
from infra.queue.memory import MemoryQueue
from infra.queue.port import INTAKE, Queued
from tests.history import a_rejection

SHARDS = {"inventory": 2}
SOON = 10.0


class Choosy(MemoryQueue):
    """Refuses ``poison`` as a database would, and breaks at ``bug``."""

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        told = {message.id for message in messages}
        if "poison" in told:
            raise Poison("a value that can never be stored")
        if "bug" in told:
            raise KeyError("something unforeseen")
        super().put(kind, messages)


@pytest.fixture
def intake() -> Iterator[Intake]:
    """Not started: what is offered waits until ``run``."""
    made = Intake(MemoryLedger(SHARDS), Choosy(SHARDS), limit=10, window=0.0, taken=lambda: None)
    yield made
    run(made)


def run(intake: Intake) -> None:
    """Work off all that was offered, told to end before it began."""
    if not intake._thread.ident:
        intake._close()
        intake.start()
        intake.stop()


def told(*ids: str) -> list[Admitted | Refused]:
    return [Admitted("wms", id_, Queued("inventory", 0, "wms", id_, b"body")) for id_ in ids]


def stored(intake: Intake) -> int:
    return intake._queue.ends(INTAKE)["inventory", 0]


def answer(future: Future[None]) -> str:
    error = future.exception(SOON)
    return "taken" if error is None else type(error).__name__


def test_what_was_offered_before_the_end_is_durable_at_the_end(intake: Intake) -> None:
    offers = [intake.offer(told(f"e-{n}")) for n in range(3)]
    run(intake)
    assert ([answer(offer) for offer in offers], stored(intake)) == (["taken"] * 3, 3)
    assert intake.failure is None


def test_after_the_end_nobody_is_left_waiting(intake: Intake) -> None:
    run(intake)
    with pytest.raises(Transient):
        intake.offer(told("late"))


def test_a_publisher_that_goes_away_stops_nobody(intake: Intake) -> None:
    gone, other = intake.offer(told("gone")), intake.offer(told("other"))
    assert gone.cancel()
    run(intake)
    assert (answer(other), stored(intake), intake.backlog, intake.failure) == ("taken", 1, 1, None)


def test_what_can_never_be_stored_fails_its_own_publisher_only(intake: Intake) -> None:
    offers = [intake.offer(told("a")), intake.offer(told("b", "poison")), intake.offer(told("c"))]
    run(intake)
    assert [answer(offer) for offer in offers] == ["taken", "Poison", "taken"]
    assert (stored(intake), intake.backlog, intake.failure) == (2, 2, None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_it_breaks_everybody_hears_so() -> None:
    intake = Intake(MemoryLedger(SHARDS), Choosy(SHARDS), limit=10_000, window=0.0, taken=lambda: None)
    first, behind = intake.offer(told("bug") * 5_000), intake.offer(told("behind"))
    intake.start()
    assert (answer(first), answer(behind)) == ("KeyError", "Transient")
    intake.stop()
    assert (intake.failure or "").startswith("KeyError at ")
    with pytest.raises(Transient):
        intake.offer(told("late"))


def test_more_than_may_wait_is_not_taken_however_many_offer_at_once(intake: Intake) -> None:
    offers = [intake.offer(told("a", "b")) for _ in range(5)]
    with pytest.raises(Full):
        intake.offer(told("c"))
    run(intake)
    assert [answer(offer) for offer in offers] == ["taken"] * 5
    assert intake.backlog == 10


def test_one_offer_larger_than_the_limit_is_taken_when_nothing_waits(intake: Intake) -> None:
    offer = intake.offer(told(*"abcdefghijklmn"))
    run(intake)
    assert (answer(offer), stored(intake)) == ("taken", 14)


def test_refusals_are_kept_and_are_no_backlog(intake: Intake) -> None:
    offer = intake.offer([Refused(None, None, (), a_rejection())])
    run(intake)
    assert (answer(offer), intake.backlog, len(intake._ledger.rejected())) == ("taken", 0, 1)
