"""What a supply that comes late hits: every claim on it, and all that follows from those, as far as slack doesn't take
it up.

The rule. A claim is late by as much as its supply comes after it is needed; up to then the slack takes it. A run that
gets a component so much late is done so much late at least; what claims its output has slack of its own. So lateness
only shrinks on its way up. What is late for other reasons isn't counted: above the supply itself, a claim is late by
what is added to when it was expected anyway; how late it is in all is told beside it. All of it is held against what is
planned now: whom the planner has moved already, ``moved.py`` reads off the promises.

A naive answer lists every order above the supply, hit or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from projections.coverage import Claim

NONE: Final = timedelta(0)
DEEPEST: Final = 50
"""Levels of runs at most; no bill is so deep."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A claim that waits for the supply, by itself or through runs (``path``, from the supply upward).

    ``slack`` is what was left before; ``late`` how late it is now, beyond what it would have been without; ``total``
    how late in all.
    """

    claim: Claim
    path: tuple[str, ...]
    would_be_at: datetime | None
    slack: timedelta | None
    late: timedelta
    total: timedelta


def hits(
    supply: str, at: datetime | None, claims_of: Callable[[Sequence[str]], Sequence[Claim]],
    run_of: Callable[[str], str | None],
) -> list[Hit]:
    """All claims above a supply that comes at ``at`` (none: nobody knows when), level by level. ``claims_of`` reads the
    claims on supplies, with when each is needed now; ``run_of`` names the run of a requirement."""
    found: list[Hit] = []
    level: dict[str, tuple[tuple[str, ...], timedelta, datetime | None]] = {supply: ((supply,), NONE, at)}
    seen = {supply}
    for _ in range(DEEPEST):
        above: dict[str, tuple[tuple[str, ...], timedelta, datetime | None]] = {}
        for claim in claims_of(sorted(level)):
            if not claim.to_come:
                continue
            path, added, told = level[claim.supply]
            hit = _hit(claim, path, added, told)
            found.append(hit)
            run = run_of(claim.requirement)
            key = None if run is None else f"run/{run}"
            if key is not None and key not in seen:
                before = above.get(key)
                if before is None or hit.late > before[1]:
                    above[key] = ((*path, key), hit.late, None)
        seen |= above.keys()
        level = above
        if not level:
            break
    return found


def _hit(claim: Claim, path: tuple[str, ...], added: timedelta, told: datetime | None) -> Hit:
    """``told`` is when the supply itself comes; above it, each comes as much later as what is below adds."""
    expected = claim.expected_at
    if told is not None:
        would_be: datetime | None = told
    else:
        would_be = None if expected is None else expected + added
    if would_be is None:
        return Hit(claim, path, None, claim.slack, NONE, NONE)
    late = max(NONE, would_be - claim.needed_by)
    anyway = NONE if told is not None or expected is None else max(NONE, expected - claim.needed_by)
    return Hit(claim, path, would_be, claim.slack, max(NONE, late - anyway), late)
