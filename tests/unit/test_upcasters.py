"""Old versions are read through upcasters, one step at a time; a step that's missing is found before it's needed."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pytest

from events.codec import decode_message, decode_old
from events.model import Fact
from events.register import EVERYTHING, Entry, entry
from events.upcasters import UPCASTERS, Upcaster, upcast
from events.values import Id, Quantity

Chain = Mapping[tuple[str, str, int], Upcaster]


class TyreFitted(Fact):
    """Third version. The first said how many by a bare number; the second had its own unit; now it's a quantity."""

    DOMAIN: ClassVar[str] = "inventory"
    VERSION: ClassVar[int] = 3
    wheel: Id
    quantity: Quantity


def with_unit(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "unit": "C62"}


def with_quantity(told: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in told.items() if name not in ("count", "unit")}
    return {**rest, "quantity": {"amount": str(told["count"]), "unit": told["unit"]}}


TYRES = entry(TyreFitted)
CHAIN: Chain = {("inventory", "TyreFitted", 1): with_unit, ("inventory", "TyreFitted", 2): with_quantity}
READ = TyreFitted(wheel="front", quantity=Quantity.of(2, "C62"))


def gaps(entries: Iterable[Entry], upcasters: Chain) -> list[tuple[str, str, int]]:
    """The steps that nobody wrote."""
    steps = [(found.domain, found.name, version) for found in entries for version in range(1, found.version)]
    return [step for step in steps if step not in upcasters]


def test_every_earlier_version_of_every_type_has_an_upcaster() -> None:
    assert gaps(EVERYTHING, UPCASTERS) == [], "write these in events/upcasters.py: (domain, type, version) to the next"


def test_no_upcaster_is_of_a_type_or_version_that_never_was() -> None:
    newest = {(found.domain, found.name): found.version for found in EVERYTHING}
    assert [step for step in UPCASTERS if not 0 < step[2] < newest.get(step[:2], 0)] == []


def test_a_gap_in_a_chain_is_found() -> None:
    assert gaps([TYRES], CHAIN) == []
    assert gaps([TYRES], {("inventory", "TyreFitted", 2): with_quantity}) == [("inventory", "TyreFitted", 1)]


@pytest.mark.parametrize(
    ("version", "data"), [(1, b'{"wheel":"front","count":2}'), (2, b'{"wheel":"front","count":2,"unit":"C62"}')]
)
def test_an_old_version_is_read_through_all_the_steps_from_its_own(version: int, data: bytes) -> None:
    assert decode_old(TYRES, version, data, CHAIN) == READ


def test_steps_leave_what_they_were_given_as_it_was() -> None:
    told = {"wheel": "front", "count": 2}
    upcast("inventory", "TyreFitted", 1, 3, told, CHAIN)
    assert told == {"wheel": "front", "count": 2}


def test_the_newest_version_needs_no_step() -> None:
    assert upcast("inventory", "TyreFitted", 3, 3, {"wheel": "front"}, CHAIN) == {"wheel": "front"}


@pytest.mark.parametrize("version", [0, 3, 4])
def test_a_version_that_is_not_an_earlier_one_is_not_guessed(version: int) -> None:
    with pytest.raises(KeyError, match="newest this release knows"):
        decode_old(TYRES, version, b"{}", CHAIN)


def test_what_a_step_leaves_unfit_is_not_taken() -> None:
    with pytest.raises(ValueError, match="quantity"):
        decode_old(TYRES, 2, b'{"wheel":"front"}', {("inventory", "TyreFitted", 2): lambda told: told})


@pytest.mark.parametrize(
    "name", ["inventory.Held.v0", "inventory.Held.v2", "inventory.Held", "inventory.Held.vx", "inventory.Dreamt.v1"]
)
def test_a_message_type_that_this_release_does_not_know_is_not_guessed(name: str) -> None:
    with pytest.raises(KeyError):
        decode_message(f"lotone.{name}", b"{}")
