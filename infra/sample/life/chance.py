"""Chance that depends on a seed and on what it is about, and on nothing else.

A generator that is drawn from one event after the other gives every later event another number once a single event
comes sooner. Here each question has its own number: ask about the same thing, in whatever order, and the answer is
the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

T = TypeVar("T")
_WHOLE: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Chance:
    """The luck of one world."""

    seed: int

    def _number(self, about: tuple[object, ...]) -> int:
        text = "\x1f".join(map(str, (self.seed, *about)))
        return int.from_bytes(sha256(text.encode()).digest()[:8])

    def happens(self, share: float, *about: object) -> bool:
        """Whether it does, in this share of all cases."""
        return self._number(about) < share * _WHOLE

    def between(self, least: int, most: int, *about: object) -> int:
        """A whole number, both ends included."""
        return least + self._number(about) % (most - least + 1)

    def pick(self, among: Sequence[T], *about: object) -> T:
        """One of these."""
        return among[self._number(about) % len(among)]
