"""What was just decided is handed on to every reader of the process, and decoded by none."""

from events.codec import decode
from tests.plant import SITE, Plant, part, received


def test_each_reader_is_handed_each_fact_once_and_decodes_what_it_was_not_handed() -> None:
    plant = Plant()
    one, other = plant.engine.handing(), plant.engine.handing()
    plant.tell(SITE, part("SADDLE"), received("r1"))
    [at] = plant.facts("inventory")
    first = one.decode(at)
    assert first is other.decode(at), "the very object that was decided"
    assert first is not one.decode(at)
    assert first == one.decode(at) == decode(at)
