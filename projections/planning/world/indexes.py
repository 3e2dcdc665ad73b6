"""Sums and ordered sets by key, of which nothing is kept that is nothing."""

from decimal import Decimal
from typing import Final, TypeVar

ZERO: Final = Decimal(0)
K = TypeVar("K")
Ordered = dict[str, None]


def taken(keys: Ordered) -> list[str]:
    """All of them, and none is left."""
    found = list(keys)
    keys.clear()
    return found


def add(sums: dict[K, Decimal], key: K, amount: Decimal) -> None:
    """Add to a sum; one that is back at nothing isn't kept."""
    after = sums.get(key, ZERO) + amount
    if after:
        sums[key] = after
    else:
        sums.pop(key, None)


def drop(index: dict[K, Ordered], key: K, member: str) -> None:
    """Take a member out of an index; a key without members isn't kept."""
    members = index.get(key)
    if members is not None:
        members.pop(member, None)
        if not members:
            del index[key]
