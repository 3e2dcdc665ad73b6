"""How an order or a run is covered, as a tree that adds up: one row for each claim, with its amount and its decision.

The idea. A requirement is covered by claims, each on one supply and made by one decision; what a run needs is covered
in the same way, one level below the claim on it. At the top, of each schedule line, always:

    open = on its way + still claimed, row by row + short

A run may serve several: of what it needs, so much is this order's as it takes of the output (what was scrapped left
out). Where that is no whole number of pieces, nobody can say which of them are its own, and the share is told instead.

A naive tree tells the last decision on each requirement: a second claim, a run that was scrapped and what nothing
serves are lost, and what serves five orders looks as if it were all for one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from events.values import plain
from projections.coverage import ZERO, Claim, Coverage, decimal_of
from projections.coverage_queries import order_of
from projections.pegging_queries import chains, runs_below
from projections.queries import Answer, Connection, Number, fetch

WHOLE: Final = Fraction(1)
_RUNS: Final = "SELECT run, amount, scrapped FROM lotone.run WHERE run = ANY(%(runs)s)"
_MADE: Final = """
    SELECT taken.subject, plan.id, plan.amount, taken.decision
      FROM lotone.decision AS taken JOIN lotone.plan AS plan ON plan.decision = taken.decision
     WHERE plan.kind = 'run' AND taken.subject = ANY(%(keys)s)
     UNION
    SELECT 'order/' || order_number || '/' || order_line || '/' || order_schedule, run, amount, NULL
      FROM lotone.run
     WHERE order_number = ANY(%(numbers)s)
       AND 'order/' || order_number || '/' || order_line || '/' || order_schedule = ANY(%(keys)s)
     ORDER BY 1, 2, 4
