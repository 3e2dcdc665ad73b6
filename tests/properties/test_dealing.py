"""However things were held, everything that is wanted is dealt to one that wants it, and evenly."""

from hypothesis import given
from hypothesis import strategies as st

from infra.dealing import dealt

THINGS = [f"thing-{number}" for number in range(8)]
MEMBERS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from(THINGS), unique=True), min_size=1)


@given(MEMBERS, MEMBERS)
def test_every_wanted_thing_has_one_owner_that_wants_it(
    wants: dict[str, list[str]], holds: dict[str, list[str]]
) -> None:
    found = dealt(wants, holds)
    given_ = [thing for things in found.values() for thing in things]
    assert sorted(given_) == sorted({thing for wanted in wants.values() for thing in wanted})
    assert all(set(things) <= set(wants[member]) for member, things in found.items())


@given(st.integers(1, 4), MEMBERS)
def test_where_all_want_all_it_is_even_and_dealt_again_nothing_moves(count: int, holds: dict[str, list[str]]) -> None:
    wants = dict.fromkeys("abcd"[:count], THINGS)
    found = dealt(wants, holds)
    sizes = [len(things) for things in found.values()]
    assert max(sizes) - min(sizes) <= 1
    assert dealt(wants, found) == found


def test_what_one_had_it_keeps_as_far_as_its_share_goes() -> None:
    assert dealt({"a": THINGS, "b": THINGS}, {"b": THINGS[:5]}) == {"a": THINGS[4:], "b": THINGS[:4]}
