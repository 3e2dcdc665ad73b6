"""A decision decided once more: which cut it belongs to, and whether that cut comes out the same."""

import re
from typing import Final

from infra.ledger.port import Ledger
from infra.planning import Planning
from infra.proving import Progress, Proof, prove_cut

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


def prove(ledger: Ledger, planning: Planning, decision: str, progress: Progress = lambda *_: None) -> Proof | None:
    """Decide again the cut in which a decision was made, on what the ledger says was known then; None when there is no
    such cut. A decision isn't decided alone: what came before it in its cut had its share of supply."""
    cut = cut_of(decision)
    return None if cut is None else prove_cut(ledger, planning, cut, progress)
