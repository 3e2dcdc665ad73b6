"""Decisions: the worklist of those that wait for a person, all others by kind, order, part and status, each with its
ways, their figures and why each lost; the policy they follow, and the cuts they were taken at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from projections.decisions import CUT, DECISION, DECISIONS, POLICY, WORD, Decision
from projections.listing import Listing, each, told
from projections.pegging import PEGGING
from projections.planning.world.plan import FIRST_POLICY
from projections.queries import (
    Answer,
    At,
    Connection,
    Number,
    Page,
    Where,
    cursor_of,
    fetch,
    limited,
    place_of,
    reading,
)
from projections.run_board import RUN_BOARD

_DECISIONS, _WORDS, _POLICIES, _CUTS = Listing(DECISION), Listing(WORD), Listing(POLICY), Listing(CUT)
_URGENCY: Final = "(coalesce(needed_by, 'infinity'::timestamptz), -coalesce(value, 0), decision)"
_VALUE: Final = "(-coalesce(value, 0), coalesce(needed_by, 'infinity'::timestamptz), decision)"


class WayLine(Answer):
    """One way to do it, with its figures. ``why`` is why it wasn't gone; ``by``: how much dearer, or how many hours
    later; ``until``: when the obstacle is expected to end. Cost is landed, in the policy's currency, lateness left out.
    """

    option: int
    kind: str
    part: str
    amount: Number | None = None
    supply: str | None = None
    supplier: str | None = None
    from_site: str | None = None
    lanes: tuple[str, ...] = ()
    available_at: datetime | None = None
    due: str | None = None
    order_by: str | None = None
    cost: Number | None = None
    late_hours: int = 0
    why: str | None = None
    by: Number | None = None
    until: datetime | None = None


class WordLine(Answer):
    """What was proposed, said or done about a decision. ``not_followed``: a person's word couldn't be, and why."""

    what: str
    option: int | None
    reason: str | None
    problems: list[dict[str, Any]]
    actor: str
    at: datetime


class DecisionLine(Answer):
    """A decision. ``status``: ``proposed`` waits for a person; ``decided``, ``approved``, ``refused``, ``overridden``,
    ``withdrawn``. ``word`` is what a person said that still stands. ``why`` says why it was proposed."""

    decision: str
    kind: str
    subject: str
    part: str
    site: str
    unit: str
    amount: Number | None
    short: Number | None
    needed_by: datetime | None
    status: str
    word: str | None
    option: int | None
    value: Number | None
    why: str | None
    chosen: list[WayLine]
    order_number: str | None
    cut: int | None
    policy: int | None
    decided_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None


class DecisionLines(Page[DecisionLine]):
    """Decisions."""


class CutLine(Answer):
    """The point in history at which it was decided: how far each shard had been read."""

    cut: int
    release: str
    policy: int
    clock: datetime
    vector: dict[str, int]


class DecisionAnswer(At):
    """One decision, whole. ``because`` are the facts that caused it, ``makes`` what follows from it, ``was`` the ways
    before a re-routing. ``currency`` is the policy's, which every cost is in."""

    decision: DecisionLine
    currency: str
    alternatives: list[WayLine]
    was: list[WayLine]
    figures: dict[str, Any] | None = Field(description="of a reorder: what it was decided on")
    because: list[str]
    makes: list[str]
    words: list[WordLine]
    taken: CutLine | None = Field(description="the cut it was taken at")
    last_fact: str


class PolicyLine(Answer):
    """A policy: what the planner may do alone, and what it weighs."""

    version: int
    terms: dict[str, Any]
    reason: str | None
    actor: str
    set_at: datetime


class Policies(Page[PolicyLine]):
    """Policies, the newest first: the first one holds. None set yet: the planner follows the one it begins with."""


class Cuts(Page[CutLine]):
    """Cuts, the newest first."""


def decisions(
    connection: Connection, *, kind: str | None = None, status: str | None = None, order: str | None = None,
    part: str | None = None, site: str | None = None, subject: str | None = None, cut: int | None = None,
    after: str | None = None, limit: int = 100,
) -> DecisionLines:
    """All decisions, by id."""
    where = (
        Where().equal("kind", kind).equal("status", status).equal("part", part).equal("site", site)
        .equal("subject", subject).equal("cut", cut)
    )
    if order is not None:
        where.add(_OF_ORDER, order=order)
    with reading(connection, DECISIONS, RUN_BOARD, PEGGING) as at:
        rows, more = _DECISIONS.page(connection, where, after, limit)
    return DecisionLines(at=at, items=[line(row) for row in rows], next=more)


