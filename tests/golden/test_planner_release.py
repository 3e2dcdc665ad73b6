"""A release of the planner decides for ever as it did: who changes what it decides says so by another release."""

from events.codec import decode
from events.planning.facts import CutTaken
from infra.ledger.verify import verify
from infra.proving import prove_cuts
from projections.api.system import planning
from tests.golden.planner_history import FILE, kept

AGAIN = "python -m tests.golden.planner_history"


def test_the_kept_history_is_whole_and_of_this_release() -> None:
    ledger = kept()
    assert verify(ledger).ok, f"{FILE.name} isn't what was written: write it anew ({AGAIN})"
    cuts = [fact for fact in map(decode, ledger.scan("planning", 0)) if isinstance(fact, CutTaken)]
    assert len(cuts) > 20
    release = planning().planner().release
    assert {cut.release for cut in cuts} == {release}, f"keep a history of release {release}: {AGAIN}"


def test_this_release_decides_as_it_did() -> None:
    differences = [proof.difference for proof in prove_cuts(kept(), planning(), most=1) if not proof.equal]
    assert differences == [], (
        "the planner decides otherwise than its release did. If that is meant, raise RELEASE in "
        f"projections/planning/planner.py and keep a new history ({AGAIN}); before the release is published, the "
        "history alone is enough"
    )
