"""What is remembered of a run, just enough to decide on.

    to build = good + scrapped + still to build
    issued   = built in + returned + scrapped + work in progress        of each part (``events/orders/usage.py``)

Material is kept beside the run: inventory may tell of it before, and without, anybody scheduling the run. ``by_hand``
is what was issued and not backflushed: a backflush takes only what that doesn't cover.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec import field

from events.orders.shapes import ZERO, OrderRef, RunRequirement, RunState
from events.orders.usage import NOTHING, Instead, taken, used


class Deviation(msgspec.Struct, array_like=True):
    """So much of another part is used in place of a requirement's."""

    part: str
    amount: Decimal
    numerator: int | None
    denominator: int | None

    @property
    def instead(self) -> Instead:
        known = self.numerator is not None and self.denominator is not None
        return Instead(self.part, self.amount, Fraction(self.numerator or 0, self.denominator or 1) if known else None)


class Need(msgspec.Struct):
    """A requirement. ``backflushed`` is what output reports took for it, by part."""

    part: str
    revision: str | None
    amount: Decimal
    numerator: int
    denominator: int
    unit: str
    needed_by: datetime | None = None
    backflushed: dict[str, Decimal] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)

    @property
    def per(self) -> Fraction:
        """What one unit of the run needs."""
        return Fraction(self.numerator, self.denominator)

    @property
    def instead(self) -> Sequence[Instead]:
        return [one.instead for one in self.deviations]

    def used(self, built: Decimal) -> dict[str, Fraction]:
        """What so many units built use up, exactly."""
        return used(self.part, self.per, built, self.instead)

    def taken(self, built: Decimal, whole: Decimal, places: Mapping[str, int]) -> dict[str, Decimal]:
        """What should have been taken once so many of the whole run are built."""
        return taken(self.part, self.per, self.amount, built, whole, places, self.instead)

    @property
    def parts(self) -> tuple[str, ...]:
        """What may be used for it."""
        return tuple(dict.fromkeys([*(one.part for one in self.deviations), self.part]))


class Material(msgspec.Struct):
    """What a run was given of one part, and what became of it. ``issued`` holds what was scrapped straight out of
    stock, too."""

    unit: str
    issued: Decimal = ZERO
    by_hand: Decimal = ZERO
    returned: Decimal = ZERO
    scrapped: Decimal = ZERO
    drawn: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What is in the run: built in, or still work in progress."""
        return self.issued - self.returned - self.scrapped

    @property
    def at_hand(self) -> Decimal:
        """What was issued by hand and neither came back nor was thrown away."""
        return max(self.by_hand - self.returned - (self.scrapped - self.drawn), ZERO)


class Movement(msgspec.Struct, array_like=True):
    """A movement that was told: what it was, and of which part."""

    kind: str
    part: str


class Run(msgspec.Struct):
    """A run that was scheduled. ``content`` tells whether it is scheduled a second time with the same words.

    ``flushed`` is how much of what it built was reported with a backflush; ``told_at`` is when what was last told of
    its state happened; ``told_start`` is false while its start was only concluded.
    """

    part: str
    site: str
    unit: str
    revision: str | None
    options: tuple[tuple[str, str], ...]
    amount: Decimal
    start: datetime
    due: datetime
    order: tuple[str, int, int] | None
    location: str | None
    content: str
    needs: dict[int, Need]
    state: RunState = RunState.SCHEDULED
    good: Decimal = ZERO
    scrapped: Decimal = ZERO
    flushed: Decimal = ZERO
    told_start: bool = False
    told_at: datetime | None = None
    splits: dict[str, Decimal] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    serials: dict[str, None] = field(default_factory=dict)
    configuration: str | None = None

    @property
    def built(self) -> Decimal:
        return self.good + self.scrapped

    @property
    def left(self) -> Decimal:
        """What is still to be built."""
        return max(self.amount - self.built, ZERO)

    @property
    def frozen(self) -> bool:
        """Whether its configuration and quantity are fixed."""
        return self.state not in (RunState.SCHEDULED, RunState.CANCELLED)

    @property
    def over(self) -> bool:
        return self.state in (RunState.COMPLETED, RunState.CANCELLED)

    @property
    def begun(self) -> bool:
        return self.state in (RunState.STARTED, RunState.PAUSED, RunState.COMPLETED)

    @property
    def order_ref(self) -> OrderRef | None:
        if self.order is None:
            return None
        return OrderRef.trusted(number=self.order[0], line=self.order[1], schedule=self.order[2])

    def used(self, part: str, built: Decimal) -> Fraction:
        """What so many units built use up of a part, for all requirements together."""
        return sum((need.used(built).get(part, NOTHING) for need in self.needs.values()), NOTHING)

    def allowed(self, part: str) -> Decimal | None:
        """How much of a part it may be given in all; none: it isn't required."""
        found = [
            need.amount if part == need.part else sum((one.amount for one in need.deviations if one.part == part), ZERO)
            for need in self.needs.values() if part in need.parts
        ]
        return sum(found, ZERO) if found else None


class RunBook(msgspec.Struct):
    """All that is known under a run's number."""

    run: Run | None = None
    materials: dict[str, Material] = field(default_factory=dict)
    movements: dict[str, Movement] = field(default_factory=dict)
    stored: Decimal = ZERO
    stray: bool = False

    def material(self, part: str) -> Material | None:
        return self.materials.get(part)

    def copy(self) -> "RunBook":
        """One to try things on."""
        run = self.run
        if run is not None:
            needs = {n: _copied(need) for n, need in run.needs.items()}
            run = msgspec.structs.replace(
                run, needs=needs, splits=dict(run.splits), reports=dict(run.reports), serials=dict(run.serials)
            )
        materials = {part: msgspec.structs.replace(one) for part, one in self.materials.items()}
        return RunBook(run, materials, dict(self.movements), self.stored, self.stray)


def _copied(need: Need) -> Need:
    return msgspec.structs.replace(need, backflushed=dict(need.backflushed), deviations=list(need.deviations))


def needs_of(requirements: Sequence[RunRequirement], before: Mapping[int, Need] | None = None) -> dict[int, Need]:
    """Requirements as they are remembered; what was taken and deviated before stays."""
    found = {}
    for one in sorted(requirements, key=lambda one: one.n):
        known = (before or {}).get(one.n)
        found[one.n] = Need(
            one.part, one.revision, one.amount, one.numerator, one.denominator, one.unit, one.needed_by,
            dict(known.backflushed) if known else {}, list(known.deviations) if known else [],
        )
    return found


def requirements_of(needs: Mapping[int, Need]) -> tuple[RunRequirement, ...]:
    """Requirements as facts tell them."""
    return tuple(
        RunRequirement.trusted(
            n=n, part=need.part, revision=need.revision, amount=need.amount, numerator=need.numerator,
            denominator=need.denominator, unit=need.unit, needed_by=need.needed_by,
        )
        for n, need in sorted(needs.items())
    )
