"""The shop floor: a run starts when its time has come and its material is there, and gives what it built."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

from events.catalogue.places import LocationKind
from events.inventory.messages import Issued
from events.orders import facts as f
from events.orders.messages import Completed, OutputReported, Started, Substituted
from events.orders.shapes import OrderRef, RunRequirement
from events.sealed import Sealed
from events.values import Quantity, Some
from infra.sample.life.claims import Peg
from infra.sample.life.world import DAY, World


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the floor knows it. ``spoil`` is how many pieces somebody will ruin in it."""

    id: str
    part: str
    site: str
    unit: str
    amount: Decimal
    start: datetime
    due: datetime
    order: OrderRef | None
    requirements: tuple[RunRequirement, ...]
    location: str | None = None
    state: str = "scheduled"
    spoil: int = field(default=0)

    @property
    def over(self) -> bool:
        return self.state in ("completed", "cancelled")


class Building:
    """Every run of every site."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: dict[str, Run] = {}

    def learn(self, fact: f.RunFact) -> None:
        """What was decided about runs."""
        if isinstance(fact, f.RunScheduled):
            self.runs[fact.run] = Run(
                fact.run, fact.part, fact.site, fact.unit, fact.amount, fact.start, fact.due, fact.order,
                fact.requirements, fact.location,
            )
            self._look(fact.run, max(fact.start, self.world.now))
        elif run := self.runs.get(fact.run):
            self.runs[fact.run] = changed = _changed(run, fact)
            if isinstance(fact, f.RunRescheduled) and changed.start < run.start:
                self._look(fact.run, max(changed.start, self.world.now))

    def spoil(self, run: str) -> None:
        """Somebody will ruin a piece in this run."""
        self.runs[run] = replace(self.runs[run], spoil=self.runs[run].spoil + 1)

    def _look(self, run: str, at: datetime) -> None:
        """Nobody starts anything at night."""
        local = self.world.working(self.runs[run].site, at).astimezone(self.world.agenda.zone)
        local = self.world.working(self.runs[run].site, local + DAY).replace(hour=6) if local.hour >= 21 else local
        when = max(local.replace(hour=6) if local.hour < 6 else local, at)
        self.world.agenda.at(when, f"start {run}", lambda now: self._start(run, now))

    def covered(self, run: Run, need: RunRequirement) -> Fraction:
        """How much of a requirement lies ready, claimed for it."""
        pegs = self.world.pegs.of(f"run/{run.id}/{need.n}")
        return sum(
            (Fraction(self.world.shelves.held(peg.id)) * peg.denominator / peg.numerator for peg in pegs), Fraction(0)
        )

    def ready(self, run: Run) -> bool:
        """Whether all its material is there."""
        return all(self.covered(run, need) >= need.amount for need in run.requirements)

    def _start(self, id: str, now: datetime) -> None:
        run = self.runs[id]
        if run.over or run.state == "started":
            return
        if run.start > now:
            self._look(id, run.start)
            return
        if not self.ready(run):
            self._look(id, now + timedelta(hours=3))
            return
        self.runs[id] = replace(run, state="started")
        chance, mes = self.world.chance, f"{run.site}/mes"
        self.world.agenda.tell(mes, f"{id}/started", Started(run=id), now, "person-4")
        pegs = [(need, peg) for need in run.requirements for peg in self.world.pegs.of(f"run/{id}/{need.n}")]
        by_hand = chance.happens(0.3, "issued by hand", id)
        for need, peg in pegs:
            self._substitute(run, need, peg, now + timedelta(minutes=5))
            if by_hand:
                self._issue(run, peg, now + timedelta(minutes=10))
        least, most = (100, 140) if chance.happens(0.06, "takes longer", id) else (45, 85)
        takes = max(run.due - run.start, timedelta(hours=4)) * chance.between(least, most, "takes", id) / 100
        parts = 2 if run.amount >= 4 else 1
        for n in range(1, parts + 1):
            at = now + takes * n / parts
            self.world.agenda.at(at, f"output {id}", partial(self._output, id, n, parts, not by_hand))

    def _issue(self, run: Run, peg: Peg, now: datetime) -> None:
        """Hand out what was claimed."""
        world, mes = self.world, f"{run.site}/mes"
        for n, picked in enumerate(world.shelves.pick(peg.id, world.shelves.held(peg.id)), 1):
            where = picked.bucket
            world.agenda.tell(mes, f"{run.id}/issued/{peg.id}/{n}", Issued(
                part=peg.part, site=run.site, location=where.location, revision=where.revision, lot=where.lot,
                serial=where.serial, quantity=Some(amount=picked.amount, unit=world.unit(peg.part)), run=run.id,
                reservation=peg.id,
            ), now, "person-4")

    def _substitute(self, run: Run, need: RunRequirement, peg: Peg, now: datetime) -> None:
        """What is claimed in another part's place is told as such."""
        held = self.world.shelves.held(peg.id)
        if peg.part != need.part and held > 0:
            self.world.agenda.tell(f"{run.site}/mes", f"{run.id}/substituted/{peg.id}", Substituted(
                run=run.id, requirement=need.n, part=peg.part, reason="as the planner decided",
                quantity=Some(amount=held, unit=self.world.unit(peg.part)),
                approver=Sealed[str](person="person-9", value="Ruth Amsel"),
            ), now, "person-4")

    def _output(self, id: str, n: int, parts: int, backflush: bool, now: datetime) -> None:
        """So much is built. Some of it may be scrap."""
        run = self.runs[id]
        if run.over:
            return
        half = (run.amount / 2).to_integral_value()
        share = run.amount if parts == 1 else half if n == 1 else run.amount - half
        bad = min(Decimal(run.spoil), share)
        if share >= 2 and self.world.chance.happens(0.03, "scrap", id, n):
            bad = max(bad, Decimal(1))
        self.runs[id] = replace(run, spoil=max(0, run.spoil - int(bad)))
        kinds = (LocationKind.SHIPPING, LocationKind.STORAGE) if run.order else (LocationKind.STORAGE,)
        home = self.world.shelves.home.get((run.part, run.site))
        where = run.location or home or self.world.place(run.site, *kinds)
        self.world.agenda.tell(f"{run.site}/mes", f"{id}/output/{n}", OutputReported(
            run=id, good=Quantity(amount=share - bad, unit=run.unit), scrapped=Quantity(amount=bad, unit=run.unit),
            scrap_reason=self._reason(id) if bad else None, backflush=backflush, to_location=where,
            report=f"{id}-{n}",
        ), now, "person-4")
        if n == parts:
            done = Completed(run=id)
            self.world.agenda.tell(f"{run.site}/mes", f"{id}/completed", done, now + timedelta(minutes=20), "person-4")

    def _reason(self, run: str) -> str:
        return self.world.chance.pick(("COLOUR", "GOUGE", "DRILLED", "WELD", "MISALIGNED"), "reason", run)


def _changed(run: Run, fact: f.RunFact) -> Run:
    """The run after one more fact about it."""
    match fact:
        case f.RunRescheduled():
            return replace(run, start=fact.start, due=fact.due)
        case f.RunResized():
            return replace(run, amount=fact.amount, requirements=fact.requirements)
        case f.RunFrozen():
            return replace(run, state="frozen" if run.state == "scheduled" else run.state)
        case f.RunStarted():
            return replace(run, state="started")
        case f.RunCancelled():
            return replace(run, state="cancelled")
        case f.RunCompleted():
            return replace(run, state="completed")
        case _:
            return run
