"""The commands, and how their errors are told."""

import logging
import os
import signal
import sys
from types import FrameType

import psycopg
import structlog
import typer

from infra.embedded import NotStarted
from infra.errors import Corrupt, Fenced, Misfit, NoKafka, Transient
from infra.settings import strangers
from projections.api.cli import asking_why, broker, deciding, health, publishing, reading, record, replaying, running
from projections.api.cli.output import err

app = typer.Typer(
    name="lotone",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""An event-sourced backend for build-to-order supply chains.

Upstream systems publish events; services turn them into facts; views show what the facts amount to.
Everything lies in a data folder (LOTONE_DATA, .lotone unless you say otherwise), or in a PostgreSQL of your own
(LOTONE_POSTGRES_DSN). All settings: lotone settings.

Exit codes: 0 all is well; 1 something was refused, isn't known or can't be had; 2 the record isn't whole, or a
command was written wrongly.""",
)
running.add_to(app)
publishing.add_to(app)
reading.add_to(app)
asking_why.add_to(app)
deciding.add_to(app)
record.add_to(app)
replaying.add_to(app)
broker.add_to(app)
health.add_to(app)


def main() -> None:
    """The entry point. What an operator can mend is told in a sentence; a defect of ours shows its trace."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)  # lotone up says more, at the level it is told
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGTERM, _ended)
    for told in strangers(os.environ):
        _say(f"lotone: {told}")
    try:
        app()
    except (NotStarted, NoKafka, Misfit, Transient) as error:
        _say(f"lotone: {error}")
        sys.exit(1)
    except Fenced as error:
        _say(f"lotone: {error}\nAnother lotone has taken over; this one has stopped and changed nothing.")
        sys.exit(1)
    except Corrupt as error:
        _say(f"lotone: the record contradicts itself: {error}\nRun: lotone verify")
        sys.exit(2)
    except psycopg.Error as error:
        _say(f"lotone: PostgreSQL refused ({type(error).__name__}): {error}")
        sys.exit(1)
    except UnicodeEncodeError:
        _say("lotone: what was given isn't text in UTF-8: write it so")
        sys.exit(1)


def _say(told: str) -> None:
    err.print(told, markup=False)


def _ended(number: int, _: FrameType | None) -> None:
    """Told to end: leave everything in order, as Ctrl-C would."""
    sys.exit(128 + number)
