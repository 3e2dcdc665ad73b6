"""lotone show, history and tail: what there is, how it came to be, and what is happening."""

import threading
from collections.abc import Iterator
from typing import Annotated

import typer

from events.decision import Recorded
from infra.ending import when_told_to_end
from infra.ledger.port import ShardId
from infra.settings import read_settings
from infra.store import Store, store
from projections.api.cli import boards, showing
from projections.api.cli.output import AsJson, Domain, err, json, json_line, known_domain, out, table
from projections.api.cli.words import when
from projections.api.finding import streams_of
from projections.api.outcomes import fact_line

show = typer.Typer(no_args_is_help=True, help="What there is now: of an order, a run, a shipment, a decision, a part …")


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.add_typer(show, name="show")
    app.command()(history)
    app.command()(tail)


@show.command("part")
def show_part(id: Annotated[str, typer.Argument(help="The part's id.")], as_json: AsJson = False) -> None:
    """Stock by status and place, what is allocated, available, on order and in transit."""
    _shown(showing.part, id, as_json)


@show.command("order")
def show_order(id: Annotated[str, typer.Argument(help="The order's number.")], as_json: AsJson = False) -> None:
    """A customer's order: wanted, promised, state, runs, what is short, the as-ordered bill. Or a purchase order."""
    _shown(boards.order, id, as_json)


@show.command("purchase")
def show_purchase(
    id: Annotated[str, typer.Argument(help="The purchase order's number.")], as_json: AsJson = False
) -> None:
    """A purchase order's lines: ordered, open, received, accepted, rejected, promised."""
    _shown(showing.order, id, as_json)


@show.command("run")
def show_run(id: Annotated[str, typer.Argument(help="The run's id.")], as_json: AsJson = False) -> None:
    """A run: what it needs and what serves that, when; what was built in; what came out."""
    _shown(boards.run, id, as_json)


@show.command("shipment")
def show_shipment(id: Annotated[str, typer.Argument(help="The shipment's id.")], as_json: AsJson = False) -> None:
    """A shipment: where it is, when it is expected, what of each line is in transit, arrived or lost."""
    _shown(boards.shipment, id, as_json)


@show.command("decision")
def show_decision(id: Annotated[str, typer.Argument(help="The decision's number.")], as_json: AsJson = False) -> None:
    """A decision: what was chosen, what else was possible, and why that lost."""
    _shown(boards.decision, id, as_json)


@show.command("supplier")
def show_supplier(id: Annotated[str, typer.Argument(help="The supplier's id.")], as_json: AsJson = False) -> None:
    """A supplier's record: lead times, lateness, fill rate, rejects, and their definitions."""
    _shown(showing.supplier, id, as_json)


def _shown(what: showing.Show, id_: str, as_json: bool) -> None:
    with store(read_settings()) as base:
        found = what(base, id_)
    if found is None:
        err.print(f"lotone: nothing is known of {id_!r}; lotone history {id_} looks in the record itself", markup=False)
        raise typer.Exit(1)
    if as_json:
        json(found.data)
    else:
        found.print()


def history(
    id: Annotated[
        str, typer.Argument(help="A part, order or supplier, or a whole stream such as stock/SADDLE-1@plant.")
    ],
    full: Annotated[bool, typer.Option("--full", help="With each fact's payload.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every fact of a thing: what, when it happened, when it was recorded, who said so, and caused by which event."""
    with store(read_settings()) as base:
        places = streams_of(base, id)
        found = [(place, base.ledger.stream(place.domain, place.shard, place.stream)) for place in places]
    if not found:
        err.print(
            f"lotone: no stream tells of {id!r}; was it ever published? lotone rejected list, lotone parked",
            markup=False,
        )
        raise typer.Exit(1)
    if as_json:
        json([fact_line(at) for _, facts in found for at in facts])
        return
    for place, facts in found:
        rows = [_row(at, full) for at in facts]
        table(
            f"{place.domain}: {place.stream}",
            ("#", "fact", "occurred", "recorded", "actor", "cause", *(("data",) if full else ())),
            rows,
        )


def _row(at: Recorded, full: bool) -> tuple[object, ...]:
    times = (when(at.occurred_at, seconds=True), when(at.recorded_at, seconds=True))
    row = (at.version, at.type, *times, at.actor, f"{at.source} {at.cause}")
    return (*row, at.data.decode()) if full else row


def tail(
    domain: Domain = None,
    last: Annotated[int, typer.Option(min=0, help="Begin so many facts back in each shard.")] = 5,
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
    as_json: AsJson = False,
) -> None:
    """Facts as they are recorded, one a line."""
    known_domain(domain)
    ending = threading.Event()
    # An exception could be raised, and swallowed, in the midst of somebody else's clean-up: a flag can't.
    when_told_to_end(ending.set)
    with store(read_settings()) as base:
        for at in _tailed(base, domain, last, ending if follow else None):
            if as_json:
                json_line(fact_line(at))
            else:
                recorded = when(at.recorded_at, seconds=True)
                out.print(f"{recorded}  {at.id:<22} {at.type:<28} {at.stream}  by {at.actor}", markup=False)


def _tailed(base: Store, domain: str | None, last: int, ending: threading.Event | None) -> Iterator[Recorded]:
    """Until the end is told; without one, just what there is."""
    places: dict[ShardId, int] = {
        place: max(0, head.position - last) for place, head in base.ledger.heads().items() if domain in (None, place[0])
    }
    while True:
        for place, head in sorted(base.ledger.heads().items()):
            if place in places and head.position > places[place]:
                yield from base.ledger.scan(*place, places[place], head.position)
                places[place] = head.position
        if ending is None or ending.wait(0.2):
            return
