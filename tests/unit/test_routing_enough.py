"""Of many transfers that come together, only as many are weighed as are needed."""

from dataclasses import replace

from events.planning.shapes import SupplyKey
from projections.planning.shapes import Supply
from projections.routing import route
from tests.known import kept_part, known, need, running
from tests.scenario import day, site


def transfer(number: int, days: float = 1) -> Supply:
    """Four saddles from the store."""
    key = SupplyKey.transfer(f"T1-{number}")
    return replace(running("saddle", 4, days), key=key, id=key.text, from_site="store", available_at=day(days))


def test_of_transfers_that_come_together_no_more_are_weighed_than_are_needed() -> None:
    world = known(kept_part("saddle"), site("plant"), site("store"))
    world.all_supplies = [transfer(n) for n in range(9)]
    choice = route(world, need(), world.now)
    assert [picked.amount for picked in choice.chosen] == [4, 4, 2]
    assert not choice.alternatives
    world.all_supplies.append(transfer(9, days=2))
    (other,) = route(world, need(), world.now).alternatives
    assert other.candidate.available_at == day(2)
