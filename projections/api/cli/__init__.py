"""The command line: ``lotone``. Every command says what it did, what went wrong, and what to do next."""

from projections.api.cli.main import main

__all__ = ["main"]
