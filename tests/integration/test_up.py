"""``lotone up`` begins and ends: on its own PostgreSQL, twice at once, at a signal, on a port that is taken."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.integration.asking import define, found, lines, problem
from tests.integration.commands import READY, STRUCTURED, Place, Served
from tests.integration.processes import PATIENCE, ROOT, until
from tests.plant import SITE

KASSEL = SITE.replace(b'"plant"', b'"kassel"')


def prepared(served: Served) -> None:
    served.publish(KASSEL, define("API-1"))
    until(lambda: served.outcome("api", "define API-1")["status"] == "decided")


def test_a_data_folder_of_its_own_is_all_it_needs_and_a_second_one_there_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    with place.up() as served:
        prepared(served)
        assert (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
        second = place.lotone("up", "--port", 0)
        assert (second.code, "another lotone already runs" in second.err) == (1, True)
        answers = served.publish(*(found(f"n-{number}") for number in range(200)))
        served.command.send(signal.SIGTERM)
        done = served.command.ended(10)
        assert (done.code, "nothing was lost" in done.err, "Traceback" in done.err) == (0, True, False)
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
    with place.up() as served:
        assert {served.outcome("api", answer["id"])["status"] for answer in answers} == {"decided"}
        served.command.send(signal.SIGINT)
        assert served.command.ended(10).code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_clean_within_seconds_and_nothing_is_lost(place: Place, number: signal.Signals) -> None:
    with place.up() as served:
        prepared(served)
        answers = served.publish(*(found(f"n-{at}") for at in range(500)))
        served.command.send(number)
        served.command.send(number)  # whoever is impatient does no harm
        done = served.command.ended(10)
    assert (done.code, "nothing was lost" in done.err, "Traceback" in done.err) == (0, True, False)
    assert {answer["status"] for answer in answers} == {"taken"}
    told = place.lotone("publish", "-", "--json", stdin=lines(*(found(f"n-{at}") for at in range(500))))
    assert told.json["outcomes"] == {"decided": 500}
    assert place.lotone("verify").code == 0


def test_a_signal_while_it_starts_leaves_nothing_running(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    with place.running("up", "--port", 0) as starting:
        until((tmp_path / "data" / "postgres" / "postmaster.pid").exists)
        starting.send(signal.SIGTERM)
        assert starting.ended().code != 0
        assert "Traceback" not in starting.err
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_a_port_that_is_taken_is_told_before_anything_starts(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = place.lotone("up", "--port", port)
    assert done.code == 1
    assert f"can't listen on 127.0.0.1:{port}" in done.err
    assert "--port" in done.err
    assert "starting" not in done.err
    done = place.lotone("up", "--host", "no.such.host.invalid", "--port", 0)
    assert (done.code, "set --host" in done.err, "Traceback" in done.err) == (1, True, False)
    assert place.lotone("up", "--port", 70_000).code == 1


def test_requests_that_come_while_it_ends_are_answered_or_not_taken(place: Place) -> None:
    with place.up() as served:
        prepared(served)
        served.command.send(signal.SIGTERM)
        answered = []
        for number in range(50):
            try:
                answer = served.http.post("/events", content=found(f"e-{number}"), headers=STRUCTURED)
            except httpx.TransportError:
                break
            if answer.status_code == 202:
                answered.append(f"e-{number}")
            else:
                problem(answer, 503)
        assert served.command.ended(10).code == 0
    told = place.lotone("publish", "-", "--json", stdin=lines(*(found(each) for each in answered)) or b"\n")
    assert told.json["outcomes"].get("decided", 0) == len(answered)


def test_the_installed_command_runs_and_ends_with_ctrl_c(place: Place) -> None:
    script = Path(sys.executable).with_name("lotone")
    with subprocess.Popen(
        [str(script), "up", "--port", "0"], env={"PATH": "/usr/bin:/bin", **place.environment}, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as up:  # fmt: skip
        assert up.stdout is not None
        assert READY.search(up.stdout.readline())
        up.send_signal(signal.SIGINT)
        _, err = up.communicate(timeout=PATIENCE)
    assert (up.returncode, "nothing was lost" in err) == (0, True)
