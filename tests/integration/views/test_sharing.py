"""Views shared between processes: dealt out by heartbeat, let go between batches, taken over from who is gone."""

import time
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from infra.engine import Stop
from infra.errors import Transient
from infra.ledger.postgres import PostgresLedger
from infra.postgres import connect
from infra.presence import SILENT, Heart, Present, Said, SharingHeart, present, troubles
from projections.sharing import SharedViews
from tests.folding import Told, issued
from tests.integration.views.view_history import VIEWS, history, on_hand, parts

pytestmark = pytest.mark.postgres
NAMES = sorted(view.name for view in VIEWS)


class Sharing:
    """A process that folds views with others, stepped by the test."""

    def __init__(self, dsn: str, ledger: PostgresLedger) -> None:
        self.views = SharedViews(dsn, ledger, VIEWS, batch=7)
        self.heart = SharingHeart(dsn, "projections", Said, 3600, NAMES, self.views)

    def turn(self) -> list[str]:
        """One beat and what there is to fold; what it owns then."""
        self.heart.beat()
        self.views.drain()
        return sorted(self.views.owned())

    def close(self) -> None:
        self.heart._leave()
        self.views.close()


@pytest.fixture
def two(database: str, postgres_ledger: PostgresLedger) -> Iterator[tuple[Sharing, Sharing]]:
    first, second = Sharing(database, postgres_ledger), Sharing(database, postgres_ledger)
    yield first, second
    first.close()
    second.close()


def lapse(dsn: str) -> None:
    """As if nobody had been heard of for long."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE lotone.process SET until = now() - interval '1 s'")


def test_who_is_alone_folds_all_and_who_joins_gets_a_share(told: Told, two: tuple[Sharing, Sharing]) -> None:
    first, second = two
    history(told)
    assert first.turn() == NAMES
    assert second.turn() == [], "what the first one holds isn't taken from it"
    assert first.turn() == NAMES[:1]
    assert second.turn() == [], "it isn't told yet that it was let go"
    first.turn()
    assert second.turn() == NAMES[1:]
    told.append(issued(5, "PART-0"))
    assert (first.turn(), second.turn()) == (NAMES[:1], NAMES[1:])


def test_what_one_that_is_gone_had_goes_to_the_others(told: Told, database: str, two: tuple[Sharing, Sharing]) -> None:
    first, second = two
    history(told)
    first.turn()
    assert second.turn() == []
    first.close()
    assert second.turn() == NAMES
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(35))


def test_one_that_was_frozen_wakes_and_writes_nothing(
    told: Told, database: str, two: tuple[Sharing, Sharing]
) -> None:
    first, second = two
    history(told)
    first.turn()
    lapse(database)
    assert second.turn() == NAMES
    told.append(issued(5, "PART-0"))
    with pytest.raises(Transient):
        first.views.step()
    assert first.views.drain() == 0, "it finds another epoch, and lets go"
    assert sorted(first.views.owned()) == []
    assert second.turn() == NAMES
    assert on_hand(database)["PART-0"] == Decimal(30)
    assert first.turn() == [], "all of it is somebody else's now"
    second.turn()
    second.turn()
    assert first.turn() == NAMES[1:]


class Part:
    """Something that should run."""

    def __init__(self, failure: str | None = None, ago: float = 0.0) -> None:
        self.stop, self.failure = Stop(), failure
        self.stop.seen -= ago


def test_a_part_that_has_ended_or_takes_no_step_is_told_of() -> None:
    parts = [("well", Part()), ("dead", Part("Fenced: by another")), ("stuck", Part(ago=SILENT + 1))]
    assert troubles(parts) == ["dead: Fenced: by another", "stuck: no step for 121 s"]


def test_a_process_counts_while_it_is_heard_of_and_its_session_lives(database: str) -> None:
    heart = Heart(database, "relay", lambda: Said(["relay"], ["it aches"]), 3600)

    def there() -> list[Present]:
        with connect(database) as connection:
            return list(present(connection, "relay"))

    assert there() == []
    heart.beat()
    assert [(list(one.holds), list(one.troubles)) for one in there()] == [(["relay"], ["it aches"])]
    lapse(database)
    assert there() == []
    heart.beat()
    assert len(there()) == 1
    with connect(database) as connection:
        connection.execute("SELECT pg_terminate_backend(session_pid, 5000) FROM lotone.process")
    assert there() == []
    with pytest.raises(Transient):
        heart.beat()
    with heart.beating():
        deadline = time.monotonic() + 10
        while not there():
            assert time.monotonic() < deadline
    assert there() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_heart_that_beats_no_more_is_told_of(database: str) -> None:
    with connect(database) as connection:
        connection.execute("ALTER TABLE lotone.process RENAME TO elsewhere")
        connection.commit()
        heart = Heart(database, "relay", Said, 0.4)
        assert heart.troubles() == []
        with heart.beating():
            deadline = time.monotonic() + 10
            while not heart.troubles():
                assert time.monotonic() < deadline
            connection.execute("ALTER TABLE lotone.elsewhere RENAME TO process")
            connection.commit()
        assert "UndefinedTable" in heart.troubles()[0]
