"""Reading how requirements are covered: their pegs, what became of these in inventory, and when the rest comes.

When it comes depends on all that is below it, so that is read too, level by level, however little was asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from projections.coverage import ZERO, Claim, Coverage, decimal_of
from projections.order_board import ORDER_BOARD
from projections.pegging import PEGGING
from projections.queries import Connection, fetch
from projections.reservations import RESERVATIONS
from projections.settling import Settling
from projections.supplies import Supply, parts_of
from projections.supplies_queries import VIEWS as SUPPLY_VIEWS
from projections.supplies_queries import supplies
from projections.view import View
from projections.working_time import SiteTimes

VIEWS: Final[tuple[View, ...]] = (*SUPPLY_VIEWS, ORDER_BOARD, PEGGING, RESERVATIONS)
"""What has to be read together."""

_CLAIMS: Final = """
    SELECT peg.peg, peg.requirement, peg.supply, peg.part, peg.site, peg.unit, peg.amount, peg.needed_by,
           peg.available_at, peg.decision, peg.numerator, peg.denominator,
           coalesce(account.reserved, 0), coalesce(account.released, 0), coalesce(account.used, 0),
           coalesce(account.broken, 0), account.refused
      FROM lotone.peg AS peg
      LEFT JOIN LATERAL (
           SELECT sum(reserved) AS reserved, sum(released) AS released, sum(used) AS used, sum(broken) AS broken,
                  max(refused) AS refused
             FROM lotone.reservation_account AS held WHERE held.reservation = peg.peg) AS account ON true
     WHERE peg.{column} = ANY(%(keys)s)
     ORDER BY peg.requirement, peg.available_at, peg.peg
"""
_ROUTED: Final = """
    SELECT requirement, part, site, unit, amount, needed_by, decision, short, status FROM lotone.requirement
     WHERE requirement = ANY(%(keys)s)
"""
_SCHEDULES: Final = """
    SELECT schedule.number, schedule.line, schedule.schedule, schedule.part, schedule.site, schedule.unit,
           schedule.amount, schedule.delivered - schedule.damaged
      FROM lotone.order_schedule AS schedule
     WHERE (number, line, schedule) IN (
           SELECT * FROM unnest(%(numbers)s::text[], %(lines)s::bigint[], %(which)s::bigint[]))
"""
_NEEDS: Final = """
    SELECT need.run, need.n, need.part, need.site, need.unit, need.amount, need.issued - need.returned - need.scrapped,
           need.needed_by, run.state, run.order_number, run.order_line, run.order_schedule
      FROM lotone.run_requirement AS need JOIN lotone.run AS run USING (run)
     WHERE (run, n) IN (SELECT * FROM unnest(%(runs)s::text[], %(needs)s::bigint[]))
"""
_INSTEAD: Final = """
    SELECT run, n, part, sum(amount), numerator, denominator FROM lotone.run_deviation
     WHERE run = ANY(%(runs)s) GROUP BY run, n, part, numerator, denominator
     ORDER BY run, n, part, numerator, denominator
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """What is known of requirements beside their pegs, by requirement."""

    routed: Mapping[str, tuple[Any, ...]]
    schedules: Mapping[str, tuple[Any, ...]]
    needs: Mapping[str, tuple[Any, ...]]
    instead: Mapping[str, Sequence[tuple[str, Fraction, Decimal]]]


_BELOW: Final = """
    SELECT 'run/' || run, 'run/' || run || '/' || n FROM lotone.run_requirement
     WHERE run = ANY(%(runs)s) AND amount > 0
    UNION
    SELECT 'run/' || run, requirement FROM lotone.requirement, unnest(%(runs)s::text[]) AS run
     WHERE requirement >= 'run/' || run || '/' AND requirement < 'run/' || run || '0'
    ORDER BY 1, 2
"""
_DEEPEST: Final = 50


def claims_on(connection: Connection, times: SiteTimes, supplies_: Iterable[str]) -> list[Claim]:
    """All claims on these supplies, used ones included."""
    claims = _claims(connection, "supply", supplies_)
    settling = _settling(connection, times, claims)
    return [settling.claim(claim) for claim in claims]


