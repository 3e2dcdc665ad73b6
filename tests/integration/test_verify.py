"""Verification names shard and position of whatever was done to the record behind the ledger's back."""

from collections.abc import Iterator

import psycopg
import pytest

from events.decision import Recorded
from infra.errors import Misfit
from infra.ledger.chain import link
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import ORIGIN, Cursor
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import Report, heads_from_json, heads_to_json, verify
from infra.postgres import Connection
from tests.conftest import SHARDS
from tests.history import Owner

pytestmark = pytest.mark.postgres

HERE = "domain = 'inventory' AND shard = 0"
THIRD = f"{HERE} AND position = 3"
MESSED = {
    "domain": "'orders'",
    "shard": "1",
    "position": "position + 100",
    "stream": "stream || '2'",
    "version": "version + 10",
    "type": "overlay(type PLACING 's' FROM 1 FOR 1)",
    "schema": "schema + 1",
    "data": "set_byte(data, 3, get_byte(data, 3) # 1)",
    "source": "source || ' '",
    "cause": "upper(cause)",
    "actor": "''",
    "correlation": "correlation || '1'",
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "precision": "'minute'",
    "zone": "NULL",
    "recorded_at": "recorded_at - interval '1 microsecond'",
    "reference": "reference - 1",
    "traceparent": "''",
    "hash": "set_byte(hash, 31, get_byte(hash, 31) # 1)",
}


@pytest.fixture
def ledger(postgres_ledger: PostgresLedger) -> PostgresLedger:
    """Five facts in inventory's first shard, one in its second, one in suppliers'."""
    Owner(postgres_ledger).append("a", "b", "a", "b", "a")
    Owner(postgres_ledger, shard=1).append("z")
    Owner(postgres_ledger, "suppliers", 1).append("s")
    return postgres_ledger


@pytest.fixture
def behind_its_back(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def found(report: Report) -> list[tuple[str, int, int]]:
    return [(wrong.domain, wrong.shard, wrong.position) for wrong in report.wrong]


def test_an_untouched_record_passes(ledger: PostgresLedger) -> None:
    seen: list[tuple[str, int, int, int]] = []
    report = verify(ledger, ledger.heads(), lambda *told: seen.append(told))
    assert report.ok
    assert report.outside
    assert report.facts == 7
    assert ("inventory", 0, 5, 5) in seen


def test_facts_appended_meanwhile_are_no_fault(ledger: PostgresLedger) -> None:
    kept = ledger.heads()
    Owner(ledger).append("a", "c")
    assert verify(ledger, kept).ok


@pytest.mark.parametrize("column", Recorded._fields)
def test_one_changed_column_is_found(ledger: PostgresLedger, behind_its_back: Connection, column: str) -> None:
    behind_its_back.execute(f"UPDATE lotone.fact SET {column} = {MESSED[column]} WHERE {THIRD}")
    assert ("inventory", 0, 3) in found(verify(ledger))


@pytest.mark.parametrize("byte", range(12))
def test_one_changed_byte_of_a_payload_is_found(ledger: PostgresLedger, behind_its_back: Connection, byte: int) -> None:
    behind_its_back.execute(
        f"UPDATE lotone.fact SET data = set_byte(data, {byte}, get_byte(data, {byte}) # 128) WHERE {THIRD}"
    )
    assert found(verify(ledger)) == [("inventory", 0, 3)]


@pytest.mark.parametrize("position", [1, 3])
def test_a_removed_fact_is_found(ledger: PostgresLedger, behind_its_back: Connection, position: int) -> None:
    behind_its_back.execute(f"DELETE FROM lotone.fact WHERE {HERE} AND position = {position}")
    assert found(verify(ledger)) == [("inventory", 0, position)]


def test_two_swapped_facts_are_found(ledger: PostgresLedger, behind_its_back: Connection) -> None:
    for before, after in ((2, 99), (3, 2), (99, 3)):
        behind_its_back.execute(f"UPDATE lotone.fact SET position = {after} WHERE {HERE} AND position = {before}")
    assert found(verify(ledger)) == [("inventory", 0, 2)]


def test_a_tail_cut_off_is_found(ledger: PostgresLedger, behind_its_back: Connection) -> None:
    behind_its_back.execute(f"DELETE FROM lotone.fact WHERE {HERE} AND position > 3")
    assert found(verify(ledger)) == [("inventory", 0, 4)]


def test_a_tail_cut_off_with_its_row_is_told_by_the_heads_outside(
    ledger: PostgresLedger, behind_its_back: Connection
) -> None:
    kept = heads_to_json(ledger.genesis(), ledger.heads())
    behind_its_back.execute(f"DELETE FROM lotone.fact WHERE {HERE} AND position > 3")
    behind_its_back.execute(
        f"UPDATE lotone.shard SET head = 3, hash = (SELECT hash FROM lotone.fact WHERE {THIRD}) WHERE {HERE}"
    )
    assert verify(ledger).ok
    assert found(verify(ledger, heads_from_json(ledger.genesis(), kept))) == [("inventory", 0, 4)]


def test_a_chain_computed_anew_is_told_by_the_heads_outside(
    ledger: PostgresLedger, behind_its_back: Connection
) -> None:
    kept = ledger.heads()
    behind_its_back.execute(f"UPDATE lotone.fact SET actor = 'nobody' WHERE {THIRD}")
    hash_ = ORIGIN
    for fact in ledger.scan("inventory", 0):
        hash_ = link(ledger.genesis().ledger_id, hash_, fact)
        behind_its_back.execute(
            f"UPDATE lotone.fact SET hash = %s WHERE {HERE} AND position = %s", [hash_, fact.position]
        )
    behind_its_back.execute(f"UPDATE lotone.shard SET hash = %s WHERE {HERE}", [hash_])
    assert verify(ledger).ok
    assert found(verify(ledger, kept)) == [("inventory", 0, 5)]


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("hash = set_byte(hash, 0, get_byte(hash, 0) # 1)", 5),
        ("head = 4", 4),
        ("head = 6", 6),
        ("head = 0", 0),
    ],
)
def test_a_changed_shard_row_is_found(
    ledger: PostgresLedger, behind_its_back: Connection, change: str, position: int
) -> None:
    behind_its_back.execute(f"UPDATE lotone.shard SET {change} WHERE {HERE}")
    assert found(verify(ledger)) == [("inventory", 0, position)]


