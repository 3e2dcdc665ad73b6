"""The undoing of an earlier event, posting by posting, as of the time it was said to have happened.

A reversal says that the event was wrong: it didn't happen as told. Material that physically comes back is
told as what it is. So where a bucket was counted after the event, the count had already seen that it
didn't happen: the stock on hand stays as counted, and the variance changes. A count that is undone stands
no more; the bucket falls back on the count before it, if there is one. Claims that the event fulfilled or
broke don't come back.

What can't be found may still come: the reversal waits for it. Only when it says itself that the event is
older than what is kept (``RETENTION``) is it recorded as a discrepancy at once.
"""

from typing import Any

from events.decision import Decided, Outcome, Park
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, Posted
from services.inventory.book import RETENTION, Details
from services.inventory.case import Case
from services.inventory.counting import counted_by
from services.inventory.recording import line_of
from services.inventory.settling import settled


def reverse(case: Case, body: m.Reversed) -> Outcome:
    """Undo an event, once."""
    event = body.of.key
    movement = case.state.movement(event)
    if movement is None:
        if body.happened_at is not None and body.happened_at < case.now - RETENTION:
            return _cannot(case, body, Discrepancy.FORGOTTEN)
        return Park((f"event/{body.of.source}@{body.of.id}",))
    if movement.fact == "MovementReversed":
        return _cannot(case, body, Discrepancy.REVERSAL)
    if movement.reversed:
        return Decided(())
    withdrawn = counted_by(case.state, event) if movement.fact in _STATEMENTS else ()
    about = {**case.about, "of": body.of, "undone": movement.fact, "happened_at": movement.happened_at}
    undone = [
        Posted(bucket=p.bucket.bucket(), account=p.account, amount=-p.amount, variance=p.variance)
        for p in movement.postings
    ]
    rest = undone[: movement.more[0].start] + undone[movement.more[-1].end :] if movement.more else undone
    facts = [f.MovementReversed(
        **about, **_told(movement.details), undone_fact=movement.fact_id, reason=body.reason,
        withdrawn=tuple(key.bucket() for key in withdrawn), postings=tuple(rest),
    )]
    facts += [
        f.MovementReversed(
            **about, **_told(one.details), undone_fact=one.fact_id, reason=body.reason,
            postings=tuple(undone[one.start : one.end]),
        )
        for one in movement.more
    ]
    return settled(case, facts, movement.happened_at, event)


_STATEMENTS = ("StockCounted", "StockOpened", "SnapshotTaken")


def _cannot(case: Case, body: m.Reversed, kind: Discrepancy) -> Decided:
    return Decided((f.DiscrepancyFound(**case.about, kind=kind, of=body.of),))


def _told(told: Details) -> dict[str, Any]:
    return {
        "amount": told.amount, "status": told.status, "line": line_of(told), "supplier": told.supplier,
        "receipt": told.receipt, "accepted": told.accepted, "rejected": told.rejected, "run": told.run,
        "shipment": told.shipment, "transfer": told.transfer, "other_site": told.other_site, "short": told.short,
    }
