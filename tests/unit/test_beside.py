"""A part of a process that fails takes the process with it: nobody restarts what goes on half."""

import pytest

from infra.engine import Stop
from infra.process import beside


class Waits:
    """Runs until it is told to end."""

    def __init__(self) -> None:
        self.stop, self.failure = Stop(), None

    def run(self) -> None:
        assert self.stop.ending.wait(10), "nobody said to end"


class Fails:
    """Stops at once, as one that can't go on does."""

    def __init__(self) -> None:
        self.stop = Stop()
        self.failure: str | None = None

    def run(self) -> None:
        self.failure = "a command that no topic takes"
        raise RuntimeError(self.failure)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_part_that_fails_ends_the_main_one_and_the_process_with_an_error() -> None:
    main = Waits()
    with pytest.raises(RuntimeError, match="Fails stopped: a command that no topic takes"), beside(Fails(), main):
        main.run()


def test_a_part_that_is_told_to_end_is_no_error() -> None:
    main = Waits()
    with beside(Waits(), main):
        assert not main.stop.ending.is_set()
