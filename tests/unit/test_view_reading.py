"""A reader knows its place: repeats are skipped, another hash stops it, a gap is read from the ledger."""

import pytest

from events.decision import Recorded
from infra.errors import Corrupt
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Cursor
from projections.reading import Reader, Unreadable
from tests.folding import Told, received

SHARD = ("inventory", 0)
WANTED = frozenset({"StockReceived"})


def ledger_of(count: int) -> tuple[MemoryLedger, list[Recorded]]:
    ledger = MemoryLedger({"inventory": 1})
    Told(ledger).append(*(received(number + 1) for number in range(count)))
    return ledger, list(ledger.scan(*SHARD))


def after(fact: Recorded) -> Cursor:
    return Cursor(fact.position, fact.hash)


class Counting(MemoryLedger):
    """Counts how often it is read."""

    reads = 0

    def read(self, domain: str, shard: int, after: Cursor, limit: int) -> list[Recorded]:
        self.reads += 1
        return list(super().read(domain, shard, after, limit))


def reader(ledger: MemoryLedger) -> Reader:
    return Reader(ledger, lambda recorded: received(recorded.position))


def positions(found: Reader, place: Cursor, limit: int = 100) -> list[int]:
    return [each.position for each in found.piece(SHARD, place, limit, WANTED).read]


def test_facts_that_are_offered_are_not_read_again() -> None:
    ledger = Counting({"inventory": 1})
    Told(ledger).append(*(received(number + 1) for number in range(5)))
    facts = list(ledger.scan(*SHARD))
    found = reader(ledger)
    found.offer(facts[2:])
    ledger.reads = 0
    assert positions(found, after(facts[1])) == [3, 4, 5]
    assert ledger.reads == 0


def test_a_repeat_is_skipped() -> None:
    ledger, facts = ledger_of(5)
    found = reader(ledger)
    found.offer(facts[:4])
    assert positions(found, after(facts[1])) == [3, 4]


def test_a_repeat_with_another_hash_stops_loudly() -> None:
    ledger, facts = ledger_of(5)
    found = reader(ledger)
    found.offer([facts[0], facts[1]._replace(hash=b"x" * 32), facts[2]])
    with pytest.raises(Corrupt, match="position 2"):
        found.piece(SHARD, after(facts[1]), 10, WANTED)


def test_a_repeat_from_long_ago_with_another_hash_stops_loudly() -> None:
    ledger, facts = ledger_of(5)
    found = reader(ledger)
    found.offer([facts[0], facts[1]._replace(hash=b"x" * 32)])
    with pytest.raises(Corrupt):
        found.piece(SHARD, after(facts[3]), 10, WANTED)


def test_a_repeat_from_long_ago_is_harmless() -> None:
    ledger, facts = ledger_of(5)
    found = reader(ledger)
    found.offer(facts[:2])
    assert positions(found, after(facts[3])) == [5]


def test_a_gap_is_read_from_the_ledger() -> None:
    ledger, facts = ledger_of(5)
    found = reader(ledger)
    found.offer(facts[3:])
    assert positions(found, after(facts[0])) == [2, 3, 4, 5]
    found.offer([facts[1], facts[3]])
    assert positions(found, after(facts[0])) == [2, 3, 4, 5]


def test_a_ledger_with_a_gap_is_corrupt() -> None:
    ledger, facts = ledger_of(5)
    with pytest.raises(Corrupt, match="position 3"):
        reader(ledger).decoded(SHARD, after(facts[1]), facts[3:], WANTED)


def test_what_nobody_wants_is_not_decoded_and_what_cannot_be_decoded_is_marked() -> None:
    ledger, _ = ledger_of(2)

    def refuse(recorded: Recorded) -> None:
        raise KeyError(recorded.type)

    found = Reader(ledger, refuse)  # type: ignore[arg-type]
    assert found.piece(SHARD, Cursor(), 10, frozenset()).facts == [None, None]
    assert [type(each) for each in found.piece(SHARD, Cursor(), 10, WANTED).facts] == [Unreadable, Unreadable]


def test_a_piece_is_cut_by_position() -> None:
    ledger, facts = ledger_of(5)
    piece = reader(ledger).piece(SHARD, after(facts[0]), 10, WANTED)
    cut = piece.between(2, 4)
    assert (cut.after, [each.position for each in cut.read]) == (after(facts[1]), [3, 4])
    assert piece.between(0, 99) is piece
    assert [each.position for each in piece.between(0, 3).read] == [2, 3]
    assert [single.after.position for single in piece.singles()] == [1, 2, 3, 4]
