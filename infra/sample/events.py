"""A believable fortnight of the sample factory, as CloudEvents in the order they arrive."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from infra.sample.building import Building
from infra.sample.buying import Buying
from infra.sample.trouble import Trouble
from infra.sample.world import DIRECTORY, WORKDAYS, ZONE, World

__all__ = ["DIRECTORY", "MONDAY", "days", "fortnight"]

MONDAY: Final = datetime(2026, 1, 5, tzinfo=ZONE)
"""The fortnight's first day unless another is asked for: the Monday after the opening stock's cut-off."""
SEED: Final = 1


def fortnight(base: datetime = MONDAY, seed: int = SEED) -> list[dict[str, Any]]:
    """Some hundreds of events. ``base`` must be a Monday after the opening stock's cut-off (2026-01-02).

    They tell of purchase orders placed, changed, confirmed, delayed, shipped, received and inspected, of runs that
    reserve, take and build, of transfers, counts and returns; and of everything in ``trouble.py``.
    """
    return [event for day in days(base, seed) for event in day]


def days(base: datetime = MONDAY, seed: int = SEED) -> list[list[dict[str, Any]]]:
    """The same, the events that arrive on one day together."""
    world = World(base, seed)
    buying, building = Buying(world), Building(world)
    for workday in range(len(WORKDAYS)):
        world.later(world.at(workday, 6, 15), building.each_morning)
        world.later(world.at(workday, 9), buying.each_morning)
        world.later(world.at(workday, 16, 30), building.each_evening)
    for workday in (0, 2, 4, 6, 8):
        lost = 1 if workday == 2 else 0
        world.later(world.at(workday, 13, 20), partial(building.bring, "MOTOR", Decimal(5), 0))
        world.later(world.at(workday, 13, 30), partial(building.bring, "BATTERY", Decimal(5), lost))
    Trouble(world, buying, building)
    world.run()
    return world.arrived()
