"""lotone health: for people, and for those who watch over containers."""

from socket import gethostname
from typing import Annotated

import typer

from infra.errors import Misfit
from infra.postgres import connect, guarded
from infra.presence import present
from infra.settings import read_settings
from infra.store import store
from projections.api.cli.output import AsJson, err, json, out, table
from projections.api.hosting import hosted
from projections.api.readiness import Readiness, readiness


def add_to(app: typer.Typer) -> None:
    """Join this command to the command line."""
    app.command()(health)


def health(
    role: Annotated[
        str | None,
        typer.Argument(
            help="Only whether a process of this role runs on this host and has no troubles: api, catalogue, orders, "
            "inventory, suppliers, logistics, planner, projections or relay."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether everything that should run does, and how far each part is behind. The exit code is 1 when something
    doesn't."""
    if role is not None:
        _here(role)
        return
    with store(read_settings()) as base:
        found = readiness(base)
        if base.settings.kafka_bootstrap is None and not hosted(base):
            found = found.model_copy(update={"ready": False, "failures": [*found.failures, "nobody runs lotone up"]})
    json(found) if as_json else _print(found)
    if not found.ready:
        raise typer.Exit(1)


def _here(role: str) -> None:
    dsn = read_settings().postgres_dsn
    if dsn is None:
        raise Misfit("processes say in PostgreSQL that they run: set LOTONE_POSTGRES_DSN, or ask lotone up's /readyz")
    with guarded("asking who runs"), connect(dsn.get_secret_value()) as connection:
        found = [one for one in present(connection, role) if one.host == gethostname()]
    for told in [told for one in found for told in one.troubles] or ([] if found else ["it isn't heard of"]):
        err.print(f"lotone: {role}: {told}", markup=False)
    if not found or any(one.troubles for one in found):
        raise typer.Exit(1)


def _print(found: Readiness) -> None:
    rows = [(one.role, one.host, one.pid, ", ".join(one.holds), "; ".join(one.troubles)) for one in found.processes]
    if rows:
        table("Processes", ("role", "host", "process", "in charge of", "troubles"), rows)
    behind = [(view.view, view.behind_facts, f"{view.behind_seconds:.1f}") for view in found.views]
    behind += [(name, facts, "") for name, facts in found.behind.items()]
    table("Behind the ledger", ("reader", "facts", "seconds"), behind)
    table("Not decided yet", ("shard", "messages"), list(found.backlog.items()))
    for told in found.failures:
        err.print(f"NOT READY: {told}", markup=False)
    if found.ready:
        out.print("ready", markup=False)
