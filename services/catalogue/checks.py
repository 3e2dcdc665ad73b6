"""What was found about a statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from events.decision import Problem


def _nothing() -> Sequence[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class Checked:
    """``wrong`` in itself; ``missing`` keys; and, once none is missing, the ``contradictions`` to what is known."""

    wrong: Sequence[Problem] = ()
    missing: Sequence[str] = ()
    contradictions: Callable[[], Sequence[Problem]] = _nothing