def test_a_shard_row_set_before_everything_is_found(ledger: PostgresLedger, behind_its_back: Connection) -> None:
    behind_its_back.execute(f"UPDATE lotone.shard SET head = 0, hash = %s WHERE {HERE}", [ORIGIN])
    assert found(verify(ledger)) == [("inventory", 0, 1)]


def test_a_removed_shard_row_is_found(ledger: PostgresLedger, behind_its_back: Connection) -> None:
    behind_its_back.execute(f"DELETE FROM lotone.shard WHERE {HERE}")
    assert found(verify(ledger)) == [("inventory", 0, 0)]


def test_one_bad_shard_does_not_hide_another(ledger: PostgresLedger, behind_its_back: Connection) -> None:
    behind_its_back.execute(f"DELETE FROM lotone.fact WHERE {HERE} AND position > 3")
    behind_its_back.execute("UPDATE lotone.fact SET actor = 'nobody' WHERE domain = 'suppliers'")
    report = verify(ledger)
    assert found(report) == [("inventory", 0, 4), ("suppliers", 1, 1)]
    assert report.facts == 4


def test_versions_of_a_stream_have_no_gap() -> None:
    ledger = MemoryLedger(SHARDS)
    owner = Owner(ledger)
    owner.append("a")
    owner.versions["a"] += 1
    owner.append("a")
    assert found(verify(ledger)) == [("inventory", 0, 2)]


def test_heads_survive_the_way_out_and_back(ledger: PostgresLedger) -> None:
    genesis, heads = ledger.genesis(), ledger.heads()
    assert heads_from_json(genesis, heads_to_json(genesis, heads)) == heads


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"ledger": "no"}', '{"ledger": 1, "heads": [{}]}'])
def test_heads_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Misfit):
        heads_from_json(MemoryLedger(SHARDS).genesis(), text)


def test_heads_of_another_ledger_are_refused() -> None:
    one, two = MemoryLedger(SHARDS), MemoryLedger(SHARDS)
    with pytest.raises(Misfit, match=str(one.genesis().ledger_id)):
        heads_from_json(two.genesis(), heads_to_json(one.genesis(), {("inventory", 0): Cursor()}))
