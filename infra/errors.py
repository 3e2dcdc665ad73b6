"""Errors say who must act. Anything else that is raised stops the worker."""


class Conflict(Exception):
    """Somebody else moved the shard, or took the same event first. Read again, then decide again."""


class Fenced(Exception):
    """Another owner has raised the epoch. Stop, drop everything, and only then rejoin."""


class Transient(Exception):
    """The database or the broker isn't there just now. Back off and try again; the outcome of a commit is unknown."""


class Poison(Exception):
    """This one message can never be handled. Reject it with its bytes, and go on with the next."""


class Corrupt(Exception):
    """The record contradicts itself. Nothing goes on from here: run ``lotone verify``."""

    def __init__(self, domain: str, shard: int, position: int, what: str) -> None:
        super().__init__(f"{domain} shard {shard} position {position}: {what}")
        self.domain, self.shard, self.position, self.what = domain, shard, position, what


class Misfit(Exception):
    """What is stored doesn't fit this release or these settings. The text says what to do."""


class NoKafka(Exception):
    """There is no broker to run, or to reach. The text says why, and what to do."""
