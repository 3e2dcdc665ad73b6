"""The commands, and how their errors are told."""

import sys

import structlog
import typer
from rich.console import Console

from infra.embedded import NotStarted
from infra.errors import Corrupt, Fenced, Misfit, Transient
from projections.api.cli import publishing, reading, record, running

app = typer.Typer(
    name="lotone",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""An event-sourced backend for build-to-order supply chains.

Upstream systems publish events; services turn them into facts; views show what the facts amount to.
Everything lies in a data folder (LOTONE_DATA, .lotone unless you say otherwise), or in a PostgreSQL of your own
(LOTONE_POSTGRES_DSN). All settings: lotone settings.""",
)
running.add_to(app)
publishing.add_to(app)
reading.add_to(app)
record.add_to(app)


def main() -> None:
    """The entry point. What an operator can mend is told in a sentence; a defect of ours shows its trace."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    errors = Console(stderr=True, highlight=False)
    try:
        app()
    except (NotStarted, Misfit) as error:
        errors.print(f"lotone: {error}", markup=False)
        sys.exit(1)
    except Transient as error:
        errors.print(f"lotone: {error}", markup=False)
        sys.exit(1)
    except Fenced as error:
        errors.print(
            f"lotone: {error}\nAnother lotone has taken over; this one has stopped and changed nothing.", markup=False
        )
        sys.exit(1)
    except Corrupt as error:
        errors.print(f"lotone: the record contradicts itself: {error}\nRun: lotone verify", markup=False)
        sys.exit(2)
