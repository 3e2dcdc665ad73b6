"""Who asks a process how it is may do as he likes: its log stays a log."""

import io
import socket
import struct
import threading
from collections.abc import Sequence

import httpx
import orjson
import pytest
import structlog

from infra.exposing import exposed
from infra.settings import read_settings
from tests.integration.processes import until

PERSON = "Ada Lovelace"


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answering() -> bool:
    return any("process_request_thread" in thread.name for thread in threading.enumerate())


def test_whoever_hangs_up_is_no_error_and_what_is_one_is_told_without_a_word_of_anyone(
    capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    asked, gone, log = threading.Event(), threading.Event(), io.StringIO()

    def troubles() -> Sequence[str]:
        asked.set()
        assert gone.wait(30)
        return ["an answer that nobody waits for"]

    def fails() -> Sequence[str]:
        raise KeyError(PERSON)

    settings, before = read_settings(metrics_port=port()), structlog.get_config()
    factory = structlog.WriteLoggerFactory(log)
    structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=factory)
    request.addfinalizer(lambda: structlog.configure(**before))
    with exposed(settings, troubles), socket.create_connection(("127.0.0.1", settings.metrics_port)) as asker:
        asker.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert asked.wait(30)
        asker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asker.close()
        gone.set()
        until(lambda: not answering())
    assert log.getvalue() == ""
    with exposed(settings, fails), pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{settings.metrics_port}/healthz")
    until(lambda: not answering())
    [line] = log.getvalue().splitlines()
    assert orjson.loads(line)["why"].startswith("KeyError at ")
    assert PERSON not in line
    assert capsys.readouterr() == ("", "")
