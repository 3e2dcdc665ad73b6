"""Settings of PostgreSQL and Kafka under which what was acknowledged can still be lost: told at each start of a process
that goes on, with what to set; not by every command.

Kafka's are found where topics are checked (``infra/kafka/topics.py``); what Lotone itself asks of both (``acks=all``,
synced commits) isn't for anyone to set. A laptop may live with all of these, so that nothing is refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

import structlog

from infra.postgres import Pool, guarded
from infra.queue.port import Queue
from infra.settings import Settings

_log = structlog.get_logger("lotone.production")
_ASKED: Final = ("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names")
_SETTINGS: Final = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
_LOOPBACK: Final = re.compile(r"127\.[\d.]+|localhost")
_CLEAR: Final = """
    SELECT NOT ssl AND client_addr IS NOT NULL AND NOT client_addr <<= '127.0.0.0/8' AND client_addr <> '::1'
    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
    WHERE pid = pg_backend_pid()
"""


class Opened(Protocol):
    """What a process stands on."""

    @property
    def settings(self) -> Settings: ...

    @property
    def connections(self) -> Pool: ...

    @property
    def queue(self) -> Queue: ...


def warn(base: Opened) -> None:
    """Tell what isn't as it should be in earnest. The embedded server is for one machine, and knows that."""
    if base.settings.kafka_bootstrap is not None:
        from infra.kafka.queue import KafkaQueue

        assert isinstance(base.queue, KafkaQueue)
        for why in (*base.queue.warnings, *clear(base.settings)):
            _log.warning("kafka", why=why)
    if base.settings.postgres_dsn is not None:
        for why in concerns(base.connections):
            _log.warning("postgres", why=why)


def clear(settings: Settings) -> Iterator[str]:
    """Whether Kafka is talked to in the clear over a network, loopback being none."""
    hosts = [one.strip().rpartition(":")[0] for one in (settings.kafka_bootstrap or "").split(",")]
    if not settings.kafka_security.endswith("ssl") and not all(_LOOPBACK.fullmatch(host) for host in hosts):
        yield (
            "what goes over the network to Kafka isn't encrypted, a password neither: let the brokers speak TLS, and "
            "set LOTONE_KAFKA_SECURITY=sasl_ssl"
        )


def concerns(connections: Pool) -> list[str]:
    """What isn't as it should be; nothing when all is well."""
    with guarded("looking at its settings"), connections.connection() as connection:
        told: dict[str, str] = dict(connection.execute(_SETTINGS, [list(_ASKED)]).fetchall())
        clear = connection.execute(_CLEAR).fetchone()
    return [*_concerns(told), *(_IN_CLEAR if clear and clear[0] else ())]


_IN_CLEAR: Final = (
    "what goes over the network to PostgreSQL isn't encrypted: add sslmode=verify-full and sslrootcert=FILE to "
    "LOTONE_POSTGRES_DSN",
)


def _concerns(told: Mapping[str, str]) -> Iterator[str]:
    if not told["synchronous_standby_names"]:
        yield (
            "no synchronous standby: a failover loses what was acknowledged last; set synchronous_standby_names, like "
            "'ANY 1 (a, b)'"
        )
    if told["synchronous_commit"] not in ("on", "remote_apply"):
        yield f"synchronous_commit={told['synchronous_commit']} loses acknowledged facts in a crash: set it to on"
    for name in ("fsync", "full_page_writes"):
        if told[name] != "on":
            yield f"{name}=off: a power cut may destroy the ledger; set it to on"
