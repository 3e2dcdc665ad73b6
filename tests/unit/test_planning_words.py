"""A person's word stands until it is released, by whatever way another one comes."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.planning import facts as f
from events.planning import messages as p
from events.planning.shapes import OptionKind
from projections.planning import requests
from tests.bikes import factory, ordered
from tests.chain import Chain, of
from tests.rules_of_plans import holds

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 1, "BOLT": 400, "BELL": 90}


def after(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def routed() -> tuple[Chain, f.RequirementRouted]:
    """A saddle is to be bought, and could be bought elsewhere."""
    chain = factory(**PLENTY).tell(ordered("A", 2))
    return chain, {one.requirement: one for one in of(f.RequirementRouted, after(chain))}["run/R1-1/4"]


def said(chain: Chain, word: p.DecisionRequest) -> Any:
    """What became of a word at once."""
    chain.tell(word)
    return chain.facts["planning"][-1]


def refuse(decision: str, why: str = "they cheat") -> p.RefuseDecision:
    return p.RefuseDecision(decision=decision, reason=why)


def other(told: f.RequirementRouted) -> p.OverrideDecision:
    way = next(way for way in told.alternatives if way.kind is OptionKind.BUY and way.supplier == "BEST")
    return p.OverrideDecision(decision=told.decision, option=way.option, reason="try them")


@pytest.mark.parametrize("second", [lambda told: refuse(told.decision, "too dear"), other])
def test_a_second_word_is_refused_and_the_first_stands(second: Any) -> None:
    chain, told = routed()
    after(chain.tell(refuse(told.decision)))
    answer = said(chain, second(told))
    assert isinstance(answer, f.AnswerRefused)
    assert "release" in answer.problems[0].remedy
    assert not after(chain), "nothing changes"
    words = chain.planner.state.parts.plan.words  # type: ignore[attr-defined]
    assert words[told.decision].option is None


def test_the_same_word_again_changes_nothing_and_is_no_refusal() -> None:
    chain, told = routed()
    after(chain.tell(refuse(told.decision)))
    before = len(chain.facts["planning"])
    chain.tell(refuse(told.decision))
    assert len(chain.facts["planning"]) == before


def test_after_a_release_another_word_is_followed() -> None:
    chain, told = routed()
    after(chain.tell(refuse(told.decision)))
    after(chain.tell(p.ReleaseOverride(decision=told.decision)))
    assert isinstance(said(chain, other(told)), f.DecisionOverridden)


def test_a_choice_that_is_not_there_leaves_room_for_one_that_is() -> None:
    chain, told = routed()
    after(chain.tell(p.OverrideDecision(decision=told.decision, option=99, reason="x")))
    assert isinstance(said(chain, other(told)), f.DecisionOverridden)


def test_a_second_word_on_a_refused_proposal_does_not_open_it_again() -> None:
    state = requests.Said(proposed=True, open=True)
    first, second = refuse("D1"), p.OverrideDecision(decision="D1", option=2, reason="no")
    for body in (first, second):
        for fact in requests.decide(state, None, Asked(body), None).facts:  # type: ignore
            state = requests.evolve(state, fact, None)  # type: ignore[arg-type]
    assert not state.open
    (answer,) = requests.decide(state, None, Asked(p.ApproveDecision(decision="D1")), None).facts  # type: ignore
    assert isinstance(answer, f.AnswerRefused)
    assert answer.asked == "ApproveDecision"


class Asked:
    """As much of a message as is looked at."""

    def __init__(self, body: p.DecisionRequest) -> None:
        self.body = body


@pytest.mark.parametrize("word", [
    {"decision": "D1", "reason": "  "}, {"decision": "D1", "reason": "\t\n", "option": 2},
    {"decision": "D1", "reason": "\u200b\u2060 \ufeff\u00a0"},
])
def test_why_a_person_decides_otherwise_is_never_blank(word: dict[str, Any]) -> None:
    kind = p.OverrideDecision if "option" in word else p.RefuseDecision
    with pytest.raises(ValidationError, match="say why"):
        kind(**word)