def coverages(connection: Connection, times: SiteTimes, requirements: Iterable[str]) -> dict[str, Coverage]:
    """Requirements with all their claims, in the order of their ids. One that nobody has heard of is left out."""
    found = _read(connection, requirements)
    settling = _settling(connection, times, [claim for one in found.values() for claim in one.claims])
    return {id_: settling.coverage(one) for id_, one in found.items()}


def expected_supplies(
    connection: Connection, times: SiteTimes, *, keys: Iterable[str] | None = None, part: str | None = None,
    site: str | None = None,
) -> dict[str, Supply]:
    """Open supplies like ``supplies``, runs and transfers as what is below them lets them come."""
    found = supplies(connection, times, keys=keys, part=part, site=site)
    settling = _below(connection, times, found, [key for key in found if key.startswith(("run/", "transfer/"))])
    return {key: settling.supply(key) or supply for key, supply in found.items()}


def _settling(connection: Connection, times: SiteTimes, claims: Sequence[Claim]) -> Settling:
    """What tells when these claims are served."""
    found = supplies(connection, times, keys={claim.supply for claim in claims})
    return _below(connection, times, found, [claim.supply for claim in claims if claim.to_come])


def _below(
    connection: Connection, times: SiteTimes, found: Mapping[str, Supply], level: Iterable[str]
) -> Settling:
    """Everything below runs and transfers, level by level, each once."""
    known, needs = dict(found), dict[str, list[Coverage]]()
    for _ in range(_DEEPEST):
        asked = sorted({key for key in level if key.startswith(("run/", "transfer/"))} - needs.keys())
        if not asked:
            break
        needs |= {key: [] for key in asked}
        for key, one in _needs(connection, asked):
            needs[key].append(one)
        level = {claim.supply for key in asked for one in needs[key] for claim in one.claims if claim.to_come}
        known |= supplies(connection, times, keys=level - known.keys())
    return Settling(known, needs, times)


def _needs(connection: Connection, keys: Sequence[str]) -> list[tuple[str, Coverage]]:
    """What runs need, and what transfers are to take along."""
    rows = fetch(connection, _BELOW, {"runs": [key[4:] for key in keys if key.startswith("run/")]})
    read = _read(connection, [row[1] for row in rows])
    found = [(run, read[id_]) for run, id_ in rows if id_ in read]
    for claim in _claims(connection, "requirement", [key for key in keys if key.startswith("transfer/")]):
        found.append((claim.requirement, Coverage(
            claim.requirement, claim.part, claim.site, claim.unit, claim.needed_by, claim.amount, claim.used, (claim,)
        )))
    return found


def _claims(connection: Connection, column: str, keys: Iterable[str]) -> list[Claim]:
    rows = fetch(connection, _CLAIMS.format(column=column), {"keys": sorted(set(keys))})
    return [_claim(row) for row in rows]


def _claim(row: tuple[Any, ...]) -> Claim:
    *told, numerator, denominator, reserved, released, used, broken, refused = row
    peg, requirement, key, part, site, unit, amount, needed_by, available_at, decision = told
    return Claim(
        peg, requirement, key, part, site, unit, amount, needed_by, available_at, None, decision,
        Fraction(numerator, denominator), reserved, released, used, broken, refused,
    )


def _read(connection: Connection, requirements: Iterable[str]) -> dict[str, Coverage]:
    """Requirements as they are covered; when their claims are served isn't known here."""
    wanted = sorted(set(requirements))
    by_requirement: dict[str, list[Claim]] = {}
    for claim in _claims(connection, "requirement", wanted):
        by_requirement.setdefault(claim.requirement, []).append(claim)
    ends = _ends(connection, wanted)
    made = ((id_, _coverage(id_, tuple(by_requirement.get(id_, ())), ends)) for id_ in wanted)
    return {id_: found for id_, found in made if found is not None}


