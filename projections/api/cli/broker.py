"""lotone kafka up, down and status: a broker for those who have none."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from infra.settings import read_settings
from infra.store import store
from projections.api.cli.output import AsJson, json, out, table

Folder = Annotated[Path | None, typer.Option("--data", help="The data folder; the brokers lie in its folder kafka.")]

app = typer.Typer(no_args_is_help=True, help="Apache Kafka on this machine's Java, on loopback, for who has none.")


def add_to(parent: typer.Typer) -> None:
    """Join these commands to the command line."""
    parent.add_typer(app, name="kafka")


@app.command()
def up(
    data: Folder = None,
    nodes: Annotated[int, typer.Option(min=1, max=3, help="1, or 3 with three copies of everything.")] = 1,
) -> None:
    """Start the brokers, or join those that run. Prints the address for LOTONE_KAFKA_BOOTSTRAP."""
    from infra.kafka.cluster import Cluster

    cluster = Cluster(read_settings(data=data).data / "kafka")
    cluster.up(nodes)
    out.print(cluster.bootstrap, markup=False)


@app.command()
def down(data: Folder = None) -> None:
    """End the brokers. What they hold stays."""
    from infra.kafka.cluster import Cluster

    Cluster(read_settings(data=data).data / "kafka").down()


@app.command()
def status(data: Folder = None, as_json: AsJson = False) -> None:
    """The brokers of a data folder; the exit code is 1 unless all of them run."""
    from infra.kafka.cluster import Cluster

    nodes = Cluster(read_settings(data=data).data / "kafka").nodes()
    rows = [
        {"node": node.id, "address": f"127.0.0.1:{node.port}", "process": node.pid, "runs": node.alive}
        for node in nodes
    ]
    if as_json:
        json(rows)
    elif rows:
        table("Brokers", list(rows[0]), [list(row.values()) for row in rows])
    else:
        out.print("no broker was ever started in this folder: lotone kafka up", markup=False)
    if not rows or not all(node.alive for node in nodes):
        raise typer.Exit(1)


@app.command()
def carry(
    old: Annotated[str, typer.Option("--from", metavar="PREFIX", help="What LOTONE_KAFKA_PREFIX was before.")],
    as_json: AsJson = False,
) -> None:
    """Begin a new epoch: bring what stands in the old topics and wasn't taken into the new ones. Run it once nothing of
    this ledger runs any more, with LOTONE_KAFKA_PREFIX set to a new prefix; then start everything with that."""
    from infra.kafka.carrying import carry as carried

    with store(read_settings(kafka_new_epoch=True)) as base:
        done = carried(base, old)
    if as_json:
        json(asdict(done))
    else:
        out.print(
            f"carried {done.events} events and {done.commands} commands; {done.refused} were refused, and "
            f"{done.orphans} commands left behind, whose facts are gone",
            markup=False,
        )
