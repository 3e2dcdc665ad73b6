"""The planner as a thread of ``lotone up``: services go on while it plans; who waits for all waits for it too."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from events.model import Fact
from infra.clock import set_clock
from infra.cursors import PostgresCursors
from infra.edge import Admitted
from infra.errors import Transient
from infra.ledger.verify import verify
from infra.planner import READER
from infra.planning import Planning
from infra.proving import prove_cuts
from infra.queue.port import INTAKE
from infra.settings import Settings
from projections.api.hosting import host, settle, waiting
from projections.api.operations import SystemCollector
from projections.api.system import System
from tests.integration.lives import settings
from tests.integration.processes import until
from tests.plant import SITE, part, received
from tests.tiny_planner import Tiny, tiny

pytestmark = pytest.mark.postgres

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    set_clock(path, EIGHT)
    return path


@pytest.fixture
def chosen(empty_database: str, tmp_path: Path, clock: Path) -> Settings:
    """A planner that waits until all is quiet."""
    return settings(empty_database, tmp_path, clock_file=clock, planner_patience=3600)


@contextmanager
def hosted(chosen: Settings, plan: Planning | None = None) -> Iterator[System]:
    with host(chosen, plan or tiny()) as system:
        yield system


def tell(system: System, *raw: bytes) -> None:
    """Publish, and wait until nothing is left to do."""
    checked = system.edge.admit_all(raw, system.clock())
    system.queue.put(INTAKE, [found.queued for found in checked if isinstance(found, Admitted)])
    settle(system, patience=30)


def types(system: System) -> list[str]:
    return [at.type for at in system.ledger.scan("planning", 0)]


def test_who_waits_for_everything_waits_for_the_planner(chosen: Settings) -> None:
    with hosted(chosen) as system:
        tell(system, SITE, part("SADDLE"))
        assert types(system) == []
        tell(system, received("one"), received("two"))
        assert types(system) == ["CutTaken", "ShortageStated"]
        reserved = [at for shard in range(2) for at in system.ledger.scan("inventory", shard)][-1]
        assert (reserved.type, reserved.correlation) == ("StockReserved", "cut/1"), "what followed from the cut, too"
        assert waiting(system) == 0
        heads = {place: head for place, head in system.ledger.heads().items() if head.position}
        assert PostgresCursors(system.connections).load(READER) == heads


def test_who_moves_the_clock_waits_for_what_falls_due(chosen: Settings, clock: Path) -> None:
    with hosted(chosen) as system:
        tell(system, SITE, part("SADDLE"), received("one"), received("two"))
        set_clock(clock, EIGHT + DAY - timedelta(seconds=1))
        settle(system, patience=30)
        assert len(types(system)) == 2
        set_clock(clock, EIGHT + DAY)
        settle(system, patience=30)
        assert types(system)[2:] == ["CutTaken", "TimePassed", "ShortageEnded"]
        assert {at.recorded_at for at in system.ledger.scan("planning", 0)} == {EIGHT, EIGHT + DAY}


def test_what_is_parked_is_tried_again_before_a_cut_though_nobody_counts_it_as_on_its_way(chosen: Settings) -> None:
    with hosted(chosen) as system:
        tell(system, SITE, received("one"), received("two"))
        assert len(system.ledger.parked()) == 2
        assert types(system) == []
        tell(system, part("SADDLE"))
        assert system.ledger.parked() == []
        assert types(system) == ["CutTaken", "ShortageStated"]


def test_the_same_steps_give_the_same_cuts(chosen: Settings) -> None:
    found = []
    with hosted(chosen) as system:
        tell(system, SITE, part("SADDLE"), part("HUB"))
        for turn in range(6):
            names = ("SADDLE", "HUB") if turn % 2 else ("SADDLE",)
            tell(system, *(received(f"{turn} {n} {name}", name) for name in names for n in range(40)))
            found.append(types(system).count("CutTaken"))
        assert found == [1, 2, 3, 4, 5, 6]
        assert all(proof.equal for proof in prove_cuts(system.ledger, tiny()))
        assert verify(system.ledger).ok


def test_views_are_handed_what_the_planner_decides(chosen: Settings) -> None:
    with hosted(chosen) as system:
        tell(system, SITE, part("SADDLE"), received("one"), received("two"))
        assert system.planner is not None
        assert system.planner.handed == system.engine.handed[:2]
        assert (system.planner.figures.cuts, system.planner.figures.facts) == (1, 2)
        told = {metric.name: metric.samples for metric in SystemCollector(system).collect()}
        assert [sample.value for sample in told["lotone_planner_cuts"]] == [1]
        assert [sample.value for sample in told["lotone_planner_facts"]] == [2]
        assert [sample.value for sample in told["lotone_planner_lease"]] == [1]
        assert [sample.value for sample in told["lotone_planner_lag_facts"]] == [0]
        assert {sample.labels["stage"] for sample in told["lotone_planner_seconds"]} == {
            "reading", "deciding", "appending",
        }  # fmt: skip
        assert all(sample.value > 0 for sample in told["lotone_planner_seconds"])


class Slow(Tiny):
    """Thinks until it is let go."""

    def __init__(self, thinking: Event, go: Event) -> None:
        super().__init__()
        self._thinking, self._go = thinking, go

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        self._thinking.set()
        assert self._go.wait(30)
        return super().cut(vector, now)


def test_services_decide_while_the_planner_thinks(chosen: Settings) -> None:
    thinking, go = Event(), Event()
    with hosted(chosen, replace(tiny(), planner=lambda: Slow(thinking, go))) as system:
        checked = system.edge.admit_all([SITE, part("SADDLE"), received("one"), received("two")], EIGHT)
        system.queue.put(INTAKE, [found.queued for found in checked if isinstance(found, Admitted)])
        assert thinking.wait(30)
        found = system.edge.admit(received("three"), EIGHT)
        assert isinstance(found, Admitted)
        system.queue.put(INTAKE, [found.queued])
        until(lambda: system.ledger.taken([("test", "three")]))
        assert types(system) == [], "it still thinks"
        go.set()
        settle(system, patience=30)
        assert types(system) == ["CutTaken", "ShortageStated"] * 2
        assert all(proof.equal for proof in prove_cuts(system.ledger, tiny()))


class Broken(Tiny):
    """Has a defect."""

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        raise LookupError("no such part")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_planner_with_a_defect_stops_says_why_and_appends_nothing(chosen: Settings) -> None:
    with hosted(chosen, replace(tiny(), planner=Broken)) as system:
        with pytest.raises(Transient, match=r"planner: LookupError at \S*test_planner_embedded\.py"):
            tell(system, SITE, part("SADDLE"), received("one"), received("two"))
        assert types(system) == []
    with hosted(chosen) as system:
        settle(system, patience=30)
        assert types(system) == ["CutTaken", "ShortageStated"]
