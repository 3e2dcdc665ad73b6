"""The embedded PostgreSQL: started by the first, shared by all, stopped by the last, whoever was killed in between."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from infra.embedded import EmbeddedPostgres, NotStarted
from infra.postgres import open_pool
from infra.production import concerns
from tests.integration.processes import process, until

pytestmark = pytest.mark.postgres

USER = "tests.integration.embedded_user"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lotone-test-"))
    yield made
    with EmbeddedPostgres(made):
        pass  # whoever was killed here left the server to the last
    shutil.rmtree(made)


def one(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


def process_of(folder: Path) -> str:
    return (folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]


def test_it_keeps_what_it_was_told_and_syncs_it(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert not (folder / "postgres" / "postmaster.pid").exists()
    with EmbeddedPostgres(folder) as server:
        assert one(server.dsn, "SELECT answer FROM kept") == 42
        assert one(server.dsn, "SHOW fsync") == "on"
        assert one(server.dsn, "SHOW synchronous_commit") == "on"
        assert one(server.dsn, "SHOW data_checksums") == "on"
        with open_pool(server.dsn) as pool:
            assert [told.split(":")[0] for told in concerns(pool)] == ["no synchronous standby"]


def test_nobody_gets_in_without_its_password(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        assert (folder / "run.json").stat().st_mode & 0o077 == 0
        ways: list[dict[str, str]] = [{}, {"host": "127.0.0.1"}]
        for where in ways:
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(make_conninfo(server.dsn, password="wrong", **where))
        assert one(make_conninfo(server.dsn, host="127.0.0.1"), "SELECT 1") == 1


def test_later_ones_join_and_only_the_last_stops_it(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder).start(), EmbeddedPostgres(folder).start()
    first.stop()
    assert one(second.dsn, "SELECT 1") == 1
    second.stop()
    second.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(second.dsn)


def test_processes_that_start_at_once_share_one_server(folder: Path) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(process(USER, str(folder), "wait")) for _ in range(3)]
        pids = {user.stdout.readline() for user in running if user.stdout}
    assert len(pids) == 1


def test_a_killed_user_is_not_waited_for(folder: Path) -> None:
    with process(USER, str(folder), "wait") as first:
        until(lambda: (folder / "run.json").exists() and (folder / "users.lock").exists())
        with EmbeddedPostgres(folder) as server:
            pid = process_of(folder)
            first.send_signal(signal.SIGKILL)
            first.wait()
            assert one(server.dsn, "SELECT 1") == 1
            assert process_of(folder) == pid
    assert not (folder / "run.json").exists()


def test_a_server_that_was_killed_is_started_again(folder: Path) -> None:
    left = EmbeddedPostgres(folder).start()
    subprocess.run(["kill", "-9", process_of(folder)], check=True)
    until(lambda: not Path(f"/proc/{process_of(folder)}").exists())
    with EmbeddedPostgres(folder) as server:
        assert one(server.dsn, "SELECT 1") == 1
        left.stop()
        assert one(server.dsn, "SELECT 1") == 1


def test_a_server_that_somebody_else_started_is_used_and_left_running(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        (folder / "run.json").unlink()
        pid = process_of(folder)
    with EmbeddedPostgres(folder) as server:
        assert one(server.dsn, "SELECT 1") == 1
        assert process_of(folder) == pid
        (folder / "run.json").write_text(f'{{"pid": {pid}}}')


def test_a_path_too_long_for_a_socket_will_do(folder: Path) -> None:
    deep = folder / ("d" * 120)
    with EmbeddedPostgres(deep) as server:
        assert one(server.dsn, "SELECT 1") == 1


def test_an_initialisation_cut_short_is_done_again(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "half").write_text("done")
    with EmbeddedPostgres(folder) as server:
        assert one(server.dsn, "SELECT 1") == 1


def test_data_of_another_version_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir()
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(NotStarted, match=r"PostgreSQL 9.*pg_dump"):
        EmbeddedPostgres(folder).start()
    version.unlink()


def test_an_address_is_known_only_while_it_runs(folder: Path) -> None:
    with pytest.raises(NotStarted):
        _ = EmbeddedPostgres(folder).dsn
