"""lotone up, demo and settings."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn

from infra import logs, production
from infra.embedded import NotStarted
from infra.errors import Corrupt, Fenced, Misfit, NoKafka, Transient
from infra.settings import Settings, read_settings
from infra.store import store
from projections.api.app import build
from projections.api.cli.output import AsJson, err, json, out, pairs
from projections.api.hosting import host
from projections.api.system import Front, fronting

_SWITCH = 0.0005
"""Seconds a thread may keep the interpreter while others wait. By default 5 ms, which every publisher would wait."""
_LOOK = 5
"""Ticks of the server, a tenth of a second each, between looks at whether everything still runs."""


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.command()(up)
    app.command()(api)
    app.command()(demo)
    app.command("settings")(settings)


def up(
    data: Annotated[Path | None, typer.Option(help="The data folder.")] = None,
    port: Annotated[int | None, typer.Option(help="The API's port; 0 takes a free one.")] = None,
    host_: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
) -> None:
    """Run everything in one process: database, intake, services, views and API. Ctrl-C stops it clean; when a part of
    it can't go on it all stops, and says why."""
    settings = read_settings(data=data, port=port, host=host_)
    sys.setswitchinterval(_SWITCH)
    with _logged(settings) as say, _listening(settings) as listener:
        say("starting (the first start prepares a database and takes a few seconds)")
        with host(settings) as system:
            production.warn(system)
            _serve(system, listener)


def api(
    port: Annotated[int | None, typer.Option(help="The API's port; 0 takes a free one.")] = None,
    host_: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
) -> None:
    """Serve only the API: it takes events into Kafka, and answers from the views that other processes fold. As many of
    them as you like. Ctrl-C stops it clean."""
    settings = read_settings(port=port, host=host_)
    if settings.kafka_bootstrap is None:
        raise Misfit("the API alone hands events to other processes: set LOTONE_KAFKA_BOOTSTRAP, or run lotone up")
    with _logged(settings), _listening(settings) as listener, store(settings) as base, fronting(base) as front:
        production.warn(base)
        _serve(front, listener)


@contextmanager
def _logged(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Log as the settings say until the block ends, and say how it ended: to a machine, what a person is told in
    sentences is told in the log too."""
    logs.configure(settings)
    log, machine = structlog.get_logger("lotone"), settings.log_format == "json"

    def say(what: str) -> None:
        if machine:
            log.info(what)
        else:
            err.print(f"lotone: {what}", markup=False)

    try:
        yield say
    except (NotStarted, NoKafka, Misfit, Transient, Fenced, Corrupt) as error:
        if not machine:
            raise
        log.error("ended by an error", error=f"{type(error).__name__}: {error}")
        raise typer.Exit(2 if isinstance(error, Corrupt) else 1) from None
    say("stopped; nothing was lost")


def serve(system: Front) -> None:
    """Serve the API until a signal ends it."""
    with _listening(system.settings) as listener:
        _serve(system, listener)


def _listening(settings: Settings) -> socket.socket:
    """The API's own socket, had before anything is started: who can't have it starts nothing."""
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise Misfit(f"{where} is nothing to listen on ({error}): set --host or LOTONE_HOST") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise Misfit(
            f"can't listen on {where} ({error.strerror}): set another --port (0 takes a free one) or --host, or stop "
            "what listens there"
        ) from None
    return listener


def _serve(system: Front, listener: socket.socket) -> None:
    config = uvicorn.Config(
        build(system),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
    )
    server = _Server(config, system)
    server.run([listener])
    if server.failures:
        raise Transient(
            f"stopped, because it can't go on: {'; '.join(server.failures)}. What was taken is kept: mend that, and "
            "start it again"
        )


class _Server(uvicorn.Server):
    """Says when it is ready, and where. A signal to end is its ordinary end, not an error to pass on. It also ends when
    a part of the system has stopped: half a system would take events that nobody decides."""

    def __init__(self, config: uvicorn.Config, system: Front) -> None:
        super().__init__(config)
        self.failures: list[str] = []
        self._system = system

    async def on_tick(self, counter: int) -> bool:
        if counter % _LOOK == 0 and not self.should_exit and (failures := self._system.failures()):
            self.failures, self.should_exit = failures, True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            where = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            out.print(f"lotone: ready on {where}  (API and examples: {where}/docs)", markup=False)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Until the process has left everything in order, further signals only hurry the server on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep the demo's data in this folder instead of a temporary one.")
    ] = None,
    serve_: Annotated[
        bool, typer.Option("--serve", help="Afterwards serve the API on the demo's data, until Ctrl-C.")
    ] = False,
) -> None:
    """Show it all on a small factory of our own: six weeks of orders and troubles, what was decided, and the proofs."""
    from projections.api.demo import show

    logs.configure(read_settings(log_level="warning"))
    show(data, serve if serve_ else None)


def settings(as_json: AsJson = False) -> None:
    """Every setting: its environment variable, its value now, and what it means."""
    found = read_settings()
    rows = {
        f"LOTONE_{name.upper()}": {"value": str(getattr(found, name)), "meaning": field.description or ""}
        for name, field in Settings.model_fields.items()
    }
    if as_json:
        json(rows)
    else:
        pairs("Settings", {name: f"{row['value']:<12}  {row['meaning']}" for name, row in rows.items()})
