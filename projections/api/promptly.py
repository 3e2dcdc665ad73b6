"""Asking what may never answer: a frozen broker takes connections and is silent, for as long as its client waits."""

import threading
from collections.abc import Callable
from typing import TypeVar

from infra.errors import Misfit, Transient

T = TypeVar("T")


def promptly(ask: Callable[[], T], seconds: float, silent: str) -> T:
    """The answer, or why there is none; ``Transient`` with these words after so many seconds. The question ends by
    itself. What nobody foresaw shows its own trace, and is no silence."""
    answers: list[T] = []
    errors: list[Transient | Misfit] = []

    def run() -> None:
        try:
            answers.append(ask())
        except (Transient, Misfit) as error:
            errors.append(error)

    asking = threading.Thread(target=run, name="asking", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise Transient(silent)
    if not answers:
        raise errors[0] if errors else RuntimeError("asking ended without an answer: its trace is above")
    return answers[0]
