"""What of an order nothing serves, or waits for a person, at whatever level below it; and what was said about that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from projections.coverage import Coverage
from projections.queries import Answer, Connection, Number, fetch
from projections.supplies import parts_of

REFUSED: Final = "refused_by_a_person"
_TAKEN: Final = """
    SELECT decision, status, CASE WHEN decision = ANY(%(short)s) THEN alternatives ELSE '[]' END
      FROM lotone.decision WHERE decision = ANY(%(keys)s)
"""
_PROPOSED: Final = """
    SELECT kind || '/' || id, decision FROM lotone.plan
     WHERE state = 'proposed' AND (kind, id) IN (SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::text[]))
    UNION ALL
    SELECT 'requisition/' || requisition, decision FROM lotone.requisition
     WHERE state = 'proposed' AND requisition = ANY(%(ids)s)
"""
_REFUSED: Final = """
    SELECT decision, subject, part, site, answered_by, answer FROM lotone.decision
     WHERE word = 'refused'
       AND (subject = ANY(%(subjects)s) OR (part = ANY(%(parts)s) AND kind IN ('reorder', 'transfer')))
     ORDER BY answered_at, decision
"""


class ShortLine(Answer):
    """What nothing serves, of which part, for which requirement below; ``why`` is what the last decision found."""

    requirement: str
    part: str
    site: str
    unit: str
    short: Number
    needed_by: datetime | None
    decision: str | None
    why: list[str] = Field(description="who refused what, then each way that was looked at, and why it can't be gone")


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of requirements: ``status`` and ``whys`` by decision, ``refusals`` by requirement, ``proposed``
    by supply: the decision that brings it and waits for a person."""

    status: Mapping[str, str]
    whys: Mapping[str, Sequence[str]]
    refusals: Mapping[str, Sequence[str]]
    proposed: Mapping[str, str]

    def of(self, one: Coverage) -> list[str]:
        """Why a requirement is short."""
        return [*self.refusals.get(one.requirement, ()), *self.whys.get(one.decision or "", ())]


def decided(connection: Connection, covered: Iterable[Coverage]) -> Decided:
    """How the last decisions on these stand, and why what is short is."""
    covered = list(covered)
    known = [one for one in covered if one.decision]
    short = [one for one in known if one.short or one.stated_short]
    rows = fetch(connection, _TAKEN, {
        "keys": sorted({str(one.decision) for one in known}), "short": sorted({str(one.decision) for one in short}),
    })
    refused = {key for key, _, ways in rows if any(way.get("why") == REFUSED for way in ways)}
    coming = sorted({parts_of(claim.supply)[:2] for one in covered for claim in one.claims if claim.to_come})
    return Decided(
        {key: status for key, status, _ in rows}, {key: [why_not(way) for way in ways] for key, _, ways in rows},
        _refusals(connection, [one for one in short if one.decision in refused]),
        dict(fetch(connection, _PROPOSED, {"kinds": [kind for kind, _ in coming], "ids": [id_ for _, id_ in coming]})),
    )


def _refusals(connection: Connection, short: Sequence[Coverage]) -> dict[str, list[str]]:
    """Who refused what would have served them; a purchase or a transfer is refused for all that want its part there."""
    if not short:
        return {}
    asked = {"subjects": [one.requirement for one in short], "parts": sorted({one.part for one in short})}
    words = fetch(connection, _REFUSED, asked)
    return {
        one.requirement: [
            f"{decision} refused by {by}" + (f": {reason}" if reason else "")
            for decision, subject, part, site, by, reason in words
            if subject == one.requirement or ((part, site) == (one.part, one.site) and not subject.startswith(_OWN))
        ]
        for one in short
    }


_OWN: Final = ("order/", "run/", "stock/")
"""What is decided for one requirement alone."""


def why_not(way: Mapping[str, Any]) -> str:
    """A way that lost, in words: which, and why."""
    which = way.get("supplier") or way.get("from_site") or way.get("part") or ""
    return f"{way.get('kind', 'way')} {which}: {str(way.get('why', '')).replace('_', ' ')}".replace(" :", ":")


def shorts(
    id_: str, covered: Mapping[str, Coverage], below: Mapping[str, Sequence[str]], said: Decided
) -> list[ShortLine]:
    """What is short of a requirement or below it, through every run that it claims; each once."""
    return [_short(one, said) for one in _downward(id_, covered, below) if one.short]


def waiting(
    id_: str, covered: Mapping[str, Coverage], below: Mapping[str, Sequence[str]], said: Decided
) -> list[str]:
    """The decisions that wait for a person before a requirement, or what is below it, can be served; the nearest
    first."""
    found: dict[str, None] = {}
    for one in _downward(id_, covered, below):
        if one.decision and said.status.get(one.decision) == "proposed" and one.open > one.on_hand:
            found[one.decision] = None
        found |= {said.proposed[claim.supply]: None for claim in one.claims if claim.supply in said.proposed}
    return list(found)


def _downward(id_: str, covered: Mapping[str, Coverage], below: Mapping[str, Sequence[str]]) -> Iterator[Coverage]:
    """A requirement and all below it, through every run that is to come; each once, level by level."""
    left, seen = [id_], set[str]()
    while left:
        here = left.pop(0)
        one = covered.get(here)
        if one is None or here in seen:
            continue
        seen.add(here)
        yield one
        for claim in one.claims:
            if claim.supply.startswith("run/") and claim.to_come:
                left += below.get(claim.supply[4:], ())


def _short(one: Coverage, said: Decided) -> ShortLine:
    return ShortLine(
        requirement=one.requirement, part=one.part, site=one.site, unit=one.unit, short=one.short,
        needed_by=one.needed_by, decision=one.decision, why=said.of(one),
    )