"""
State = Literal["covered", "on_its_way", "short", "scrapped", "over"]


class Branch(Answer):
    """One row: so much of a requirement, by one supply and one decision, or by nothing.

    ``whole`` is what is claimed in all, and ``amount`` what of that is for the order or run that was asked about; null
    where it can't be told in pieces, then ``share`` of it is. Both are in the supply's part.
    """

    level: int
    requirement: str
    part: str
    site: str
    unit: str
    state: State
    amount: Number | None
    whole: Number
    share: str | None = Field(default=None, description="like 3/13: of the runs above; null: all of them")
    open: Number | None = Field(
        default=None, description="at the top: what of it isn't with the customer, or in the run, yet; they add up"
    )
    supply: str | None = None
    decision: str | None = None
    scrapped: str | None = Field(default=None, description="like 1 of 2: what of the run was scrapped")


@dataclass(frozen=True, slots=True)
class WoodRun:
    """A run as far as it matters here: ``output`` is what can come of it."""

    amount: Decimal
    scrapped: Decimal

    @property
    def output(self) -> Decimal:
        return self.amount - self.scrapped

    @property
    def told(self) -> str | None:
        return f"{plain(self.scrapped)} of {plain(self.amount)}" if self.scrapped else None


@dataclass(frozen=True, slots=True)
class Wood:
    """All that stands below some requirements. ``made`` are the runs that were made for each, with the decision."""

    covered: Mapping[str, Coverage]
    below: Mapping[str, Sequence[str]]
    runs: Mapping[str, WoodRun]
    made: Mapping[str, Mapping[str, str | None]]

    def tree(self, requirement: str) -> list[Branch]:
        """The rows of one requirement and all below it, each right under what it serves."""
        rows: list[Branch] = []
        self._grow(requirement, 0, WHOLE, rows, frozenset())
        return rows

    def _grow(self, id_: str, level: int, share: Fraction, rows: list[Branch], seen: frozenset[str]) -> None:
        one = self.covered.get(id_)
        if one is None or id_ in seen:
            return
        top, opened = level == 0, _opened(one)
        if one.on_its_way:
            rows.append(_row(one, level, share, "on_its_way", one.on_its_way, top))
        for claim in one.claims:
            run = self.runs.get(claim.supply[4:]) if claim.supply.startswith("run/") else None
            rows.append(Branch(
                level=level, requirement=id_, part=claim.part, site=claim.site, unit=claim.unit, state="covered",
                amount=_scaled(claim.amount, share), whole=claim.amount, share=_told(share),
                open=opened[claim.peg] if top else None, supply=claim.supply, decision=claim.decision,
                scrapped=None if run is None else run.told,
            ))
            if claim.supply.startswith("run/"):
                part = share * _part(claim, run)
                for need in self.below.get(claim.supply[4:], ()):
                    self._grow(need, level + 1, part, rows, seen | {id_})
        rows += self._scrapped(one, level, share, top)
        if one.short:
            rows.append(_row(one, level, share, "short", one.short, top, one.decision))
        elif not one.claims and one.decision is not None:
            rows.append(_row(one, level, share, "over", ZERO, top, one.decision))

    def _scrapped(self, one: Coverage, level: int, share: Fraction, top: bool) -> list[Branch]:
        """Runs that were made for it, of which it claims nothing any more because it was scrapped."""
        claimed = {claim.supply for claim in one.claims}
        return [
            _row(one, level, share, "scrapped", ZERO, top, decision).model_copy(
                update={"supply": f"run/{run}", "scrapped": self.runs[run].told}
            )
            for run, decision in self.made.get(one.requirement, {}).items()
            if f"run/{run}" not in claimed and run in self.runs and self.runs[run].scrapped
        ]


def wood(connection: Connection, requirements: Iterable[str]) -> Wood:
    """Everything below these requirements, within a reading."""
    covered = chains(connection, requirements)
    made: dict[str, dict[str, str | None]] = {}
    planned: dict[str, WoodRun] = {}
    numbers = {place[0] for id_ in covered if (place := order_of(id_)) is not None}
    keys = {"keys": sorted(covered), "numbers": sorted(numbers)}
    for subject, run, amount, decision in fetch(connection, _MADE, keys):
        made.setdefault(subject, {}).setdefault(run, decision)
        planned[run] = WoodRun(amount, ZERO)
    wanted = {claim.supply[4:] for one in covered.values() for claim in one.claims if claim.supply.startswith("run/")}
    rows = fetch(connection, _RUNS, {"runs": sorted({*wanted, *planned})})
    known = {run: WoodRun(amount, scrapped) for run, amount, scrapped in rows}
    return Wood(covered, runs_below(covered), planned | known, made)


def _row(
    one: Coverage, level: int, share: Fraction, state: State, amount: Decimal, top: bool, decision: str | None = None
) -> Branch:
    return Branch(
        level=level, requirement=one.requirement, part=one.part, site=one.site, unit=one.unit, state=state,
        amount=_scaled(amount, share), whole=amount, share=_told(share), open=amount if top else None,
        decision=decision,
    )


def _opened(one: Coverage) -> Mapping[str, Decimal]:
    """What each claim still is to bring, in the requirement's part; together no more than is open."""
    left, found = one.open - one.short, dict[str, Decimal]()
    for claim in one.claims:
        found[claim.peg] = min(left, decimal_of(claim.work(claim.outstanding)))
        left -= found[claim.peg]
    last = next((claim.peg for claim in reversed(one.claims) if found[claim.peg]), None)
    if left and last is not None:
        found[last] += left  # what rounding thirds down left over
    return found


def _part(claim: Claim, run: WoodRun | None) -> Fraction:
    """How much of a run is for a claim on it."""
    if run is None or run.output <= claim.amount:
        return WHOLE
    return Fraction(claim.amount) / Fraction(run.output)


def _scaled(whole: Decimal, share: Fraction) -> Decimal | None:
    """So much of a whole; None where pieces would have to be cut for it, or it can't be written down exactly."""
    scaled = Fraction(whole) * share
    told = decimal_of(scaled)
    if Fraction(told) != scaled or (whole == whole.to_integral_value() and scaled.denominator != 1):
        return None
    return told


def _told(share: Fraction) -> str | None:
    return None if share == WHOLE else f"{share.numerator}/{share.denominator}"
