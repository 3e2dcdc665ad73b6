"""A release with more domains takes up an older ledger: nothing of the old changes, and the new begins at zero."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from events.inventory import facts as f
from events.model import Fact
from infra.errors import Misfit
from infra.ledger.port import Cursor
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import heads_from_json, heads_to_json, verify
from infra.migrate import migrate, releases
from infra.postgres import Connection, open_pool
from infra.queue.port import INTAKE, Queued
from infra.queue.postgres import PostgresQueue
from projections.engine import ViewEngine
from projections.ownership import connect, cursors
from projections.view import Rows, Table, View
from tests.history import Owner

pytestmark = pytest.mark.postgres

BEGUN = {"catalogue": 1, "inventory": 2, "suppliers": 2}
JOINED = {"orders": 3, "logistics": 2, "planning": 1}
OLD_RELEASE = ("0001_ledger.sql", "0002_views.sql", "0003_cursors.sql")


@pytest.fixture
def old(empty_database: str) -> str:
    """The database of the release that knew three domains, with facts in it."""
    migrate(empty_database, BEGUN)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        later = "".join(told for name, told in releases().items() if name not in OLD_RELEASE)
        tables = ", ".join(re.findall(r"CREATE TABLE (\S+)", later))
        connection.execute(f"DROP TABLE {tables}".encode())
        connection.execute("DELETE FROM lotone.migration WHERE name <> ALL(%s)", [list(OLD_RELEASE)])
    with pytest.raises(Misfit, match="no ledger"), PostgresLedger(empty_database) as ledger:
        ledger.genesis()
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(releases()["0004_planning.sql"].encode())
    with PostgresLedger(empty_database) as ledger:
        for shard in range(2):
            Owner(ledger, "inventory", shard).append("stock/A@x", "stock/B@x", "stock/A@x")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("DROP TABLE lotone.joined, lotone.lease")
    return empty_database


@pytest.fixture
def connection(old: str) -> Iterator[Connection]:
    with psycopg.connect(old, autocommit=True) as opened:
        yield opened


def test_domains_join_and_the_record_stays_whole(old: str, connection: Connection) -> None:
    begun = connection.execute("SELECT * FROM lotone.genesis").fetchall()
    before = connection.execute("SELECT * FROM lotone.shard ORDER BY domain, shard").fetchall()
    facts = connection.execute("SELECT count(*), sum(length(data)) FROM lotone.fact").fetchall()
    genesis = migrate(old, BEGUN | JOINED)
    assert connection.execute("SELECT * FROM lotone.genesis").fetchall() == begun, "the first record is as it was"
    has = "SELECT * FROM lotone.shard WHERE domain = ANY(%s) ORDER BY domain, shard"
    assert connection.execute(has, [list(BEGUN)]).fetchall() == before
    assert connection.execute("SELECT count(*), sum(length(data)) FROM lotone.fact").fetchall() == facts
    with PostgresLedger(old) as ledger:
        assert ledger.genesis() == genesis
        assert dict(genesis.shards) == BEGUN | JOINED
        report = verify(ledger)
        assert (report.ok, report.facts, len(report.shards)) == (True, 6, 11)
        assert {head for (domain, _), head in ledger.heads().items() if domain in JOINED} == {Cursor()}


def test_heads_kept_before_others_joined_still_prove_the_record(old: str) -> None:
    migrate(old, BEGUN | JOINED)
    with PostgresLedger(old) as ledger:
        heads = {place: head for place, head in ledger.heads().items() if place[0] in BEGUN}
        kept = heads_from_json(ledger.genesis(), heads_to_json(ledger.genesis(), heads))
        assert verify(ledger, kept).ok


def test_what_joined_takes_messages_and_facts(old: str) -> None:
    migrate(old, BEGUN | JOINED)
    with PostgresLedger(old) as ledger, open_pool(old) as pool:
        Owner(ledger, "orders", 2).append("order/1")
        queue = PostgresQueue(pool)
        queue.put(INTAKE, [Queued("planning", 0, "s", "1", b"body")])
        assert queue.ends(INTAKE)["planning", 0] == 1
        assert ledger.heads()["orders", 2].position == 1
        assert verify(ledger).ok


def test_joining_again_changes_nothing_and_counts_are_fixed_for_ever(old: str, connection: Connection) -> None:
    first = migrate(old, BEGUN | JOINED)
    joined = connection.execute("SELECT * FROM lotone.joined").fetchall()
    assert migrate(old, BEGUN | JOINED) == first
    assert connection.execute("SELECT * FROM lotone.joined").fetchall() == joined
    with pytest.raises(Misfit, match=r"orders=3.*shard counts never change"):
        migrate(old, BEGUN | JOINED | {"orders": 4})
    with pytest.raises(Misfit, match="at least one shard"):
        migrate(old, BEGUN | JOINED | {"more": 0})


def test_a_release_that_knows_fewer_domains_is_refused(old: str) -> None:
    migrate(old, BEGUN | JOINED)
    with pytest.raises(Misfit, match=r"doesn't know \(logistics, orders, planning;"):
        migrate(old, BEGUN)


def test_verification_names_a_shard_that_is_gone_though_it_joined(old: str, connection: Connection) -> None:
    migrate(old, BEGUN | JOINED)
    connection.execute("DELETE FROM lotone.shard WHERE domain = 'planning'")
    with PostgresLedger(old) as ledger:
        (wrong,) = verify(ledger).wrong
        assert str(wrong) == "planning shard 0 position 0: the shard's row is missing"


def test_verification_reads_a_shard_whose_joining_was_struck_out(old: str, connection: Connection) -> None:
    migrate(old, BEGUN | JOINED)
    with PostgresLedger(old) as ledger:
        Owner(ledger, "orders", 2).append("order/1", "order/1")
    connection.execute("DELETE FROM lotone.joined WHERE domain = 'orders'")
    connection.execute("UPDATE lotone.fact SET data = 'other' WHERE domain = 'orders' AND position = 2")
    with PostgresLedger(old) as ledger:
        assert [(wrong.domain, wrong.position) for wrong in verify(ledger).wrong] == [("orders", 2)]


class OrderSeen(Fact):
    """A fact of a domain that the old release didn't know."""

    DOMAIN = "orders"


