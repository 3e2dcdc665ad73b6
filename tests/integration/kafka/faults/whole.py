"""A telling under faults from its beginning to its end: three brokers, a server, all processes, and what is left."""

import shutil
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from infra.cursors import PostgresCursors
from infra.embedded import EmbeddedPostgres
from infra.errors import Transient
from infra.kafka.cluster import Cluster
from infra.store import Store, store
from projections.api.hosting import settle
from tests.integration.chain_kills.ends import wrong
from tests.integration.kafka.faults import ends
from tests.integration.kafka.faults.campaign import POINT, ZOMBIE, Campaign, Size
from tests.integration.kafka.faults.fleet import API, CREW, Fleet
from tests.integration.kafka.faults.history import History
from tests.integration.kafka.faults.telling import Upstream
from tests.integration.kafka.faults.things import Brokers, Database
from tests.integration.kafka.faults.watching import Watch
from tests.integration.kafka.forms import whole

PREFIX: Final = "faults."
SESSION: Final = 6
_NAP: Final = SESSION + 4.0
_FASTER: Final = 1.1
"""What is asked for is the least: a little more is told."""
_MORE: Final = 1_000_000
"""More events than are ever needed until the last point is come to."""
_PATIENCE: Final = 1200.0
"""Seconds that everybody may take to begin, and all may take to be decided and folded at the end."""

_PRESENT: Final = "SELECT count(*) FROM lotone.process WHERE until > clock_timestamp()"


@dataclass
class Outcome:
    """What came, and what is left of it."""

    came: Counter[str]
    sprung: Counter[tuple[str, str]]
    waiting: list[str]
    restarts: Counter[str]
    alone: Counter[str]
    stops: dict[str, float]
    told: int
    pace: float
    bursts: int
    amid: int
    """Faults that came while the rest of a burst was still to be told."""
    left: Counter[str]
    """What had not begun when the time was over."""
    over_http: int
    again: int
    facts: int = 0
    repeats: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="lotone-faults-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tell(
    events: int, rate: float, size: Size, seed: int, say: Callable[[str], None], patience: float = 1200.0,
    crew: Mapping[str, int] = CREW, brokers: int = 3,
) -> Outcome:  # fmt: skip
    """All of it. ``patience`` is the seconds in which faults may begin; ``crew`` says how many processes there are of
    each role."""
    with _folder() as folder, EmbeddedPostgres(folder / "postgres") as server:
        cluster = Cluster(folder / "kafka")
        try:
            cluster.up(brokers)
            say(f"{brokers} brokers are up")
            given = {
                "LOTONE_PORT": str(_port()), "LOTONE_KAFKA_SESSION": str(SESSION), "LOTONE_SNAPSHOT_EACH": "3",
                "LOTONE_LOG_LEVEL": "warning", "PYTHONFAULTHANDLER": "1",
            }
            with whole(server.dsn, cluster.bootstrap, PREFIX, folder, **given) as there:
                fleet = Fleet(there, _NAP, crew)
                telling = _Telling(fleet, Brokers(cluster), Database(server), History(events, seed, _MORE), say)
                return telling.run(rate, size, seed, patience)
        finally:
            cluster.down()


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class _Telling:
    fleet: Fleet
    brokers: Brokers
    database: Database
    history: History
    say: Callable[[str], None]

    def run(self, rate: float, size: Size, seed: int, patience: float) -> Outcome:
        there, count = self.fleet.there, self.history.count
        watch = Watch(there.dsn)
        with store(there.settings) as base:
            self.fleet.begin()
            campaign = Campaign(self.fleet, self.brokers, self.database, watch, size, seed, self.say)
            api = None if API not in self.fleet.crew else f"http://127.0.0.1:{there.given['LOTONE_PORT']}"
            upstream = Upstream(
                there.bootstrap, PREFIX, api, self.history, rate * _FASTER, seed, min(count, self.history.first)
            )
            self._present(_PATIENCE)
            began = time.monotonic()
            watch.begin()
            upstream.begin()
            watch.watched.set()
            campaign.run(upstream, count, patience)
            faults = time.monotonic()
            self._rest(upstream, _PATIENCE)
            self._settled(base, _PATIENCE)
            settled = time.monotonic()
            watch.end()
            outcome = self._outcome(campaign, upstream, watch)
            outcome.differences += self.fleet.end()
            self.say(f"all is told, decided and folded after {settled - began:.0f} s; comparing")
            self._compare(base, upstream, outcome)
            outcome.seconds = {
                "of faults": faults - began, "until all was decided and folded": settled - began,
                "of comparing": time.monotonic() - settled,
            }
            return outcome

    def _present(self, patience: float) -> None:
        """Everybody has said that it is there."""
        deadline = time.monotonic() + patience
        while self.fleet.there.asked(_PRESENT)[0][0] < len(self.fleet.members):
            self.fleet.look()
            assert time.monotonic() < deadline, "they never all began"
            time.sleep(0.1)
        self.say(f"{len(self.fleet.members)} processes run")

    def _rest(self, upstream: Upstream, patience: float) -> None:
        """Whatever wasn't told yet; who ends is still started again."""
        upstream.last = upstream.allowed = max(upstream.allowed, self.history.count)
        deadline = time.monotonic() + patience
        while not upstream.done.wait(0.1):
            self.fleet.look()
            assert time.monotonic() < deadline, "it was never all published"
        assert upstream.failure is None, upstream.failure

    def _settled(self, base: Store, patience: float) -> None:
        """Everything is decided, followed, folded, planned and published."""
        said = time.monotonic()

        def told(left: int) -> None:
            nonlocal said
            self.fleet.look()
            if time.monotonic() > said + 10:
                said = time.monotonic()
                self.say(f"{left:,} messages and facts are waiting")

        deadline = time.monotonic() + patience
        while True:
            try:
                settle(base, told, patience)
                break
            except Transient:  # brokers that come back, or nobody there yet
                if time.monotonic() > deadline:
                    raise
        cursors = PostgresCursors(base.connections)
        heads = {place: at for place, at in base.ledger.heads().items() if at.position}
        while {**cursors.load(f"relay/{PREFIX}")} != heads:
            self.fleet.look()
            assert time.monotonic() < deadline, "the relay never came to the heads"
            time.sleep(0.1)

    def _outcome(self, campaign: Campaign, upstream: Upstream, watch: Watch) -> Outcome:
        fleet = self.fleet
        came = campaign.came + Counter({POINT: fleet.sprung.total(), ZOMBIE: fleet.slept.total()})
        waiting = [f"{trap.role} at {trap.point}:{trap.nth}" for trap in campaign.never]
        return Outcome(
            came, fleet.sprung, waiting, fleet.restarts, fleet.alone, watch.stops, len(upstream.told), upstream.pace,
            campaign.bursts, campaign.amid, Counter(campaign.left), upstream.over_http, upstream.again, watch.facts,
        )  # fmt: skip

    def _compare(self, base: Store, upstream: Upstream, outcome: Outcome) -> None:
        outcome.outcomes = ends.outcomes(base, upstream.told)
        outcome.repeats = ends.repeats(base)
        outcome.differences += ends.differences(base, upstream.told)
        self.say("proving: everything is decided and folded again")
        outcome.differences += wrong(base)
