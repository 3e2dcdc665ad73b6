"""``lotone demo``: six weeks of the sample factory through everything, and what comes of it.

Nothing is staged: the same door, services, views and proofs as ``lotone up``, on a PostgreSQL of its own.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from infra.clock import set_clock
from infra.ledger.verify import verify
from infra.postgres import connect
from infra.proving import prove_cuts
from infra.replay import replay
from infra.sample.life.story import Day, Play
from infra.sample.life.tally import Tally
from infra.sample.weeks import BEGINS, weeks
from infra.settings import Settings
from projections.api.cli import boards, showing
from projections.api.cli.asking_why import print_why
from projections.api.cli.output import err, out, progress, table
from projections.api.cli.words import when
from projections.api.finding import streams_of
from projections.api.hosting import host
from projections.api.ledger_routes import rejected_line
from projections.api.staging import Stage
from projections.api.system import System, planning, services
from projections.rebuild import rebuild_views
from projections.stock_movements_queries import balance
from projections.views import VIEWS
from projections.why_queries import why

_PATIENCE: Final = 3600.0
"""Seconds the planner waits for quiet: it decides on a whole day, never on half of one."""
_SHOWN: Final = 12
"""Lines of a table that a newcomer reads."""


def show(folder: Path | None, serve: Callable[[System], None] | None) -> None:
    """Run the story in a folder (a temporary one unless given), print it, and serve it if asked to."""
    place = folder or Path(tempfile.mkdtemp(prefix="lotone-demo-"))
    clock = place / "clock"
    try:
        err.print("lotone: preparing a database (a few seconds)", markup=False)
        place.mkdir(parents=True, exist_ok=True)
        set_clock(clock, BEGINS)
        settings = Settings(data=place, port=0, intake_limit=1_000_000, clock_file=clock, planner_patience=_PATIENCE)
        with host(settings) as system:
            _story(system, clock)
            if serve is not None:
                serve(system)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def _story(system: System, clock: Path) -> None:
    began = time.perf_counter()
    out.rule("1. Master data, opening stock and lanes, from plain CSV files", align="left")
    play, tally = _play(system, clock)
    out.rule("2. Six weeks of a factory that builds cargo bicycles to order", align="left")
    _orders(play, tally)
    out.rule("3. What went wrong, and what the planner did about it", align="left")
    _troubles(play, tally)
    out.rule("4. What operations see", align="left")
    for what, id_ in (
        (boards.order, _changed_most(tally)),
        (showing.part, "MOTOR"),
        (showing.order, _an_order(system)),
    ):
        if found := what(system, id_):
            found.print()
    out.rule("5. Why the planner decided so (lotone why DECISION, or ORDER, or RUN)", align="left")
    _why(system, tally)
    out.rule("6. What upstream got wrong, and heard", align="left")
    _refusals(system)
    out.rule("7. What an auditor asks", align="left")
    _history(system, "MOTOR")
    _two_times(system, "MOTOR")
    out.rule("8. Proofs", align="left")
    _proofs(system)
    out.print(
        f"\nDone in {time.perf_counter() - began:.0f} s. Next: `lotone up`, then `lotone import DIRECTORY` and "
        "`lotone publish FILE`; the README says what each kind of user does.",
        markup=False,
    )


def _play(system: System, clock: Path) -> tuple[Play, Tally]:
    """Day by day, with a bar that tells how far it is."""
    story = weeks()
    tally, stage = Tally(story.zone), Stage(system, clock)
    with progress("master data", None) as bar:

        def each(day: Day) -> None:
            tally.add(day.number, day.events, day.facts)
            told = f"{day.evening:%a %d %b}, {day.open_orders:>2} orders open"
            bar.update(bar.task_ids[0], description=told, total=story.days, completed=day.number)

        play = Play(story, stage, each)
        play.begin()
        out.print(f"{sum(tally.events.values())} events: master data, stock, lanes, options and policy\n", markup=False)
        while not play.over:
            play.day()
        bar.update(bar.task_ids[0], total=play.number)
    return play, tally


def _orders(play: Play, tally: Tally) -> None:
    selling, facts = play.life.selling, sum(tally.facts.values())
    out.print(
        f"{play.number} days: {sum(tally.events.values())} events, {facts} facts. {selling.accepted} orders accepted, "
        f"{selling.refused} refused, {selling.completed} delivered, {selling.cancelled} cancelled.\n", markup=False,
    )
    late = tally.late(play.evening.date())
    rows = [
        (key, wish.what, *map(_day, (wish.wanted, wish.first, wish.last, wish.delivered)), late.get(key, ""))
        for key, wish in sorted(tally.wishes.items())
    ]
    table(
        "Orders, each built as its customer chose",
        ("order", "what", "wanted", "first promised", "last promised", "delivered", "late, because"), rows,
    )


def _changed_most(tally: Tally) -> str:
    """The order whose promise changed most often."""
    most = max(sorted(tally.wishes), key=lambda key: tally.wishes[key].changes)
    return most.split("/", 1)[0]


def _why(system: System, tally: Tally) -> None:
    if tally.telling is None:
        return
    with system.connections.connection() as connection:
        found = why(connection, system.ledger, tally.telling[2])
    if found is not None:
        print_why(found, full=False)


def _day(day: date | None) -> str:
    return f"{day:%d %b}" if day else "-"


_DID: Final = {
    "RequirementRerouted": "re-routed", "ShortageStated": "shortages stated", "PromiseChanged": "promises changed",
    "ReorderDecided": "reorders decided", "RunWithdrawn": "runs withdrawn", "DecisionProposed": "proposed",
    "RunReplanned": "runs moved", "TransferPlanned": "transfers planned",
}


def _troubles(play: Play, tally: Tally) -> None:
    rows = []
    for struck in play.life.trouble.struck:
        did = tally.days[struck.day + 1] if struck.day + 1 < len(tally.days) else {}
        told = ", ".join(f"{did[kind]} {word}" for kind, word in _DID.items() if did.get(kind))
        when = play.story.begins + timedelta(days=struck.day + 1)
        rows.append((f"{when:%a %d %b}", struck.step.NAME, struck.whom, told or "nothing had to change"))
    table("On the same day the planner decided, all troubles and orders together", (
        "day", "what happened", "to whom", "what was decided",
    ), rows)
    decisions = [(kind, count) for (domain, kind), count in tally.facts.most_common() if domain == "planning"]
    table("Facts of planning", ("fact", "how many"), decisions[:_SHOWN])


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
        (at.version, at.type, when(at.occurred_at), at.actor, f"{at.source} {at.cause}")
        for at in facts[-12:]
    ]
    table(
        f"The last facts of {place.stream} (lotone history {part} shows all)",
        ("#", "fact", "occurred", "who", "caused by"),
        rows,
    )


def _two_times(system: System, part: str) -> None:
    """A moment between a movement and its being told: as it was known then, and as it is known now."""
    facts = [
        at for place in streams_of(system, part) if place.domain == "inventory"
        for at in system.ledger.stream(place.domain, place.shard, place.stream)
        if at.type in ("StockReceived", "StockIssued", "StockTransferred")
    ]
    if not facts:
        return
    moment = max(facts, key=lambda at: at.recorded_at - at.occurred_at).occurred_at
    with system.connections.connection() as connection:
        then = balance(connection, part, recorded_until=moment)
        now = balance(connection, part, occurred_until=moment)
    rows = [
        (
            site,
            name,
            sum(bucket.on_hand for bucket in found.buckets if bucket.site == site),
            ", ".join(f"{at.account} {at.amount}" for at in found.accounts if at.site == site),
        )
        for site in sorted({at.site for at in (*then.accounts, *now.accounts)})
        for name, found in ((f"as known at {when(moment)}", then), ("as corrected since, for that moment", now))
    ]
    title = f"{part} has two times: when it happened, and when it was recorded"
    table(title, ("site", "asked", "on hand", "accounts"), rows)


def _decided_again(system: System) -> None:
    """Every message and every cut, from the record alone."""
    plan = planning()
    found = list(replay(system.ledger, system.queue, [*services(), plan.service]))
    cuts = list(prove_cuts(system.ledger, plan))
    wrong = [told for one in found for told in one.told] + [str(one.difference) for one in cuts if not one.equal]
    out.print(
        f"replay: {sum(one.messages for one in found)} messages and {len(cuts)} cuts of the planner decided again, "
        + (f"NOT ALL ALIKE: {wrong[0]}" if wrong else "all alike"), markup=False,
    )


def _proofs(system: System) -> None:
    report = verify(system.ledger)
    out.print(
        f"verify: {'whole' if report.ok else 'NOT WHOLE'}, {report.facts} facts, each chained to the one before",
        markup=False,
    )
    _decided_again(system)
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
