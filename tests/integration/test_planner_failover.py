"""Planners in processes of their own: one decides, and whatever happens to it the next one goes on from its facts."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from events.codec import decode
from events.planning.facts import CutTaken, ShortageStated
from infra.cursors import PostgresCursors
from infra.ledger.verify import verify
from infra.planner import READER
from infra.proving import prove_cuts
from infra.store import Store, store
from tests.integration.forking import Forked
from tests.integration.lives import settings
from tests.integration.processes import ended, forked, frozen, until
from tests.plant import SITE, Plant, part, received
from tests.tiny_planner import tiny

pytestmark = pytest.mark.postgres

PLANNER = "tests.integration.would_be_planner"


class World:
    """The services of a ledger, stepped by the test; whoever plans is elsewhere."""

    def __init__(self, base: Store, folder: Path) -> None:
        self.base, self.folder = base, folder
        self.plant = Plant(base.ledger, base.queue, keys=base.keys, cursors=PostgresCursors(base.connections))
        self.plant.tell(SITE, part("SADDLE"))
        self.told = 0

    def receive(self) -> int:
        """Two more receipts; how many there are then."""
        for _ in range(2):
            self.told += 1
            self.plant.tell(received(f"r{self.told}"))
        return self.told

    @contextmanager
    def planner(self, seconds: float = 3600, module: str = PLANNER, **variables: str) -> Iterator[Forked]:
        """A process that plans or stands by; its lease lapses after so many seconds."""
        told = {
            "LOTONE_POSTGRES_DSN": self.base.dsn,
            "LOTONE_DATA": str(self.folder),
            "LOTONE_SHARDS": "2",
            "LOTONE_PLANNER_PATIENCE": "0.02",
            "LOTONE_PLANNER_LEASE": str(seconds),
        }
        with forked(module, **told, **variables) as running:
            yield running

    def counted(self, receipts: int) -> None:
        """Wait until a cut has seen so many receipts."""
        until(lambda: receipts in self.amounts())

    def amounts(self) -> list[int]:
        """What each cut said of the part."""
        found = [decode(at) for at in self.base.ledger.scan("planning", 0)]
        return [int(fact.amount) for fact in found if isinstance(fact, ShortageStated)]

    def cuts(self) -> list[int]:
        """The numbers of all cuts."""
        found = [decode(at) for at in self.base.ledger.scan("planning", 0)]
        return [fact.cut for fact in found if isinstance(fact, CutTaken)]

    def whole(self) -> None:
        """The record is whole, cuts follow one another, and every one can be decided again."""
        assert verify(self.base.ledger).ok
        assert self.cuts() == list(range(1, len(self.cuts()) + 1))
        assert len(self.amounts()) == len(set(self.amounts())), "nothing was decided twice"
        proofs = list(prove_cuts(self.base.ledger, tiny()))
        assert [proof.cut for proof in proofs] == self.cuts()
        assert all(proof.equal for proof in proofs), proofs

    def holder(self) -> int:
        """The server's process id of the lease's session."""
        with self.base.connections.connection() as connection:
            found = connection.execute("SELECT holder_pid FROM lotone.lease").fetchone()
        return found[0] if found else 0


@pytest.fixture
def world(empty_database: str, tmp_path: Path) -> Iterator[World]:
    with store(settings(empty_database, tmp_path)) as base:
        yield World(base, tmp_path)


def test_a_planner_alone_cuts_and_ends_clean(world: World) -> None:
    with world.planner() as planner:
        world.counted(world.receive())
        planner.send_signal(signal.SIGTERM)
        ended(planner)
        assert planner.returncode == 0
    world.whole()


def test_this_releases_planner_runs_alone_and_ends_clean(world: World) -> None:
    with world.planner(module="projections.planning") as planner:
        until(world.holder)
        until(lambda: PostgresCursors(world.base.connections).load(READER))
        planner.send_signal(signal.SIGTERM)
        told = ended(planner)
        assert planner.returncode == 0, told
    world.whole()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_standby_takes_over_at_once_from_one_that_is_gone(world: World, how: signal.Signals) -> None:
    with world.planner() as first:
        world.counted(world.receive())
        held = world.holder()
        with world.planner() as second:
            world.counted(world.receive())
            assert world.holder() == held, "who holds the lease keeps it"
            first.send_signal(how)
            first.wait(30)
            world.counted(world.receive())
            assert world.holder() != held
            second.send_signal(signal.SIGTERM)
            ended(second)
    world.whole()


@pytest.mark.parametrize("point", ["planner.decided", "append.copy", "append.in", "planner.appended", "planner.noted"])
def test_a_standby_takes_over_from_one_that_is_frozen_which_writes_nothing_more(world: World, point: str) -> None:
    with world.planner(1, LOTONE_STOP_AT=point) as first:
        receipts = world.receive()
        frozen(first)
        with world.planner(1) as second:
            world.counted(receipts)
            world.counted(world.receive())
            os.kill(first.pid, signal.SIGCONT)
            world.counted(world.receive())
            second.kill()
            second.wait(30)
            world.counted(world.receive())
            first.send_signal(signal.SIGTERM)
            ended(first)
            assert first.returncode == 0
    world.whole()


@pytest.mark.parametrize(
    "point",
    [
        "planner.claimed", "planner.decided", "append.before", "append.copy", "append.in", "append.after",
        "planner.appended", "planner.noted",
    ],
)  # fmt: skip
def test_a_crash_at_any_named_point_of_a_cut_leaves_it_whole_or_absent(world: World, point: str) -> None:
    for _ in range(3):
        receipts = world.receive()
        with world.planner(LOTONE_CRASH_AT=point) as planner:
            planner.wait(30)
            assert planner.returncode == -signal.SIGKILL
        cut = [at for at in world.base.ledger.scan("planning", 0) if at.type == "CutTaken"]
        stated = [at for at in world.base.ledger.scan("planning", 0) if at.type == "ShortageStated"]
        assert [at.cause for at in cut] == [at.cause for at in stated], "all of a cut, or nothing"
    with world.planner() as planner:
        world.counted(receipts)
        world.counted(world.receive())
        planner.send_signal(signal.SIGTERM)
        ended(planner)
    world.whole()
