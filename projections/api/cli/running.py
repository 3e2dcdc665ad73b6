"""lotone up, demo and settings."""

import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn

from infra.settings import Settings
from projections.api.app import build
from projections.api.cli.output import AsJson, err, json, out, pairs
from projections.api.hosting import host
from projections.api.system import System

_SWITCH = 0.0005
"""Seconds a thread may keep the interpreter while others wait. By default 5 ms, which every publisher would wait."""


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.command()(up)
    app.command()(demo)
    app.command("settings")(settings)


def up(
    data: Annotated[Path | None, typer.Option(help="The data folder.")] = None,
    port: Annotated[int | None, typer.Option(help="The API's port; 0 takes a free one.")] = None,
    host_: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
) -> None:
    """Run everything in one process: database, intake, services, views and API. Ctrl-C stops it clean."""
    chosen = {"data": data, "port": port, "host": host_}
    settings = Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
    _logs(settings.log_level)
    sys.setswitchinterval(_SWITCH)
    err.print("lotone: starting (the first start prepares a database and takes a few seconds)", markup=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what systemd and docker send ends it as Ctrl-C does
    with host(settings) as system, suppress(KeyboardInterrupt):  # uvicorn ends first, and raises the signal again
        serve(system)
    err.print("lotone: stopped; nothing was lost", markup=False)


def serve(system: System) -> None:
    """Serve the API until a signal ends it."""
    settings = system.settings
    config = uvicorn.Config(
        build(system),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config)
    server.run()


class _Server(uvicorn.Server):
    """Says when it is ready, and where."""

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        for server in self.servers:
            for found in server.sockets:
                host, port = found.getsockname()[:2]
                out.print(
                    f"lotone: ready on http://{host}:{port}  (API and examples: http://{host}:{port}/docs)",
                    markup=False,
                )


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep the demo's data in this folder instead of a temporary one.")
    ] = None,
    serve_: Annotated[
        bool, typer.Option("--serve", help="Afterwards serve the API on the demo's data, until Ctrl-C.")
    ] = False,
) -> None:
    """Show it all on a small factory of our own: import, a fortnight of events, the views, and the proofs."""
    from projections.api.demo import show

    _logs("warning")
    show(data, serve if serve_ else None)


def settings(as_json: AsJson = False) -> None:
    """Every setting: its environment variable, its value now, and what it means."""
    found = Settings()
    rows = {
        f"LOTONE_{name.upper()}": {"value": str(getattr(found, name)), "meaning": field.description or ""}
        for name, field in Settings.model_fields.items()
    }
    if as_json:
        json(rows)
    else:
        pairs("Settings", {name: f"{row['value']:<12}  {row['meaning']}" for name, row in rows.items()})


def _logs(level: str) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()])
    )
