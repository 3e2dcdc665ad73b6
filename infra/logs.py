"""How this process logs: what happened and the ids of what it happened to, and never what an event says.

The naive way logs an exception's text. But a validation error quotes the value it didn't like, a database quotes the
row, and a traceback ends with both: so what upstream said of a person stands in a log, outside every key. Here an error
is told by ``told``: our own errors by their text, which we have written; all others by their kind and where they rose.

What other libraries log passes the same door, and so does what nobody caught.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from pydantic import ValidationError
from structlog.typing import EventDict, Processor

from infra.errors import Conflict, Corrupt, Fenced, Misfit, NoKafka, Poison, Transient
from infra.settings import Settings

_OURS: Final = (Conflict, Corrupt, Fenced, Misfit, NoKafka, Transient)
_FRAMES: Final = 6


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """From now on, to standard error, as ``LOTONE_LOG_LEVEL`` and ``LOTONE_LOG_FORMAT`` say."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    out = stream or sys.stderr
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=lambda *_: None)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Factory(out),
        cache_logger_on_first_use=False,
    )
    _take_over()


def told(error: BaseException) -> str:
    """An error without a word of what an event says.

    >>> told(Misfit("set LOTONE_SHARDS")), told(KeyError("Ada Lovelace"))
    ('Misfit: set LOTONE_SHARDS', 'KeyError')
    """
    name = type(error).__name__
    if isinstance(error, _OURS) or type(error) is RuntimeError:  # those we raise say what to do
        return f"{name}: {error}"
    if isinstance(error, ValidationError):
        kinds = sorted({one["type"] for one in error.errors(include_input=False)})  # a field may be named after anyone
        return f"{name} in {error.title}: {', '.join(kinds[:5])}"
    if isinstance(error, Poison):
        name = f"{name}: something that can't be stored"
    state = getattr(error, "sqlstate", None)
    where = _where(error.__traceback__)
    return " ".join(part for part in (name, state and f"({state})", where and f"at {where}") if part)


def _where(trace: TracebackType | None) -> str:
    """Where it rose, ours first to last, without the values that were there."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return " < ".join(f"{'/'.join(one.filename.split('/')[-3:])}:{one.lineno}" for one in reversed(frames))


class _Named:
    """Writes lines, and knows its logger's name."""

    def __init__(self, name: str, out: TextIO) -> None:
        self.name, self._out = name, out

    def msg(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()

    debug = info = warning = error = critical = log = msg


class _Factory:
    """Makes them."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, *names: Any) -> _Named:
        return _Named(str(names[0]) if names else "lotone", self._out)


class _Passing(logging.Handler):
    """What libraries log, with their errors told as ours are."""

    def emit(self, record: logging.LogRecord) -> None:
        event: EventDict = {}
        if record.exc_info and record.exc_info[1] is not None:
            event["error"] = told(record.exc_info[1])
        given = record.args
        if isinstance(given, tuple):
            record.args = tuple(told(one) if isinstance(one, BaseException) else one for one in given)
        line = str(record.msg) if isinstance(record.msg, str) else type(record.msg).__name__
        try:
            line = record.getMessage() if isinstance(record.msg, str) else line
        except (TypeError, ValueError):
            event["unformatted"] = True
        level = "warning" if record.levelno < logging.ERROR else "error"
        getattr(structlog.get_logger(record.name), level)(line.splitlines()[0] if line else "", **event)


def _take_over() -> None:
    root = logging.getLogger()
    root.handlers[:] = [_Passing(logging.WARNING)]
    root.setLevel(logging.WARNING)
    log = structlog.get_logger("lotone")

    def nobody_caught(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.error("ended by an error", error=told(error))

    def in_a_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and found.exc_type is not SystemExit:
            name = found.thread.name if found.thread else ""
            log.error("a thread ended by an error", thread=name, error=told(found.exc_value))

    sys.excepthook = nobody_caught
    threading.excepthook = in_a_thread