_OF_ORDER: Final = """decision.decision IN (
    WITH RECURSIVE serving(run) AS (
        (SELECT run FROM lotone.run WHERE order_number = %(order)s
         UNION SELECT substr(supply, 5) FROM lotone.peg WHERE kind = 'run'
                  AND requirement >= 'order/' || %(order)s || '/' AND requirement < 'order/' || %(order)s || '0'
         UNION SELECT substr(made.value, 5)
                 FROM lotone.decision AS above, jsonb_array_elements_text(above.makes) AS made(value)
                WHERE above.order_number = %(order)s AND made.value LIKE 'run/%%')
        UNION SELECT below.run FROM serving CROSS JOIN LATERAL (
            SELECT substr(supply, 5) FROM lotone.peg WHERE kind = 'run'
               AND requirement >= 'run/' || serving.run || '/' AND requirement < 'run/' || serving.run || '0'
            UNION SELECT substr(made.value, 5)
                    FROM lotone.decision AS above, jsonb_array_elements_text(above.makes) AS made(value)
                   WHERE above.subject >= 'run/' || serving.run || '/' AND above.subject < 'run/' || serving.run || '0'
                     AND made.value LIKE 'run/%%') AS below(run))
    SELECT found.decision FROM lotone.decision AS found WHERE found.order_number = %(order)s
    UNION SELECT found.decision FROM serving JOIN lotone.decision AS found ON found.subject = 'run/' || run
       OR (found.subject >= 'run/' || run || '/' AND found.subject < 'run/' || run || '0'))"""
"""Of an order's own schedule lines, of the runs for them, and of every run that those claim or had built."""


def worklist(
    connection: Connection, *, by: Literal["urgency", "value"] = "urgency", kind: str | None = None,
    part: str | None = None, after: str | None = None, limit: int = 100,
) -> DecisionLines:
    """What waits for a person: the most urgent first, or what costs most."""
    order = _URGENCY if by == "urgency" else _VALUE
    where = Where().equal("kind", kind).equal("part", part).add("status = 'proposed'")
    place = place_of(after, str)
    if place is not None:
        where.add(f"{order} > (SELECT {order[1:-1]} FROM lotone.decision WHERE decision = %(place)s)", place=place[0])
    query = f"{_DECISIONS.codec.select} WHERE {where.sql} ORDER BY {order[1:-1]} LIMIT %(rows)s"
    with reading(connection, DECISIONS) as at:
        found = fetch(connection, query, {**where.values, "rows": limited(limit) + 1})
    rows = [_DECISIONS.codec.row(row) for row in found[: limited(limit)]]
    more = cursor_of(rows[-1].decision) if len(found) > len(rows) else None
    return DecisionLines(at=at, items=[line(row) for row in rows], next=more)


def decision(connection: Connection, id_: str) -> DecisionAnswer | None:
    """One decision; None when there is none of that number."""
    with reading(connection, DECISIONS) as at:
        row = _DECISIONS.one(connection, decision=id_)
        if row is None:
            return None
        words = _WORDS.all(connection, Where().equal("decision", id_))
        cut = None if row.cut is None else _CUTS.one(connection, cut=row.cut)
        number = row.policy if row.policy is not None or cut is None else cut.policy
        policy = None if number is None else _POLICIES.one(connection, version=number)
    return told(
        DecisionAnswer, row, at=at, decision=line(row), alternatives=[way(one) for one in row.alternatives],
        currency=FIRST_POLICY.currency if policy is None else str(policy.terms["currency"]),
        was=[way(one) for one in row.was], because=list(row.because), makes=list(row.makes),
        words=each(WordLine, words), taken=None if cut is None else told(CutLine, cut),
    )


def policies(connection: Connection, *, after: str | None = None, limit: int = 100) -> Policies:
    """Every policy there was."""
    with reading(connection, DECISIONS) as at:
        rows, more = _POLICIES.page(connection, Where(), after, limit, newest=True)
    return Policies(at=at, items=each(PolicyLine, rows), next=more)


def cuts(connection: Connection, *, after: str | None = None, limit: int = 100) -> Cuts:
    """The points in history at which the planner decided."""
    with reading(connection, DECISIONS) as at:
        rows, more = _CUTS.page(connection, Where(), after, limit, newest=True)
    return Cuts(at=at, items=each(CutLine, rows), next=more)


def line(row: Decision) -> DecisionLine:
    """A decision's row as answers tell it."""
    return told(DecisionLine, row, chosen=[way(one) for one in row.chosen])


def way(kept: Mapping[str, Any]) -> WayLine:
    """A way as it is kept in a row."""
    supply = kept.get("supply")
    if isinstance(supply, Mapping):
        number = f"/{supply['line']}" if supply.get("line") is not None else ""
        supply = f"{supply['kind']}/{supply['id']}{number}"
    return WayLine.model_validate({**{k: v for k, v in kept.items() if v is not None}, "supply": supply})