@dataclass(slots=True)
class Seen:
    """How many receipts."""

    domain: str
    shard: int
    facts: int


SEEN = Table("seen", Seen, key=2)


def count(rows: Rows, fact: Fact, at: object) -> None:
    """Nothing is folded: only the cursors matter here."""


def test_a_view_reads_shards_that_joined_from_their_first_fact(old: str) -> None:
    view = View("seen", 1, (SEEN,), (f.StockReceived, OrderSeen), count)
    with psycopg.connect(old, autocommit=True) as connection:
        connection.execute(releases()["0004_planning.sql"].encode())
    with PostgresLedger(old) as ledger:
        engine = ViewEngine(old, ledger, [view])
        engine.attach()
        engine.close()
    with connect(old) as connection:
        assert sorted(cursors(connection, "seen")) == [("inventory", 0), ("inventory", 1)]
        connection.execute("UPDATE lotone.view_cursor SET position = 3 WHERE view = 'seen'")
        connection.execute("DROP TABLE lotone.joined, lotone.lease")
    migrate(old, BEGUN | JOINED)
    with PostgresLedger(old) as ledger:
        engine = ViewEngine(old, ledger, [view])
        engine.attach()
        engine.close()
    with connect(old) as connection:
        found = {place: cursor.position for place, cursor in cursors(connection, "seen").items()}
    assert found == {("inventory", 0): 3, ("inventory", 1): 3, ("orders", 0): 0, ("orders", 1): 0, ("orders", 2): 0}
