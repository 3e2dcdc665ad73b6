"""What the joins come to: runs, requirements, supplies and pegs as a cut sees them.

Each is a pure function of the parts at one moment of history, kept only so that it needn't be worked out again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from events.orders.shapes import Choice, OrderRef, RunRequirement
from events.planning.shapes import SupplyKey, SupplyKind

ZERO: Final = Decimal(0)
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, as the order service has it or, before it answered, as the planner asked for it.

    ``output`` is what is still to come of it, ``fixed`` that nothing of it can be changed, ``ours`` that the planner
    asked for it, ``firm`` that the order service has it. ``over``: it builds nothing more and needs nothing.
    """

    run: str
    part: str
    site: str
    unit: str
    revision: str | None
    options: tuple[Choice, ...]
    order: OrderRef | None
    amount: Decimal
    start: datetime
    due: datetime
    requirements: tuple[RunRequirement, ...]
    priority: int
    output: Decimal
    ours: bool
    firm: bool
    fixed: bool
    started: bool
    over: bool
    proposed: bool
    configuration: str | None = None

    @property
    def supply(self) -> str:
        return f"run/{self.run}"

    def requirement(self, n: int) -> str:
        return f"run/{self.run}/{n}"


@dataclass(frozen=True, slots=True)
class Required:
    """An open requirement: ``need`` is what is still wanted of it, covered or not.

    ``purpose`` is whom material for it is claimed for. ``waiting``: its order is on hold, or nobody has approved its
    run yet.
    """

    id: str
    part: str
    site: str
    unit: str
    need: Decimal
    needed_by: datetime
    priority: int
    purpose: str
    revision: str | None = None
    parent: str | None = None
    run: str | None = None
    order: OrderRef | None = None
    frozen: bool = False
    custom: bool = False
    waiting: bool = False
    configuration: str | None = None


@dataclass(frozen=True, slots=True)
class PegView:
    """What a peg still stands for, in the supply's unit.

    ``pending`` is what it claims of a supply that inventory hasn't given it yet; ``held`` what it has on hand;
    ``cover`` what of both serves its requirement, and ``needed`` the same in the requirement's unit. ``lost`` is what
    it was to have, and nothing stands for any more. ``refused``: inventory wouldn't give it.
    """

    pending: Decimal
    held: Decimal
    cover: Decimal
    needed: Decimal
    lost: Decimal
    refused: bool

    @property
    def live(self) -> bool:
        return bool(self.cover or self.pending or self.lost)


@dataclass(frozen=True, slots=True)
class SupplyView:
    """An open supply. ``at`` is when it was said to be there; none: nobody knows. ``custom``: for one customer only.

    ``slips``: it isn't ordered yet; after the end of ``slips`` each day that passes makes it a day later.
    """

    id: str
    key: SupplyKey
    part: str
    site: str
    unit: str
    open: Decimal
    pegged: Decimal
    at: datetime | None
    supplier: str | None = None
    from_site: str | None = None
    firm: bool = True
    custom: bool = False
    slips: datetime | None = None
    configuration: str | None = None

    @property
    def free(self) -> Decimal:
        return max(ZERO, self.open - self.pegged)

    @property
    def on_hand(self) -> bool:
        return self.key.kind is SupplyKind.STOCK
