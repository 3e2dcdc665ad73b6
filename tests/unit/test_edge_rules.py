"""Our own rules about messages, as publishers meet them: the field, what is wrong with it, what would be right."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import events
from events.decision import Problem
from infra.edge import Edge
from infra.keystore import KeyStore
from tests.door import RECEIVED, SAMPLES, SUPPLIER, amount, event, refused, with_

DIGITS = "at most 15 digits before the point and 9 after it"
NUMBER = 'write it as text, like "12.5"'
LINE_TWICE = ("line 1 is there twice", "say everything about a line in one entry")
NAME = ("this holds what can't be printed", "1 to 250 printable characters")
YEARS = "1900 to 2200, and leave an open end out"


@pytest.fixture
def edge() -> Edge:
    return Edge({"catalogue": 1, "inventory": 2, "suppliers": 2}, KeyStore(None))


def twice(name: str) -> Callable[[Any], Any]:
    return lambda told: {**told, name: told[name] * 2}


RULES: dict[str, tuple[str, Callable[[Any], Any], tuple[str, str, str]]] = {
    "an exponent": ("Received", amount("1e3"), ("quantity.amount", '"1e3" is not a number', NUMBER)),
    "blanks": ("Received", amount(" 12 "), ("quantity.amount", '" 12 " is not a number', NUMBER)),
    "no number at all": ("Received", amount("NaN"), ("quantity.amount", '"NaN" is not a number', NUMBER)),
    "another script's digits": ("Received", amount("١٢"), ("quantity.amount", '"١٢" is not a number', NUMBER)),
    "true": ("Received", amount(True), ("quantity.amount", "true is not a number", NUMBER)),
    "a mark that parts a sentence": ("Received", amount("1; 2"), ("quantity.amount", "this is not a number", NUMBER)),
    "too many digits before the point": (
        "Received",
        amount("1" * 16),
        ("quantity.amount", '"1111111111111111" has too many digits', DIGITS),
    ),
    "too many digits after the point": (
        "Received",
        amount("0.0000000001"),
        ("quantity.amount", '"0.0000000001" has too many digits', DIGITS),
    ),
    "a number that is too large": (
        "Received",
        amount(10**15),
        ("quantity.amount", "this has too many digits", DIGITS),
    ),
    "a moment in the far future": (
        "Counted",
        with_(cut_off="2926-01-01T00:00:00Z"),
        ("cut_off", "the year 2926 can't be meant", YEARS),
    ),
    "a time as a list": (
        "Counted",
        with_(cut_off=[2026]),
        ("cut_off", "this is not a point in time", 'like "2026-11-22T08:30:00+01:00" or "…Z"'),
    ),
    "a control character in an event's source": (
        "Reversed",
        with_(of={"source": "w\nms", "id": "e-0"}),
        ("of.source", *NAME),
    ),
    "NUL in an event's id": ("Reversed", with_(of={"source": "wms", "id": "e\0"}), ("of.id", *NAME)),
    "an endless event id": (
        "Reversed",
        with_(of={"source": "wms", "id": "e" * 251}),
        ("of.id", "longer than 250 characters", "shorten it"),
    ),
    "a GTIN with a wrong digit": (
        "DefineCrossReference",
        with_(value="4006381333930"),
        ("value", "the GTIN 4006381333930 has a wrong digit", "with its other digits right it ends in 1"),
    ),
    "a GTIN of three digits": (
        "DefineCrossReference",
        with_(value="123"),
        ("value", '"123" is no GTIN', "all digits, 8 or 12 or 13 or 14 of them"),
    ),
    "a GLN of three digits": (
        "DefineCrossReference",
        with_(scheme="gln", value="123", kind="site"),
        ("value", '"123" is no GLN', "all digits, 13 of them"),
    ),
    "a supplier's number without the supplier": (
        "DefineCrossReference",
        with_(scheme="supplier-part", value="123"),
        ("scope", "missing", "a supplier's part number needs the supplier's id as its scope"),
    ),
    "a maximum that is too small to order": (
        "DefineAgreement",
        with_(minimum="2.5", multiple="2", maximum="3"),
        ("maximum", "minimum and multiple together ask for more", "at least 4, or leave it out"),
    ),
    "a currency's rate to itself": (
        "DefineRate",
        with_(quote="EUR"),
        ("quote", "a currency's rate to itself is one", "name another currency"),
    ),
    "a shift with an offset": (
        "DefineCalendar",
        with_(shifts=[{"start": "06:00Z", "end": "14:00"}]),
        ("shifts[0].start", "a shift is in the site's own time", 'leave the offset away, like "06:00"'),
    ),
    "two calendars": (
        "DefineSite",
        with_(calendar="works", working={}),
        ("working", "a calendar is named too", "give that or the site's own working time, not both"),
    ),
    "a change of nothing": (
        "ChangePurchaseOrder",
        with_(change=...),
        ("", "no line is added or changed", "say which"),
    ),
    "a line that stays as it is": (
        "ChangePurchaseOrder",
        with_(change=[{"line": 1}]),
        ("change[0]", "nothing is to be different", "say a new quantity, price or due date"),
    ),
    "a line changed twice": ("ChangePurchaseOrder", twice("change"), ("change", *LINE_TWICE)),
    "a line added and changed": (
        "ChangePurchaseOrder",
        with_(add=SAMPLES["PlacePurchaseOrder"][1]["lines"]),
        ("change", *LINE_TWICE),
    ),
    "a line cancelled twice": ("CancelPurchaseOrder", with_(lines=[1, 1]), ("lines", *LINE_TWICE)),
}


@pytest.mark.parametrize(("name", "wrong", "told"), RULES.values(), ids=RULES)
def test_a_broken_rule_is_told_with_its_field_and_its_remedy(
    edge: Edge, name: str, wrong: Callable[[Any], Any], told: tuple[str, str, str]
) -> None:
    field, problem, remedy = told
    answer = refused(edge, event(name, wrong(SAMPLES[name][1])))
    assert answer.problems == (Problem(f"data.{field}" if field else "data", problem, remedy),)


@pytest.mark.parametrize("contact", [{"person": "p-7", "value": "Ann", "box": "x"}, {"person": "p-7", "box": "x"}])
def test_a_box_is_made_here_only(edge: Edge, contact: Any) -> None:
    problem, = refused(edge, event("DefineSupplier", {**SUPPLIER, "contact": contact})).problems
    assert problem.problem
    assert "value" in problem.remedy


def raised() -> Iterator[tuple[str, str]]:
    """Where a ValueError is raised in the shared language, and its words."""
    for path in sorted(Path(events.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ValueError":
                yield f"{path.parent.name}/{path.name}:{call.lineno}", ast.unparse(call)


def test_every_refusal_says_what_is_wrong_and_then_what_would_be_right() -> None:
    found = list(raised())
    assert len(found) > 15
    assert [where for where, words in found if "; " not in words] == []


@pytest.mark.parametrize("field", ["part", "site", "location"])
def test_what_an_id_names_is_said_where_it_is_missing(edge: Edge, field: str) -> None:
    problem, = refused(edge, event("Received", with_(**{field: ...})(RECEIVED))).problems
    assert problem.remedy.startswith(f"give it: the {field}'s id")
