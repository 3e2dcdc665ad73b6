"""Random histories of runs: whatever is told, in whatever order, material and quantities add up."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.decision import Decided
from events.inventory.commands import BackflushStock, StockOutput
from events.model import Command, Observation, Payload
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunDiscrepancy, RunState
from events.orders.usage import Instead, taken, used
from events.units import round_up
from events.values import exactly
from services.order.run import RunBook
from services.order.state import State, dump, load
from tests.properties.telling import often
from tests.scenario import Scenario, Then, day
from tests.unit.order_words import REF, level, need, orders, pieces, run, sealed

ZERO = Decimal(0)
IDS = ("R", "R2", "R3")
EMPTY = orders()
"""Its catalogue is used by every history; nothing is told to it."""


class Works:
    """The order service, and all that answers its commands: what inventory would tell, and its own other streams.
    Commands wait until ``run`` lets them through, in the order in which they were sent."""

    def __init__(self) -> None:
        self.shop = Scenario(EMPTY.service, EMPTY.known, day(10))
        self.waiting: deque[Command] = deque()
        self.moved = 0

    def tell(self, body: Payload, days: float = 0) -> Then:
        then = self.shop.when(body, at=day(10 + days))
        if isinstance(then.outcome, Decided):
            self.waiting.extend(then.commands)
        return then

    def run(self, count: int) -> None:
        """So many commands come through."""
        while self.waiting and count > 0:
            command, count = self.waiting.popleft(), count - 1
            answer = self._answer(command)
            if answer is not None:
                self.tell(answer)

    def _answer(self, command: Command) -> Payload | None:
        self.moved += 1
        about: dict[str, Any] = {"movement": f"inventory/0/{self.moved}"}
        match command:
            case BackflushStock():
                about |= {"part": command.part, "site": command.site, "quantity": command.quantity}
                return m.FollowIssue(run=command.run, requirement=command.n, **about)
            case StockOutput():
                about |= {"part": command.part, "site": command.site, "quantity": command.quantity}
                return m.FollowOutput(run=command.run, **about)
            case _:
                return command

    def books(self) -> dict[str, RunBook]:
        found = {id: self.shop.state(m.run_stream(id)).run for id in IDS}
        return {id: book for id, book in found.items() if book is not None}


few = st.integers(1, 4)
zero_or_few = st.integers(0, 3)
when = st.floats(0, 3, width=16)
ids = st.sampled_from(["R"] * 6 + ["R2"] * 3 + ["R3"])
parts = st.sampled_from(["BAR"] * 6 + ["BELL"] * 2 + ["FRAME"])
movements = st.integers(900, 903).map(lambda number: f"inventory/0/{number}")
material: dict[str, Any] = {"run": ids, "part": parts, "site": st.just("plant"), "quantity": few.map(pieces)}
outputs = st.builds(
    m.OutputReported, run=ids, good=few.map(level), scrapped=st.none() | zero_or_few.map(level),
    backflush=st.sampled_from([True, True, False]), report=st.sampled_from([None, None, None, "1", "2"]),
    to_location=st.none() | st.just("dock"),
)
begun = st.builds(lambda kind, id: kind(run=id), st.sampled_from([m.Started, m.Paused, m.Resumed]), ids)
substituted = st.builds(
    m.Substituted, run=ids, requirement=st.sampled_from([1, 1, 2]), part=st.sampled_from(["BELL", "CHROME", "BAR"]),
    quantity=few.map(pieces), approver=st.none() | st.just(sealed("Ruth")),
)
followed = often(
    issued=(4, st.builds(m.FollowIssue, **material, movement=movements)),
    returned=(1, st.builds(m.FollowReturn, **material, movement=movements)),
    scrapped=(1, st.builds(m.FollowScrap, **material, movement=movements)),
    undone=(2, st.builds(
        m.FollowReversal, **material | {"quantity": st.just(pieces(1))}, movement=movements,
        undone=st.sampled_from(["StockIssued", "StockIssued", "StockReturned", "StockScrapped"]),
    )),
)
scheduled = st.builds(
    run, st.integers(4, 12), run=ids, part=st.just("RACK"), order=st.none() | st.just(REF),
    requirements=st.none() | st.just((need(1, "BAR", 9, (3, 2)), need(2, "BELL", 2, (1, 3)))),
)
anything = often(
    output=(9, outputs), begun=(3, begun), substituted=(1, substituted), followed=(6, followed),
    ended=(1, st.builds(m.Completed, run=ids)),
    spoiled=(1, st.builds(m.ComponentScrapped, run=ids, part=parts, quantity=few.map(pieces))),
    split=(4, st.builds(m.SplitRun, run=ids, into=st.sampled_from(IDS), quantity=few.map(pieces))),
    frozen=(1, st.builds(m.FreezeRun, run=ids)), resized=(1, st.builds(m.ResizeRun, run=ids, quantity=few.map(pieces))),
    cancelled=(1, st.builds(lambda id: m.CancelRun(run=id), st.sampled_from(IDS))),
    moved=(1, st.builds(m.RescheduleRun, run=ids, start=when.map(lambda days: day(12 + days)), due=st.just(day(16)))),
    scheduled=(1, scheduled),
)
steps = st.lists(st.tuples(anything, when, st.integers(0, 5)), min_size=5, max_size=40)


def quantities(works: Works) -> dict[str, Decimal]:
    """What is to be built of all runs, on its way between two of them or not; and what they need for it, by part."""
    found: dict[str, Decimal] = {"": ZERO}
    for book in works.books().values():
        if book.run is not None:
            found[""] += book.run.amount
            for one in book.run.needs.values():
                found[one.part] = found.get(one.part, ZERO) + one.amount
    for command in works.waiting:
        if isinstance(command, m.SplitOff | m.UndoSplit):
            found[""] += command.quantity.amount
            for gone in command.requirements:
                found[gone.part] = found.get(gone.part, ZERO) + gone.amount
    return found


def tally(works: Works, id: str) -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    """Of each part of a run: issued, returned, scrapped. Added up from the facts alone."""
    sums: dict[str, list[Decimal]] = {}
    for fact in works.shop.facts:
        if isinstance(fact, f.MaterialFact) and fact.run == id:
            one = sums.setdefault(fact.component, [ZERO, ZERO, ZERO])
            undone = isinstance(fact, f.RunMaterialReversed)
            what = fact.undone if isinstance(fact, f.RunMaterialReversed) else type(fact).__name__
            amount = -fact.amount if undone else fact.amount
            drawn = (isinstance(fact, f.RunMaterialScrapped) and fact.drawn) or what == "StockScrapped"
            one[0] += amount if what.endswith("Issued") or drawn else ZERO
            one[1] += amount if what.endswith("Returned") else ZERO
            one[2] += amount if what.endswith("Scrapped") else ZERO
    for part in sorted(sums):
        yield part, sums[part][0], sums[part][1], sums[part][2]


@exactly
def check_material(works: Works) -> None:
    """Issued = built in + returned + scrapped + work in progress, of each part, in each run; nothing below zero
    unless it was said. What is built in is what the output used, as far as it was issued."""
    said = {
        (fact.run, fact.part) for fact in works.shop.facts
        if isinstance(fact, f.RunDiscrepancyFound)
        and fact.kind in (RunDiscrepancy.OVER_RETURNED, RunDiscrepancy.OVER_SCRAPPED)
    }
    for id, book in works.books().items():
        for part, issued, returned, scrapped in tally(works, id):
            known = book.materials[part]
            assert (known.issued, known.returned, known.scrapped) == (issued, returned, scrapped)
            uses, net = book.run.used(part, book.run.built) if book.run else Fraction(0), Fraction(known.net)
            built_in = max(min(uses, net), Fraction(0))
            in_progress = net - built_in
            assert Fraction(issued) == built_in + Fraction(returned + scrapped) + in_progress
            assert in_progress >= 0 or (id, part) in said


def check_backflush(works: Works) -> None:
    """What all reports together took is what the output used, rounded up once; never more than the requirement while
    no more was built than was to be."""
    for book in works.books().values():
        if book.run is None or book.run.built > book.run.amount:
            continue
        for one in book.run.needs.values():
            had = one.backflushed.get(one.part, ZERO)
            assert had <= one.amount
            assert had <= round_up(one.per * Fraction(book.run.flushed), 0)


def check_sums(works: Works) -> None:
    for book in works.books().values():
        if book.run is not None:
            over = max(book.run.built - book.run.amount, ZERO)
            assert book.run.amount + over == book.run.good + book.run.scrapped + book.run.left


def check_states(works: Works) -> None:
    """A snapshot gives the same state again, and so do the facts from the start."""
    again: dict[str, State] = {}
    for fact, at in zip(works.shop.facts, works.shop.records, strict=True):
        state = again.get(at.stream) or EMPTY.service.initial(at.stream)
        again[at.stream] = load(dump(EMPTY.service.evolve(state, fact, at)))
    for stream, state in again.items():
        assert works.shop.state(stream) == state


@settings(deadline=timedelta(seconds=5))
@given(steps)
def test_whatever_the_shop_floor_tells_material_and_quantities_are_conserved(told: list[Any]) -> None:
    works = Works()
    works.tell(run(12, part="RACK", order=REF))
    for body, days, come_through in told:
        before = quantities(works)
        count = len(works.shop.facts)
        then = works.tell(body, days)
        assert not (isinstance(body, Observation) and type(then.outcome).__name__ == "Reject")
        new = works.shop.facts[count:]
        if not any(isinstance(fact, f.RunScheduled | f.RunResized) for fact in new):
            assert quantities(works) == before
        before = quantities(works)
        works.run(come_through)
        assert quantities(works) == before
        check_material(works)
        check_backflush(works)
        check_sums(works)
    check_states(works)
    works.run(10_000)
    check_material(works)
    check_orders_runs(works)


def check_orders_runs(works: Works) -> None:
    """Once everything came through, the order knows exactly what each run fixes."""
    book = works.shop.state(m.order_stream("O")).order
    assert book is not None
    for id, one in works.books().items():
        fixed = book.fixed[id].amount if id in book.fixed else ZERO
        if one.run is None or one.run.order is None or one.run.state in (RunState.SCHEDULED, RunState.CANCELLED):
            assert fixed == 0
        else:
            assert fixed == (one.run.good if one.run.state is RunState.COMPLETED else one.run.amount)


@settings(deadline=timedelta(seconds=5))
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12),
    st.integers(1, 7), st.integers(1, 9), st.integers(0, 12),
)
def test_backflush_alone_issues_what_the_output_used_rounded_once(
    outputs: list[tuple[int, int]], numerator: int, denominator: int, extra: int
) -> None:
    total = sum(good + bad for good, bad in outputs) + extra
    required = round_up(Fraction(numerator * total, denominator), 0)
    if not total or not required:
        return
    works = Works()
    works.tell(run(total, part="RACK", requirements=(need(1, "BAR", str(required), (numerator, denominator)),)))
    for good, bad in outputs:
        report = m.OutputReported(run="R", good=level(good), scrapped=level(bad), backflush=True)
        works.tell(report)
        works.run(100)
    book = works.books()["R"]
    net = book.materials["BAR"].net if "BAR" in book.materials else ZERO
    assert book.run is not None
    assert net == min(round_up(Fraction(numerator, denominator) * Fraction(book.run.built), 0), required)


@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 20), st.lists(st.integers(1, 20), max_size=3),
    st.lists(st.integers(1, 9), max_size=3),
)
def test_what_is_used_grows_with_what_is_built_and_substitutes_take_exactly_the_place_they_cover(
    numerator: int, denominator: int, whole: int, built: list[int], instead: list[int]
) -> None:
    per = Fraction(numerator, denominator)
    others = [Instead(f"OTHER{n}", Decimal(amount), Fraction(n + 1, 2)) for n, amount in enumerate(instead)]
    places = dict.fromkeys(["OWN", *(one.part for one in others)], 0)
    required = round_up(per * whole, 0)
    before: dict[str, Decimal] = {}
    for count in sorted(min(one, whole) for one in built):
        exact = used("OWN", per, Decimal(count), others)
        covered = sum((exact[one.part] / (one.factor or 1) for one in others), Fraction(0))
        assert exact["OWN"] + covered == per * count
        assert all(exact[one.part] <= one.amount for one in others)
        rounded = taken("OWN", per, required, Decimal(count), Decimal(whole), places, others)
        assert all(rounded[part] >= before.get(part, ZERO) for part in rounded)
        assert rounded["OWN"] <= required
        before = rounded
