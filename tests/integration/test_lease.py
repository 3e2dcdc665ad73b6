"""One plans, the others stand by: by the database's clock, and by whether the holder is still there."""

from collections.abc import Iterator
from threading import Event

import psycopg
import pytest

from infra.errors import Transient
from infra.lease import PostgresLease
from infra.postgres import Connection
from tests.integration.processes import until

pytestmark = pytest.mark.postgres

LONG = 3600.0


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def first(database: str) -> Iterator[PostgresLease]:
    lease = PostgresLease(database, "first", LONG)
    yield lease
    lease.release()


@pytest.fixture
def second(database: str) -> Iterator[PostgresLease]:
    lease = PostgresLease(database, "second", LONG)
    yield lease
    lease.release()


def sessions(connection: Connection) -> None:
    """End the holder's session, as the server does when its process dies."""
    connection.execute("SELECT pg_terminate_backend(holder_pid, 5000) FROM lotone.lease")


def test_one_holds_it_and_renews_it(first: PostgresLease, second: PostgresLease, connection: Connection) -> None:
    assert (first.held, second.held) == (False, False)
    assert first.renew()
    assert not second.renew()
    assert first.renew()
    assert (first.held, second.held) == (True, False)
    assert connection.execute("SELECT holder, term FROM lotone.lease").fetchall() == [("first", 1)]


def test_who_doesnt_renew_it_in_time_loses_it(
    first: PostgresLease, second: PostgresLease, connection: Connection
) -> None:
    assert first.renew()
    connection.execute("UPDATE lotone.lease SET until = now() - interval '1 ms'")
    assert second.renew()
    assert not first.renew()
    assert (first.held, second.held) == (False, True)
    assert connection.execute("SELECT holder, term FROM lotone.lease").fetchall() == [("second", 2)]


def test_who_is_gone_is_succeeded_at_once(first: PostgresLease, second: PostgresLease, connection: Connection) -> None:
    assert first.renew()
    sessions(connection)
    assert second.renew()
    with pytest.raises(Transient):
        first.renew()
    assert not first.renew(), "it asks in a new session, and is refused"


def test_who_lets_go_is_succeeded_at_once(first: PostgresLease, second: PostgresLease) -> None:
    assert first.renew()
    first.release()
    assert not first.held
    assert second.renew()


def test_who_lost_only_its_session_asks_again_and_has_it(first: PostgresLease, connection: Connection) -> None:
    assert first.renew()
    sessions(connection)
    with pytest.raises(Transient):
        first.renew()
    assert first.held, "until its time has passed, for all it knows"
    assert first.renew()
    assert connection.execute("SELECT holder, term FROM lotone.lease").fetchall() == [("first", 1)]


def test_who_isnt_sure_any_more_says_that_it_doesnt_hold_it(database: str) -> None:
    now = 100.0
    lease = PostgresLease(database, "first", 5.0, monotonic=lambda: now)
    assert lease.renew()
    now = 104.9
    assert lease.held
    now = 105.0
    assert not lease.held
    assert lease.renew(), "nobody else has asked"
    lease.release()


def test_it_is_kept_until_the_block_ends(database: str, second: PostgresLease) -> None:
    changed = Event()
    lease = PostgresLease(database, "first", 0.4)
    with lease.kept(changed.set):
        assert changed.wait(10)
        for _ in range(20):
            assert not second.renew()
            assert lease.held or until(lambda: lease.held) is None
    assert second.renew()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_its_renewing_is_told_and_it_is_not_held_any_more(database: str, connection: Connection) -> None:
    connection.execute("ALTER TABLE lotone.lease RENAME TO elsewhere")
    changed = Event()
    lease = PostgresLease(database, "first", 0.4)
    with lease.kept(changed.set):
        assert changed.wait(10)
        assert "UndefinedTable" in str(lease.failure)
        assert not lease.held


def test_leases_of_other_names_are_others(database: str, first: PostgresLease) -> None:
    other = PostgresLease(database, "second", LONG, name="other")
    assert first.renew()
    assert other.renew()
    other.release()
