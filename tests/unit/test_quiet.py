"""Nothing is on its way only when everything that was said is decided, followed up, read, and tried again."""

from infra.cursors import MemoryCursors
from infra.ledger.port import Cursor
from infra.queue.port import COMMANDS, INTAKE, Queued
from infra.quiet import Quiet
from tests.plant import SITE, Plant, part, received


def told() -> tuple[Plant, Quiet]:
    """A plant with all its facts decided and followed up."""
    plant = Plant()
    plant.tell(SITE, part("SADDLE"), received("one"))
    return plant, Quiet(plant.ledger, plant.queue, plant.cursors, sorted(plant.ledger.genesis().shards))


def test_quiet_is_when_all_is_taken_followed_up_and_read() -> None:
    plant, quiet = told()
    heads = plant.ledger.heads()
    assert quiet.at(heads)
    assert quiet.at({place: head for place, head in heads.items() if head.position}), "nothing is left out by being 0"
    assert not quiet.at({**heads, ("catalogue", 0): Cursor(1, heads["catalogue", 0].hash)}), "not all is read"
    for kind in (INTAKE, COMMANDS):
        plant, quiet = told()
        plant.queue.put(kind, [Queued("orders", 1, "s", "1", b"")])
        assert not quiet.at(plant.ledger.heads()), f"{kind} holds something"
    plant, quiet = told()
    quiet.cursors = MemoryCursors()
    assert not quiet.at(plant.ledger.heads()), "nothing is followed up"


def test_what_is_parked_must_have_been_tried_again() -> None:
    plant, quiet = told()
    heads, parked, idle = plant.ledger.heads(), 1, 10
    quiet.waits, quiet.idle = lambda: parked, lambda: idle
    assert not quiet.at(heads)
    idle = 11
    assert not quiet.at(heads), "the step may have begun before"
    idle = 12
    assert quiet.at(heads)
    plant.tell(received("two"))
    assert not quiet.at(plant.ledger.heads()), "it begins anew with every fact"
    idle = 14
    plant.queue.put(INTAKE, [Queued("orders", 1, "s", "1", b"")])
    assert not quiet.at(plant.ledger.heads())
    parked = 0
    plant, quiet = told()
    assert quiet.at(plant.ledger.heads()), "nobody waits for anything"
