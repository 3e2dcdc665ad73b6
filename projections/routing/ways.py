"""A way to cover a need, as the choice weighs it: so much, from a time on, at a fixed cost and a cost for each unit."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.planning.shapes import OptionKind, SupplyKey, WhyNot
from projections.planning.shapes import ONE, Candidate, Signature, signature
from projections.routing.desk import Offer
from projections.routing.money import ZERO, told
from projections.routing.network import Passage

ORDER: Final = {kind: place for place, kind in enumerate(OptionKind)}
"""Ties go by kind in this order, then the priced first, then by time, then by id."""
NO_TIME: Final = timedelta(0)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Way:
    """Amounts and ``each`` are in the need's part and unit. ``priced`` is false when the costs told aren't all.

    ``why`` is set when it can't be gone. ``ready`` is when goods can leave for ``passage``, ``late`` how much too late
    it comes, ``rate`` what the choice counts for each unit. ``whole`` is the way that this one is what is left of.
    """

    kind: OptionKind
    part: str
    id: str
    amount: Decimal
    at: datetime | None
    fixed: Decimal = ZERO
    each: Decimal = ZERO
    priced: bool = True
    supply: SupplyKey | None = None
    factor: Fraction = ONE
    supplier: str | None = None
    from_site: str | None = None
    needs_approval: bool = False
    why: WhyNot | None = None
    until: datetime | None = None
    passage: Passage | None = None
    ready: datetime | None = None
    offer: Offer | None = None
    whole: "Way | None" = None
    late: timedelta = NO_TIME
    rate: Decimal = ZERO
    order: tuple[int, bool, datetime, str] = field(init=False)

    def __post_init__(self) -> None:
        self.place()

    def place(self) -> None:
        """Settle its place among equals."""
        self.order = (ORDER[self.kind], not self.priced, self.at or _NEVER, self.id)

    @property
    def signature(self) -> Signature:
        """What it is to a person."""
        return signature(self.kind, self.part, self.supply, self.supplier, self.from_site)

    def cost(self, amount: Decimal) -> Decimal | None:
        """The landed cost of so much; None: something in it has no price."""
        return told(self.fixed + self.each * amount) if self.priced and amount else None

    def candidate(self) -> Candidate:
        """As it is told."""
        passage = self.passage
        return Candidate(
            self.kind, self.part, self.amount, self.supply, self.factor, self.at, self.cost(self.amount),
            () if passage is None else passage.lanes, None if passage is None else passage.departs, self.supplier,
            self.from_site, self.needs_approval,
        )
