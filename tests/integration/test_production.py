"""What isn't as it should be in earnest is told at the start, with what to set; and PostgreSQL may ask for TLS."""

import asyncio
import ssl
import struct
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import orjson
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.ledger.postgres import PostgresLedger
from infra.migrate import migrate
from infra.postgres import connect, open_pool
from infra.production import clear, concerns
from infra.settings import read_settings
from tests.integration.commands import Place
from tests.integration.kafka.secured import certificates


def test_a_server_without_a_standby_or_that_does_not_sync_is_warned_of(empty_database: str) -> None:
    """As the server of tests is; ``test_embedded`` has one that syncs."""
    with open_pool(empty_database) as pool:
        assert [told.split(":")[0] for told in concerns(pool)] == [
            "no synchronous standby", "fsync=off", "full_page_writes=off"
        ]


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_commits_that_are_not_kept_are_warned_of(empty_database: str, value: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        name = conninfo_to_dict(empty_database)["dbname"]
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {value}'.encode())
    with open_pool(empty_database) as pool:
        assert any(f"synchronous_commit={value} loses" in told for told in concerns(pool))


@pytest.mark.parametrize(
    ("bootstrap", "security", "warned"),
    [
        ("127.0.0.1:9092,localhost:9093", "plaintext", False),
        ("127.0.0.1:9092,kafka:9092", "sasl_plaintext", True),
        ("kafka:9092", "plaintext", True),
        ("kafka:9092", "sasl_ssl", False),
        ("kafka:9092", "ssl", False),
    ],
)
def test_brokers_that_are_talked_to_in_the_clear_are_warned_of(bootstrap: str, security: str, warned: bool) -> None:
    told = list(clear(read_settings(kafka_bootstrap=bootstrap, kafka_security=security)))
    assert ["LOTONE_KAFKA_SECURITY=sasl_ssl" in one for one in told] == [True] * warned


def test_a_database_that_does_not_answer_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    done = Place(tmp_path, "host=127.0.0.1 port=1 dbname=lotone").lotone("health")
    assert done.code == 1
    assert "LOTONE_POSTGRES_DSN says where" in done.err


def test_a_machine_that_reads_the_log_is_told_all_of_it_there(place: Place) -> None:
    with place.up(LOTONE_LOG_FORMAT="json", LOTONE_LOG_LEVEL="info") as api:
        command = api.command
    assert [orjson.loads(line)["level"] for line in command.err.splitlines()]
    nowhere = Place(place.folder, "host=127.0.0.1 port=1 dbname=lotone")
    [line] = nowhere.lotone("up", "--port", 0, LOTONE_LOG_FORMAT="json").err.splitlines()
    told = orjson.loads(line)
    assert told["level"] == "error"
    assert "LOTONE_POSTGRES_DSN" in told["error"]


def test_whoever_starts_hears_of_it(place: Place) -> None:
    with place.up(LOTONE_LOG_LEVEL="warning") as api:
        assert "no synchronous standby" in api.command.err


class Terminal:
    """PostgreSQL behind TLS: the embedded one is built without, so this ends the encryption in front of it."""

    def __init__(self, certificate: Path, key: Path, socket: str) -> None:
        self._socket = socket
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> int:
        self._thread.start()
        return self._ready.result(10)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._done, self._met = asyncio.get_running_loop(), asyncio.Event(), set[asyncio.Task[None]]()
        async with await asyncio.start_server(self._keep, "127.0.0.1", 0) as server:
            self._ready.set_result(server.sockets[0].getsockname()[1])
            await self._done.wait()
            await asyncio.gather(*self._met)

    def _keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._met.add(asyncio.create_task(self._meet(reader, writer)))

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client asks for TLS by eight bytes, is told S, and shakes hands; nobody is let in without."""
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(8) == struct.pack("!ii", 8, 80877103):
                writer.write(b"S")
                await writer.start_tls(self._tls)
                there, back = await asyncio.open_unix_connection(self._socket)
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_postgresql_is_spoken_to_over_tls_and_known_by_its_certificate(empty_database: str, tmp_path: Path) -> None:
    """libpq's own words in the DSN do it, for every connection of ours."""
    authority, other = certificates(tmp_path), certificates(tmp_path, "other")
    told = conninfo_to_dict(empty_database)
    socket = f"{told['host']}/.s.PGSQL.{told['port']}"
    with Terminal(tmp_path / "authority-server.crt", tmp_path / "authority-server.key", socket) as port:
        at = {**told, "host": "127.0.0.1", "port": str(port), "sslmode": "verify-full"}
        known = make_conninfo(**{**at, "sslrootcert": str(authority)})
        migrate(known, {"catalogue": 1, "planning": 1})
        with PostgresLedger(known) as ledger:
            assert ledger.genesis().shards["catalogue"] == 1
            assert ledger.claim("catalogue", 0, "test").epoch == 1
        with connect(known) as connection:
            assert connection.pgconn.ssl_in_use
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            connect(make_conninfo(**{**at, "sslrootcert": str(other)}))
        with pytest.raises(psycopg.OperationalError):
            connect(make_conninfo(**{**at, "sslmode": "disable"}))
