"""How this code talks to PostgreSQL: one pool of connections, and errors told by who must act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool

from infra.errors import Poison, Transient

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

PROMPT: Final = 2.0
"""Seconds to wait for a connection where somebody waits for the answer, a publisher or a reader: they are told to come
again sooner than that they are left to wonder."""
PASSING: Final = (
    psycopg.OperationalError,
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
    errors.ReadOnlySqlTransaction,
)
"""What passes by itself: lost and ended sessions, deadlocks, time-outs, a server that starts, stops or fails
over.
"""

SETTINGS: Final = "-c timezone=UTC -c idle_in_transaction_session_timeout=30000"


def connect(dsn: str, *, options: str = "") -> Connection:
    """A connection of one's own, in autocommit."""
    return psycopg.connect(
        dsn, autocommit=True, connect_timeout=10, options=f"{SETTINGS} {options}", application_name="lotone"
    )


def open_pool(dsn: str, size: int = 8) -> Pool:
    """Connections to share, in autocommit. Close it when done."""
    settings = {
        "autocommit": True, "connect_timeout": 10, "options": SETTINGS, "application_name": "lotone",
    }  # fmt: skip
    return ConnectionPool(
        dsn, kwargs=settings, min_size=1, max_size=size, timeout=10, open=True, name="lotone"
    )


@contextmanager
def guarded(doing: str) -> Iterator[None]:
    """Turn what passes by itself into ``Transient``, and what the database will never take into ``Poison``."""
    try:
        yield
    except psycopg.DataError as error:
        raise Poison(f"PostgreSQL refused a value while {doing}: {error}") from error
    except PASSING as error:
        raise Transient(f"PostgreSQL failed while {doing}: {said(error)}") from error


def said(error: psycopg.Error) -> str:
    """What the server says first. What it adds (rows, values, statements) is none of a log's business."""
    return error.diag.message_primary or str(error)
