"""Who of several gets which of some things: evenly, and with as little moved as can be. Pure, so that all agree."""

from collections.abc import Mapping, Sequence
from itertools import product


def dealt(wants: Mapping[str, Sequence[str]], holds: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """What each member gets of what it wants. Everything that somebody wants is somebody's.

    >>> dealt({"a": ["x", "y", "z"], "b": ["x", "y", "z"]}, {"a": ["x", "y", "z"]})
    {'a': ['x', 'y'], 'b': ['z']}
    >>> dealt({"a": ["x"], "b": ["x", "y", "z"]}, {"b": ["x", "y", "z"]})
    {'a': ['x'], 'b': ['y', 'z']}
    """
    members = sorted(wants)
    given: dict[str, list[str]] = {member: [] for member in members}
    free = []
    for thing in sorted({thing for wanted in wants.values() for thing in wanted}):
        keeper = next((one for one in members if thing in wants[one] and thing in holds.get(one, ())), None)
        free.append(thing) if keeper is None else given[keeper].append(thing)
    for thing in free:
        who = [member for member in members if thing in wants[member]]
        given[min(who, key=lambda one: (len(given[one]), one))].append(thing)
    while (better := _better(given, wants)) is not None:
        rich, poor, thing = better
        given[rich].remove(thing)
        given[poor].append(thing)
    return {member: sorted(things) for member, things in given.items()}


def _better(given: Mapping[str, Sequence[str]], wants: Mapping[str, Sequence[str]]) -> tuple[str, str, str] | None:
    """One thing that had better be another's: from whom, to whom, and which."""
    by_wealth = sorted(given, key=lambda one: (-len(given[one]), one))
    for rich, poor in product(by_wealth, reversed(by_wealth)):
        if len(given[rich]) > len(given[poor]) + 1 and (things := sorted(set(given[rich]) & set(wants[poor]))):
            return rich, poor, things[-1]
    return None
