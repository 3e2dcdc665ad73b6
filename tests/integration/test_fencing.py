"""A shard has one writer, whatever its would-be owners do and wherever they are stopped."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import psycopg
import pytest

from infra.errors import Conflict, Fenced, Transient
from infra.ledger.port import Cursor
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import Connection, Pool
from tests.history import Owner
from tests.integration.processes import ended, forked, frozen

pytestmark = pytest.mark.postgres

OWNER = "tests.integration.would_be_owner"
FACTS = 500
"""More than a COPY holds back: part of them is on its way when the process is frozen in its middle."""


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def another(database: str, pool: Pool) -> Iterator[PostgresLedger]:
    with PostgresLedger(database, pool) as opened:
        yield opened


@pytest.mark.parametrize(
    ("point", "appends_of_first"),
    [("append.before", 2), ("append.copy", 2), ("append.in", 2), ("append.after", 3)],
)
def test_an_owner_frozen_in_an_append_and_woken_later_writes_nothing_more(
    database: str, postgres_ledger: PostgresLedger, point: str, appends_of_first: int
) -> None:
    with forked(OWNER, database, "first", "5", str(FACTS), LOTONE_STOP_AT=f"{point}:3") as first:
        frozen(first)
        with forked(OWNER, database, "second", "2", str(FACTS)) as second:
            assert ended(second) == ["claimed", "appended", "appended", "done"]
        first.send_signal(signal.SIGCONT)
        assert ended(first)[-1] == "fenced"
    report = verify(postgres_ledger)
    assert report.ok, report.wrong
    facts = postgres_ledger.scan("inventory", 0)
    written = [(stream, len(list(run))) for stream, run in groupby(facts, lambda fact: fact.stream)]
    assert written == [("first", appends_of_first * FACTS), ("second", 2 * FACTS)]


def test_a_new_owner_ends_its_predecessors_session(
    postgres_ledger: PostgresLedger, another: PostgresLedger, connection: Connection
) -> None:
    Owner(postgres_ledger)
    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    (first,) = connection.execute("SELECT max(owner_pid) FROM lotone.shard").fetchone() or (0,)
    assert connection.execute(alive, [first]).fetchone() == (1,)
    Owner(another, name="you")
    (second,) = connection.execute("SELECT max(owner_pid) FROM lotone.shard").fetchone() or (0,)
    assert connection.execute(alive, [first]).fetchone() == (0,)
    assert connection.execute(alive, [second]).fetchone() == (1,)


def test_a_session_that_only_has_the_predecessors_process_id_is_left_alone(
    postgres_ledger: PostgresLedger, connection: Connection
) -> None:
    connection.execute(
        "UPDATE lotone.shard SET epoch = 7, owner_pid = %s, owner_start = now() - interval '1 day'",
        [connection.info.backend_pid],
    )
    assert Owner(postgres_ledger).claim.epoch == 8
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_owner_that_lost_its_session_claims_again(postgres_ledger: PostgresLedger, connection: Connection) -> None:
    owner, beside = Owner(postgres_ledger), Owner(postgres_ledger, shard=1)
    owner.append("a")
    connection.execute(
        "SELECT pg_terminate_backend(owner_pid, 5000) FROM lotone.shard WHERE domain = 'inventory' AND shard = 0"
    )
    with pytest.raises(Transient, match="claim"):
        owner.append("a")
    again = Owner(postgres_ledger)
    again.append("a")
    with pytest.raises(Transient, match="claim"):
        beside.append("b")
    Owner(postgres_ledger, shard=1).append("b")
    assert verify(postgres_ledger).facts == 3


def test_an_owner_that_never_heard_of_its_claim_claims_again(
    database: str, postgres_ledger: PostgresLedger, another: PostgresLedger, connection: Connection
) -> None:
    """The claim was committed, and the session lost before it said so: the epoch is new, but nobody else's."""
    held = Owner(postgres_ledger).claim.epoch
    connection.execute("UPDATE lotone.shard SET epoch = epoch + 1")
    connection.execute("SELECT pg_terminate_backend(owner_pid, 5000) FROM lotone.shard WHERE owner_pid IS NOT NULL")
    assert postgres_ledger.claim("inventory", 0, "me", held).epoch == held + 2
    with pytest.raises(Fenced):
        another.claim("inventory", 0, "you", held)


def test_an_owner_whose_session_was_ended_by_a_successor_is_fenced(
    postgres_ledger: PostgresLedger, another: PostgresLedger
) -> None:
    owner = Owner(postgres_ledger)
    Owner(another, name="you").append("a")
    for _ in range(2):
        with pytest.raises(Fenced):
            owner.append("a")
    assert verify(postgres_ledger).facts == 1


def test_a_raised_epoch_alone_is_enough_to_fence(postgres_ledger: PostgresLedger, connection: Connection) -> None:
    owner = Owner(postgres_ledger)
    connection.execute("UPDATE lotone.shard SET epoch = epoch + 1")
    with pytest.raises(Fenced):
        owner.append("a")
    assert verify(postgres_ledger).facts == 0


def test_of_many_that_claim_at_once_one_owns(database: str, pool: Pool, postgres_ledger: PostgresLedger) -> None:
    ledgers = [PostgresLedger(database, pool) for _ in range(5)]
    start = threading.Barrier(len(ledgers))

    def claimed(ledger: PostgresLedger) -> Owner:
        while True:
            try:
                return Owner(ledger)
            except Transient:  # ended by another claim in the middle of ours
                continue

    def contend(ledger: PostgresLedger) -> str:
        start.wait()
        owner = claimed(ledger)
        start.wait()
        try:
            owner.append("a")
        except Fenced:
            return "fenced"
        return "wrote"

    with ThreadPoolExecutor(len(ledgers)) as threads:
        outcomes = sorted(threads.map(contend, ledgers))
    for ledger in ledgers:
        ledger.close()
    assert outcomes == ["fenced"] * 4 + ["wrote"]
    assert verify(postgres_ledger).facts == 1


def test_shards_that_take_the_same_events_in_opposite_order_never_deadlock(
    postgres_ledger: PostgresLedger, another: PostgresLedger, connection: Connection
) -> None:
    """With rows in the order they came, this deadlocks at once: each holds what the other wants."""
    keys = [f"event-{number:05}" for number in range(3000)]
    start = threading.Barrier(2)

    def take(owner: Owner, ids: list[str]) -> str:
        batch = owner.batch()
        batch.taken = [owner.taken(id_, "decided") for id_ in ids]
        start.wait()
        try:
            owner.ledger.append([batch])
        except Conflict:
            return "conflict"
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(take, Owner(postgres_ledger), keys)
        two = threads.submit(take, Owner(another, "suppliers"), keys[::-1])
        assert sorted([one.result(), two.result()]) == ["conflict", "taken"]
    assert connection.execute("SELECT count(*), count(DISTINCT shard) FROM lotone.taken").fetchone() == (3000, 1)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert connection.execute(deadlocks).fetchone() == (0,)


def test_a_conflict_leaves_the_owner_an_owner(postgres_ledger: PostgresLedger) -> None:
    owner = Owner(postgres_ledger)
    batch = owner.batch("a")
    postgres_ledger.append([batch])
    with pytest.raises(Conflict):
        postgres_ledger.append([batch])
    owner.appended(batch)
    owner.append("a")
    assert owner.head != Cursor()
    assert verify(postgres_ledger).facts == 2