def order_of(requirement: str) -> tuple[str, int, int] | None:
    """The schedule line that a requirement is for, if it is for a customer.

    >>> order_of("order/SO-1/2/3"), order_of("run/R1/2")
    (('SO-1', 2, 3), None)
    """
    kind, _, rest = requirement.partition("/")
    parts = rest.rsplit("/", 2)
    if kind != "order" or len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return None
    return parts[0], int(parts[1]), int(parts[2])


def need_of(requirement: str) -> tuple[str, int] | None:
    """The run and the number of its requirement.

    >>> need_of("run/R7-1/2"), need_of("stock/plant/BOLT")
    (('R7-1', 2), None)
    """
    kind, id_, _ = parts_of(requirement)
    run, _, n = id_.rpartition("/")
    return (run, int(n)) if kind == "run" and run and n.isdecimal() else None


def _ends(connection: Connection, wanted: Sequence[str]) -> Ends:
    orders = [place for id_ in wanted if (place := order_of(id_)) is not None]
    needs = [need for id_ in wanted if (need := need_of(id_)) is not None]
    routed = {row[0]: row for row in fetch(connection, _ROUTED, {"keys": list(wanted)})}
    schedules = fetch(connection, _SCHEDULES, {
        "numbers": [place[0] for place in orders], "lines": [place[1] for place in orders],
        "which": [place[2] for place in orders],
    })
    runs = sorted({run for run, _ in needs})
    required = fetch(connection, _NEEDS, {"runs": [run for run, _ in needs], "needs": [n for _, n in needs]})
    instead: dict[str, list[tuple[str, Fraction, Decimal]]] = {}
    for run, n, part, amount, numerator, denominator in fetch(connection, _INSTEAD, {"runs": runs}):
        told = (part, Fraction(numerator or 1, denominator or 1), amount)
        instead.setdefault(f"run/{run}/{n}", []).append(told)
    return Ends(
        routed, {f"order/{row[0]}/{row[1]}/{row[2]}": row for row in schedules},
        {f"run/{row[0]}/{row[1]}": row for row in required}, instead,
    )


def _coverage(id_: str, claims: tuple[Claim, ...], ends: Ends) -> Coverage | None:
    routed = ends.routed.get(id_)
    decision, short, proposed, needed_by = None, ZERO, False, None
    if routed is not None:
        decision, short, proposed, needed_by = routed[6], routed[7], routed[8] != "decided", routed[5]
    if (row := ends.schedules.get(id_)) is not None:
        number, line, schedule, part, site, unit, amount, delivered = row
        sent = decimal_of(sum((claim.work(claim.used) for claim in claims), Fraction(0)))
        return Coverage(
            id_, part, site, unit, needed_by, amount, max(delivered, sent), claims, decision, short, proposed,
            order=(number, line, schedule), delivered=delivered,
        )
    if (row := ends.needs.get(id_)) is not None:
        run, _, part, site, unit, amount, built_in, at, state, *order = row
        done = built_in + _instead(part, claims, ends.instead.get(id_, ()))
        over = state in ("completed", "cancelled")
        return Coverage(
            id_, part, site, unit, at or needed_by, done if over else amount, done, claims, decision, short, proposed,
            order=(order[0], order[1], order[2]) if order[0] is not None else None, run=run,
        )
    if routed is None:
        return None
    _, part, site, unit, amount, *_ = routed
    used = decimal_of(sum((claim.work(claim.used) for claim in claims), Fraction(0)))
    return Coverage(id_, part, site, unit, needed_by, amount, used, claims, decision, short, proposed)


def _instead(part: str, claims: Sequence[Claim], told: Sequence[tuple[str, Fraction, Decimal]]) -> Decimal:
    """How much other parts did: by the planner's claims or the shop floor's own word, whichever says more."""
    done: dict[tuple[str, Fraction], Decimal] = {}
    for claim in claims:
        if claim.part != part:
            done[claim.part, claim.factor] = done.get((claim.part, claim.factor), ZERO) + claim.used
    for other, factor, amount in told:
        done[other, factor] = max(done.get((other, factor), ZERO), amount)
    return decimal_of(sum((Fraction(amount) / factor for (_, factor), amount in done.items()), Fraction(0)))
