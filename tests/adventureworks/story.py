"""The story of the whole chain on AdventureWorks: its master data, a thousand orders, and what goes wrong meanwhile."""

import tempfile
from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from events.catalogue.reference import Reference
from events.planning.messages import SetPolicy
from events.planning.shapes import AutonomyRule, DecisionKind, PolicyShape
from infra.importing import read_directory
from infra.sample.life import script as s
from infra.sample.life.story import Story
from tests.adventureworks import derived, targets
from tests.adventureworks.chain import cut_over, event, lanes, write_chain
from tests.adventureworks.memory import folded
from tests.adventureworks.rows import ABSENT, Files
from tests.adventureworks.selling import orders

LONGEST = 200
"""Days after which the story ends, whatever is still open."""
EVENING = time(18)
ALONE = tuple(
    AutonomyRule(kind=kind, up_to=Decimal(5000) if kind is DecisionKind.REORDER else None) for kind in DecisionKind
)
POLICY = PolicyShape(
    currency=derived.CURRENCY, alone=ALONE, lateness_cost_per_day=Decimal(40), switch_threshold=Decimal(10),
    freeze_days=1, requisition_patience_days=3, promise_slack_days=1, review_days=30,
)


def maker(count: int = derived.ORDERS) -> Story:
    """The story from the files, for whoever hasn't read them yet; they must be there."""
    assert ABSENT is None, ABSENT
    files = Files()
    with tempfile.TemporaryDirectory() as folder:
        write_chain(files, Path(folder), count)
        events = read_directory(Path(folder)).events
    return story(files, events, folded(events), count)


def story(
    files: Files, imported: Sequence[dict[str, Any]], catalogue: Reference, count: int = derived.ORDERS
) -> Story:
    """``imported`` are the events of ``write_chain``'s directory, ``catalogue`` what they leave. Fewer orders leave the
    troubles as they are."""
    begins = derived.local(derived.CUT_OVER, EVENING)
    policy = SetPolicy.model_validate({**POLICY.model_dump(), "reason": "how we begin"})
    first = event("SetPolicy", "planning", "policy/0", cut_over(), policy.model_dump(mode="json"))
    return Story(
        seed=derived.SEED, zone=derived.ZONE, begins=begins, days=LONGEST,
        opening=[*imported, *lanes(files), first], orders=orders(files, count),
        script=troubles(files, catalogue), hours=(12, 18), eager=True,
    )


def troubles(files: Files, catalogue: Reference) -> list[s.Steps]:
    """The disruptions that the story is about. Whom they hit is found from the files, or on the day."""
    elsewhere = targets.most_replaceable(files, catalogue, cut_over())
    nowhere = targets.sole_of_every_bicycle(files, catalogue, cut_over(), within=1)[0]
    return [
        s.Refuse(day=0, count=2),
        s.Override(day=4),
        s.CloseSupplier(day=6, supplier=elsewhere.vendor, days=45),
        s.CloseSupplier(day=9, supplier=nowhere.vendor, days=40, says=False),
        s.Scrap(day=6, for_order=True),
        s.Scrap(day=7, for_order=False),
        s.Amend(day=5, frozen=False, by=1),
        s.Amend(day=5, frozen=False, by=0, days=10),
        s.Amend(day=8, frozen=True, by=-1),
        s.Amend(day=8, frozen=True, by=0, days=7),
        s.Cancel(day=7, frozen=False),
        s.Cancel(day=10, frozen=True),
        s.LoseStock(day=12, site=derived.SITE),
        s.Release(day=14),
        s.CloseLane(day=15, days=12),
        s.SlowLane(day=18, days=10, hours=48),
        s.Late(day=12, slack=True),
        s.Late(day=12, slack=False),
        s.Rule(day=20, policy=_stricter(), reason="too many small orders: ask for less"),
    ]


def _stricter() -> PolicyShape:
    alone = tuple(
        AutonomyRule(kind=kind, up_to=Decimal(2500) if kind is DecisionKind.REORDER else None) for kind in DecisionKind
        if kind is not DecisionKind.SUBSTITUTE
    )
    return POLICY.model_copy(update={"alone": alone})
