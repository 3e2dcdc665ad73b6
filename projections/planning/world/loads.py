"""What is planned to go over each lane on each day: kept as sums, so that whoever looks for room needn't look at all
that goes over the lane.

A transfer or delivery counts on the day it leaves its site, by that site's clock, until it is withdrawn.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from projections.planning.shapes import Load
from projections.planning.times import day_of
from projections.planning.world.parts import Parts
from projections.planning.world.planned import PlannedDelivery, PlannedTransfer

ZERO: Final = Decimal(0)
Counted = tuple[tuple[str, ...], date, str, Decimal]
"""Over which lanes, on which day, of which part, how much."""


class Loads:
    """Amounts by lane and day, then by part; and what each transfer and delivery was counted as."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.taken: dict[tuple[str, date], dict[str, Decimal]] = {}
        self._counted: dict[str, Counted] = {}

    def count(self, id: str) -> None:
        """Something is planned, or planned otherwise, or withdrawn. ``id`` is ``transfer/…`` or ``delivery/…``."""
        before, now = self._counted.pop(id, None), self._count(id)
        if before is not None:
            self._add(before, -before[3])
        if now is not None:
            self._add(now, now[3])
            self._counted[id] = now

    def count_anew(self) -> None:
        """Days may be others: a site is in another time zone."""
        for id in list(self._counted):
            self.count(id)

    def at(self, lane: str, day: date) -> list[Load]:
        """What goes over a lane on a day, in order of parts."""
        return [Load(part, amount) for part, amount in sorted(self.taken.get((lane, day), {}).items())]

    def _count(self, id: str) -> Counted | None:
        kind, _, rest = id.partition("/")
        plan = self.parts.plan
        planned: PlannedTransfer | PlannedDelivery | None
        planned = plan.transfers.get(rest) if kind == "transfer" else plan.deliveries.get(rest)
        if planned is None or planned.withdrawn:
            return None
        site = planned.from_site if isinstance(planned, PlannedTransfer) else planned.site
        lanes = tuple(dict.fromkeys(planned.lanes))
        return (lanes, day_of(self.parts.reference, site, planned.depart_at), planned.part, planned.amount)

    def _add(self, counted: Counted, amount: Decimal) -> None:
        lanes, day, part, _ = counted
        for lane in lanes:
            of_part = self.taken.setdefault((lane, day), {})
            after = of_part.get(part, ZERO) + amount
            if after:
                of_part[part] = after
            else:
                of_part.pop(part, None)
                if not of_part:
                    del self.taken[lane, day]
