"""What is logged: what happened and to which ids, and never what an event says, whatever goes wrong."""

import io
import logging
import sys
import threading
from collections.abc import Iterator

import orjson
import psycopg
import pytest
import structlog
from pydantic import ValidationError

from events.orders.messages import PlaceOrder
from infra import logs
from infra.errors import Corrupt, Misfit, Poison, Transient
from infra.settings import Settings

NAME = "Ada Lovelace"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What is logged in JSON while the test runs; everything is as it was afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    told = io.StringIO()
    logs.configure(Settings(log_format="json", log_level="debug"), told)
    yield told
    structlog.configure(**before)
    root.handlers[:], (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)


def unfit() -> ValidationError:
    with pytest.raises(ValidationError) as found:
        PlaceOrder.model_validate({"number": [NAME], NAME: 1})
    return found.value


@pytest.mark.parametrize(
    "error",
    [
        KeyError(NAME), ValueError(f"no such {NAME}"), Poison(f"refused: {NAME}"), psycopg.DataError(NAME),
        psycopg.errors.UniqueViolation(f"Key (id)=({NAME}) already exists"), unfit(),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_an_error_is_told_without_what_it_quotes(error: BaseException) -> None:
    told = logs.told(error)
    assert told.startswith(type(error).__name__)
    assert "Lovelace" not in told


@pytest.mark.parametrize("error", [Misfit("set X"), Transient("wait for X"), Corrupt("orders", 1, 2, "look at X")])
def test_our_own_errors_are_told_in_our_words(error: Exception) -> None:
    assert logs.told(error).endswith(str(error))


def test_where_an_error_rose_is_told() -> None:
    with pytest.raises(KeyError) as found:
        raise KeyError(NAME)
    assert "unit/test_logs.py:" in logs.told(found.value)


def test_a_line_says_what_when_where_and_how_bad(out: io.StringIO) -> None:
    structlog.get_logger("lotone.engine").warning("claiming again", why="x", shard=3)
    told = orjson.loads(out.getvalue())
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "event": "claiming again", "level": "warning", "logger": "lotone.engine", "why": "x", "shard": 3,
    }  # fmt: skip


def test_what_libraries_log_of_an_error_is_told_as_ours_is(out: io.StringIO) -> None:
    try:
        raise ValueError(NAME)
    except ValueError as error:
        logging.getLogger("mode.worker").exception("crashed: %r", error)
        logging.getLogger("aiokafka").error("%s", "no broker\nTraceback of " + NAME)
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    assert [line["logger"] for line in lines] == ["mode.worker", "aiokafka"]
    assert lines[1]["event"] == "no broker"
    assert "Lovelace" not in out.getvalue()


def test_what_nobody_caught_is_told_without_its_words(out: io.StringIO) -> None:
    def work() -> None:
        raise KeyError(NAME)

    thread = threading.Thread(target=work, name="engine")
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(NAME), None)
    first, second = map(orjson.loads, out.getvalue().splitlines())
    assert (first["event"], first["thread"]) == ("a thread ended by an error", "engine")
    assert second["error"] == "ValueError"
    assert "Lovelace" not in out.getvalue()
