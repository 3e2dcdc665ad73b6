"""Decisions decided once more: which cuts they belong to, and whether those come out the same."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from infra.ledger.port import Ledger
from infra.planning import Planning
from infra.proving import Progress, Proof, prove_some

_MADE: Final = re.compile(r"[A-Z]([1-9]\d{0,17})-\d+")
"""How the planner names what it makes: a letter, the cut's number, and a number within the cut."""


def cut_of(id_: str) -> int | None:
    """The cut that made a decision, peg, run, requisition, transfer or delivery; None for an id that isn't the
    planner's.

    >>> cut_of("D12-3"), cut_of("4711")
    (12, None)
    """
    found = _MADE.fullmatch(id_)
    return None if found is None else int(found[1])


def cuts_of(ids: Iterable[str]) -> dict[int, list[str]]:
    """The cuts that made these, in order, each with what of them it made; what isn't the planner's is left out.

    >>> cuts_of(["D12-3", "4711", "D2-1", "D12-1"])
    {2: ['D2-1'], 12: ['D12-3', 'D12-1']}
    """
    found: dict[int, list[str]] = {}
    for id_ in ids:
        cut = cut_of(id_)
        if cut is not None:
            found.setdefault(cut, []).append(id_)
    return {cut: found[cut] for cut in sorted(found)}


def prove(
    ledger: Ledger, planning: Planning, cuts: Collection[int], progress: Progress = lambda *_: None
) -> list[Proof]:
    """Decide again the cuts in which something was decided, each on what the ledger says was known then. A decision
    isn't decided alone: what came before it in its cut had its share of supply."""
    return list(prove_some(ledger, planning, cuts, progress))
