"""PostgreSQL's connections, and its errors by who must act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from infra.errors import Transient


def pool(dsn: str, size: int = 8, name: str = "lotone") -> ConnectionPool[Any]:
    """Connections for readers, each statement its own transaction; opened when first used."""
    return ConnectionPool(
        dsn, min_size=1, max_size=size, timeout=10, name=name, open=True,
        kwargs={"autocommit": True, "application_name": name},
    )


@contextmanager
def reading(connections: ConnectionPool[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection from the pool; a database that isn't there is ``Transient``."""
    try:
        with connections.connection() as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as error:
        raise Transient(f"PostgreSQL can't be reached: {error}") from error
