"""``lotone demo``: the sample factory's master data and fortnight through everything, and what comes of it.

Nothing is staged: the same door, services, views and proofs as ``lotone up``, on a PostgreSQL of its own.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson

from infra.importing import read_directory
from infra.ledger.verify import verify
from infra.postgres import connect
from infra.sample import DIRECTORY, days
from infra.settings import Settings
from projections.api.cli import showing
from projections.api.cli.output import err, out, table
from projections.api.cli.taking import Report, numbered, published
from projections.api.finding import streams_of
from projections.api.hosting import host
from projections.api.ledger_routes import rejected_line
from projections.api.system import System
from projections.rebuild import rebuild_views
from projections.stock_movements_queries import balance
from projections.views import VIEWS

_COUNTED: Final = "SPOKE"
"""The part that the fortnight counts while an issue hasn't been told yet."""


def show(folder: Path | None, serve: Callable[[System], None] | None) -> None:
    """Run the story in a folder (a temporary one unless given), print it, and serve it if asked to."""
    place = folder or Path(tempfile.mkdtemp(prefix="lotone-demo-"))
    try:
        err.print("lotone: preparing a database (a few seconds)", markup=False)
        with host(Settings(data=place, port=0, intake_limit=1_000_000)) as system:
            _story(system)
            if serve is not None:
                serve(system)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def _story(system: System) -> None:
    began = time.perf_counter()
    out.rule("1. Master data and opening stock, from plain CSV files", align="left")
    _said(published(system, numbered(orjson.dumps(event) for event in read_directory(DIRECTORY).events)))
    out.rule("2. A fortnight of a factory that builds cargo bicycles to order, as its systems tell it", align="left")
    fortnight = [[orjson.dumps(event) for event in day] for day in days()]
    _said(published(system, (), total=sum(map(len, fortnight)), days=fortnight))
    out.rule("3. What operations see", align="left")
    for what, id_ in (
        (showing.part, "SADDLE"),
        (showing.order, _an_order(system)),
        (showing.supplier, _a_supplier(system)),
    ):
        if found := what(system, id_):
            found.print()
    out.rule("4. What upstream got wrong, and heard", align="left")
    _refusals(system)
    out.rule("5. What an auditor asks", align="left")
    _history(system, _COUNTED)
    _two_times(system, _COUNTED)
    out.rule("6. Proofs", align="left")
    _proofs(system)
    out.print(
        f"\nDone in {time.perf_counter() - began:.0f} s. Next: `lotone up`, then `lotone import DIRECTORY` and "
        "`lotone publish FILE`; the README says what each kind of user does.",
        markup=False,
    )


def _said(report: Report) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.outcomes.items()))
    invalid = f", {len(report.refused)} invalid" if report.refused else ""
    out.print(f"{len(report.taken) + len(report.refused)} events: {counts}{invalid}\n", markup=False)


def _one(system: System, query: str) -> str:
    with system.connections.connection() as connection:
        row = connection.execute(query.encode()).fetchone()
    return str(row[0]) if row else ""


def _an_order(system: System) -> str:
    """The order of which most was rejected."""
    return _one(
        system,
        "SELECT number FROM lotone.purchase_order_line GROUP BY number ORDER BY sum(rejected) DESC, number LIMIT 1",
    )


def _a_supplier(system: System) -> str:
    """The supplier of most receipts."""
    return _one(
        system,
        "SELECT supplier FROM lotone.supplier_record GROUP BY supplier ORDER BY sum(receipts) DESC, supplier LIMIT 1",
    )


def _refusals(system: System) -> None:
    lines = [rejected_line(found) for found in system.ledger.rejected()]
    rows = [(line.number, line.source, line.id, p.field, p.problem, p.remedy) for line in lines for p in line.problems]
    table(
        "Rejected: the bytes are kept (lotone rejected show N), and each field says what would be right",
        ("number", "source", "id", "field", "problem", "what to do"),
        [tuple(_short(cell) for cell in row) for row in rows],
    )


def _short(cell: object) -> str:
    text = str(cell)
    return text if len(text) <= 60 else text[:59] + "…"


def _history(system: System, part: str) -> None:
    place = next(place for place in streams_of(system, part) if place.domain == "inventory")
    facts = system.ledger.stream(place.domain, place.shard, place.stream)
    rows = [
        (at.version, at.type, at.occurred_at.strftime("%d %b %H:%M"), at.actor, f"{at.source} {at.cause}")
        for at in facts[-12:]
    ]
    table(
        f"The last facts of {place.stream} (lotone history {part} shows all)",
        ("#", "fact", "occurred", "who", "caused by"),
        rows,
    )


def _two_times(system: System, part: str) -> None:
    """The same evening, as it was known then and as it is known now."""
    place = next(place for place in streams_of(system, part) if place.domain == "inventory")
    facts = system.ledger.stream(place.domain, place.shard, place.stream)
    before = next((at for at in facts if at.type == "StockCounted"), facts[-1])
    with system.connections.connection() as connection:
        then = balance(connection, part, recorded_until=before.recorded_at)
        now = balance(connection, part, occurred_until=before.occurred_at)
    rows = [
        (
            name,
            sum(bucket.on_hand for bucket in found.buckets),
            ", ".join(f"{at.account} {at.amount}" for at in found.accounts),
        )
        for name, found in (
            (f"as known at fact {before.version}", then),
            (f"as corrected since, at {before.occurred_at:%d %b %H:%M}", now),
        )
    ]
    table(f"{part} has two times: when it happened, and when it was recorded", ("asked", "on hand", "accounts"), rows)


def _proofs(system: System) -> None:
    report = verify(system.ledger)
    out.print(
        f"verify: {'whole' if report.ok else 'NOT WHOLE'}, {report.facts} facts, each chained to the one before",
        markup=False,
    )
    for found in rebuild_views(system.dsn, system.ledger, VIEWS, prove=True):
        equal = "equal, row by row" if found.equal else f"NOT EQUAL: {found.difference}"
        out.print(f"rebuild {found.view}: {found.rows} rows from {found.facts} facts, {equal}", markup=False)
    with connect(system.dsn) as connection:
        facts = "SELECT domain, shard, position, actor FROM lotone.fact WHERE domain = 'inventory'"
        row = connection.execute(f"{facts} ORDER BY shard, position LIMIT 1 OFFSET 41".encode()).fetchone()
        assert row is not None
        domain, shard, position, actor = row
        forge = "UPDATE lotone.fact SET actor = %s WHERE (domain, shard, position) = (%s, %s, %s)"
        connection.execute(forge, ["somebody-else", domain, shard, position])
        told = verify(system.ledger).wrong
        connection.execute(forge, [actor, domain, shard, position])
    out.print(
        f"forged: in the database, we made somebody else the actor of one fact; verify says: {told[0]}", markup=False
    )
    out.print(f"undone: verify says {'whole' if verify(system.ledger).ok else 'NOT WHOLE'}", markup=False)
