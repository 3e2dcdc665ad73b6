"""Typical mistakes of publishers, and what each is told: the field, what about it, and what would be right."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from events.decision import Problem
from infra.edge import Edge
from infra.keystore import KeyStore
from tests.door import NUMBER, RECEIVED, SAMPLES, SNAPSHOT, admitted, amount, event, refused, with_

DAY, MOMENT = 'like "2026-04-30"', 'like "2026-11-22T08:30:00+01:00" or "…Z"'
MEANT = "did you mean lotone.inventory.Received.v1?"
UNIT = "a UN/CEFACT code in capitals, like C62 (piece) or KGM"


@pytest.fixture
def edge() -> Edge:
    return Edge({"catalogue": 1, "inventory": 2, "suppliers": 2}, KeyStore(None))


MISTAKES: dict[str, tuple[str, Callable[[Any], Any], tuple[str, str, str]]] = {
    "a missing id": (
        "Received",
        with_(location=...),
        ("location", "missing", "give it: the location's id within the site"),
    ),
    "a missing field with a meaning": (
        "Counted",
        with_(cut_off=...),
        ("cut_off", "missing", "give it: movements up to this moment are contained in the count"),
    ),
    "an unknown field": (
        "Received",
        with_(colour="red"),
        ("colour", "no such field", "leave it out, or see /schemas/inventory.Received.v1.json"),
    ),
    "a field in other letters": (
        "Received",
        with_(deliveryNote="4711"),
        ("deliveryNote", "no such field", "did you mean delivery_note?"),
    ),
    "a misspelt field": ("Received", with_(suplier="x"), ("suplier", "no such field", "did you mean supplier?")),
    "null for a field that is needed": (
        "Received",
        with_(part=None),
        ("part", "null", "give it: the part's id in the catalogue"),
    ),
    "null for a time": (
        "Counted",
        with_(cut_off=None),
        ("cut_off", "null", "give it: movements up to this moment are contained in the count"),
    ),
    "null for a field with a default": (
        "Received",
        with_(status=None),
        ("status", "null", "leave it out, or give a value"),
    ),
    "a unit in small letters": ("Received", amount("5", "pcs"), ("quantity.unit", '"pcs" is no unit code', UNIT)),
    "a unit as a word": ("Received", amount("5", "PIECES"), ("quantity.unit", '"PIECES" is no unit code', UNIT)),
    "a quantity without a unit": (
        "Received",
        with_(quantity=5),
        ("quantity", "5 is not an object", "an object with amount, unit"),
    ),
    "a float with too many digits": (
        "Received",
        amount(0.1234567890123456),
        ("quantity.amount", "this number has more digits than JSON numbers carry safely", "write it as text"),
    ),
    "a decimal comma": (
        "Received",
        amount("1,5"),
        ("quantity.amount", '"1,5" is not a number', 'write it as text, like "12.5"'),
    ),
    "a negative quantity": ("Received", amount("-5"), ("quantity.amount", '"-5" is not above 0', "a number above 0")),
    "nothing received": ("Received", amount(0), ("quantity.amount", "0 is not above 0", "a number above 0")),
    "a negative count": ("Counted", amount(-1), ("quantity.amount", "-1 is not at least 0", "a number at least 0")),
    "no amount": ("Received", amount(None), ("quantity.amount", "null", "give this field")),
    "a list for an amount": (
        "Received",
        amount([5]),
        ("quantity.amount", "a list is not a number", 'write it as text, like "12.5"'),
    ),
    "a trailing blank in an id": (
        "Received",
        with_(part="SADDLE-1 "),
        ("part", '"SADDLE-1 " has a blank at an end', 'take the blank away: "SADDLE-1"'),
    ),
    "an @ in an id": (
        "Received",
        with_(part="SADDLE@1"),
        ("part", '"SADDLE@1" holds an @', "write the id without it: @ joins two ids into a stream's name"),
    ),
    "an id that is not ASCII": (
        "Received",
        with_(part="SÄTTEL"),
        ("part", '"SÄTTEL" is no id', "letters, digits and signs of ASCII, without @, no blank at either end"),
    ),
    "an id as a number": ("Received", with_(part=14), ("part", "14 is not text", 'put it in quotes, like "14"')),
    "an id from a spreadsheet": (
        "Received",
        with_(part=12345678.0),
        ("part", "12345678.0 is not text", 'put it in quotes, like "12345678"'),
    ),
    "an empty id": ("Received", with_(part=""), ("part", "empty", "say something, or leave it out if it is optional")),
    "an endless id": ("Received", with_(part="x" * 121), ("part", "longer than 120 characters", "shorten it")),
    "a status nobody knows": (
        "Received",
        with_(status="ok"),
        ("status", '"ok" is none of its values', "one of available, inspection, hold or rejected"),
    ),
    "a status that doesn't go with it": (
        "Received",
        with_(status="hold"),
        ("status", "goods don't come in as hold", "available or inspection, then tell Inspected or Held"),
    ),
    "a line as text": (
        "Received",
        with_(line="4001/10"),
        ("line", '"4001/10" is not an object', "an object with document, line"),
    ),
    "a line number in quotes": (
        "Received",
        with_(line={"document": "4001", "line": "10"}),
        ("line.line", '"10" is not a whole number', "a number without quotes, point or exponent, like 10"),
    ),
    "a line number of zero": (
        "Received",
        with_(line={"document": "4001", "line": 0}),
        ("line.line", "0 is not at least 1", "a number at least 1"),
    ),
    "a day the American way": ("Received", with_(expiry="04/30/2028"), ("expiry", '"04/30/2028" is not a day', DAY)),
    "a day without hyphens": ("Received", with_(expiry="20280430"), ("expiry", '"20280430" is not a day', DAY)),
    "a day as seconds since 1970": (
        "Received",
        with_(expiry="1767225600"),
        ("expiry", '"1767225600" is not a day', DAY),
    ),
    "a day that never is": ("Received", with_(expiry="2026-02-30"), ("expiry", '"2026-02-30" is not a day', DAY)),
    "a time for a day": (
        "Received",
        with_(expiry="2028-04-30T00:00:00Z"),
        ("expiry", '"2028-04-30T00:00:00Z" is not a day', DAY),
    ),
    "a naive time": (
        "Counted",
        with_(cut_off="2026-01-01T00:00:00"),
        ("cut_off", '"2026-01-01T00:00:00" has no UTC offset', f"add one, {MOMENT}"),
    ),
    "a day for a time": (
        "Counted",
        with_(cut_off="2026-01-01"),
        ("cut_off", '"2026-01-01" is not a point in time', MOMENT),
    ),
    "seconds since 1970": (
        "Counted",
        with_(cut_off=1767225600),
        ("cut_off", "1767225600 is not a point in time", MOMENT),
    ),
    "a time without hyphens": (
        "Counted",
        with_(cut_off="20260101"),
        ("cut_off", '"20260101" is not a point in time', MOMENT),
    ),
    "yes for true": (
        "StockSnapshot",
        with_(complete="yes"),
        ("complete", '"yes" is neither true nor false', "true or false, without quotes"),
    ),
    "a bucket told twice": (
        "StockSnapshot",
        lambda told: {**told, "lines": told["lines"] * 2},
        ("lines", "a bucket is listed twice", "say its whole quantity in one line"),
    ),
    "a mistake in a line": (
        "StockSnapshot",
        lambda told: {**told, "lines": [*told["lines"], {"location": "B-1"}]},
        ("lines[1].quantity", "missing", "give it: how much, in which unit"),
    ),
    "an object for a list": (
        "StockSnapshot",
        with_(lines={"1": 2}),
        ("lines", "an object is not a list", "a list in square brackets"),
    ),
    "a currency sign": (
        "PlacePurchaseOrder",
        with_(currency="€"),
        ("currency", '"€" is no currency code', "an ISO 4217 code in capitals, like EUR"),
    ),
    "an order of nothing": ("PlacePurchaseOrder", with_(lines=[]), ("lines", "too few elements", "at least 1")),
    "one bad line of one": (
        "PlacePurchaseOrder",
        lambda told: {**told, "lines": [{**told["lines"][0], "price": "-3"}]},
        ("lines[0].price", '"-3" is not at least 0', "a number at least 0"),
    ),
    "a line told twice": (
        "PlacePurchaseOrder",
        lambda told: {**told, "lines": told["lines"] * 2},
        ("lines", "line 1 is there twice", "say everything about a line in one entry"),
    ),
    "a GLN with a wrong check digit": (
        "DefineSite",
        with_(gln="4012345000008"),
        ("gln", "the GLN 4012345000008 has a wrong digit", "with its other digits right it ends in 9"),
    ),
    "a time zone by its offset": (
        "DefineSite",
        with_(zone="CET+1"),
        ("zone", '"CET+1" is not a time zone', "write its IANA name, like Europe/Berlin"),
    ),
    "a country as a word": (
        "DefineSite",
        with_(country="Germany"),
        ("country", '"Germany" is no country code', "an ISO 3166 code of two capitals, like DE"),
    ),
    "a control character": (
        "DefineSite",
        with_(name="Pl\0nt"),
        (
            "name",
            r'"Pl\u0000nt" is no plain text: it holds a control character',
            "take it away; tabs and line ends may stay",
        ),
    ),
    "half a day": (
        "DefineAgreement",
        with_(lead_time_days=1.5),
        ("lead_time_days", "1.5 is not a whole number", "a number without quotes, point or exponent, like 10"),
    ),
    "a period that ends before it begins": (
        "DefineAgreement",
        with_(valid_from="2026-01-02T00:00:00Z", valid_to="2026-01-01T00:00:00Z"),
        ("valid_to", "not later than valid_from", "a later time, or leave it out while the end is open"),
    ),
    "no object at all": (
        "Counted",
        lambda told: [told],
        ("", "this is not an object", "an object with part, site, location, quantity, cut_off"),
    ),
    "no data": ("Received", lambda told: None, ("", "missing", "a Received as JSON object")),
}


@pytest.mark.parametrize(("name", "wrong", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_typical_mistake_is_told_with_its_field_and_its_remedy(
    edge: Edge, name: str, wrong: Callable[[Any], Any], told: tuple[str, str, str]
) -> None:
    field, problem, remedy = told
    answer = refused(edge, event(name, wrong(SAMPLES[name][1])))
    assert answer.problems == (Problem(f"data.{field}" if field else "data", problem, remedy),)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_themselves_are_admitted(edge: Edge, name: str) -> None:
    assert admitted(edge, event(name)).source == "wms"


@pytest.mark.parametrize("value", ["4006381333930", "123", "40063813339x1"])
def test_a_gtin_is_checked(edge: Edge, value: str) -> None:
    answer = refused(edge, event("DefineCrossReference", {**NUMBER, "value": value}))
    assert answer.problems[0].field == "data.value"
    assert "GTIN" in answer.problems[0].problem
    assert "digits" in answer.problems[0].remedy


ENVELOPES: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "a misspelt type": (
        {"type": "lotone.inventory.Recieved.v1"},
        ("type", '"lotone.inventory.Recieved.v1" is not known here', MEANT),
    ),
    "a bare type": ({"type": "received"}, ("type", '"received" is not known here', MEANT)),
    "a version still to come": (
        {"type": "lotone.inventory.Received.v9"},
        ("type", '"lotone.inventory.Received.v9" is not known here', MEANT),
    ),
    "something else": (
        {"type": "com.example.x"},
        ("type", '"com.example.x" is not known here', "GET /types lists all there are"),
    ),
    "a fact": (
        {"type": "lotone.inventory.StockReceived.v1"},
        (
            "type",
            '"lotone.inventory.StockReceived.v1" is a fact: Lotone\'s own record',
            "GET /types lists what to publish",
        ),
    ),
    "a command": (
        {"type": "lotone.suppliers.FollowReceipt.v1"},
        (
            "type",
            "FollowReceipt is a command, and only Lotone's own services send those",
            "publish the request or observation that it follows from",
        ),
    ),
    "a source of ours": (
        {"source": "lotone/inventory"},
        ("source", "sources that begin with lotone/ are Lotone's own", "use one of yours"),
    ),
    "the planner's source": (
        {"source": "lotone:planner"},
        ("source", "is Lotone's own", "use one of yours"),
    ),
    "another type's schema": (
        {"dataschema": "https://example.com/inventory.Counted.v1.json"},
        ("dataschema", "not the schema of this type", "end it in /inventory.Received.v1.json, or leave it out"),
    ),
    "a time without an offset": (
        {"time": "2026-01-01T00:00:00"},
        ("time", "without a UTC offset", "add one, like 2026-11-22T08:30:00+01:00 or …Z"),
    ),
    "no time": ({"time": ...}, ("time", "missing", "say when it occurred, like 2026-11-22T08:30:00+01:00")),
    "no id": ({"id": ...}, ("id", "missing", "every CloudEvent has id")),
    "no data": ({"data": None}, ("data", "missing", "a Received as JSON object")),
}


@pytest.mark.parametrize(("attributes", "told"), ENVELOPES.values(), ids=ENVELOPES)
def test_a_mistake_in_the_envelope_is_told_too(
    edge: Edge, attributes: dict[str, Any], told: tuple[str, str, str]
) -> None:
    assert refused(edge, event("Received", **attributes)).problems == (Problem(*told),)


@pytest.mark.parametrize("schema", ["inventory.Received.v1.json", "https://example.com/inventory.Received.v1", ...])
def test_its_own_schema_may_be_named_wherever_it_lies_or_not_at_all(edge: Edge, schema: Any) -> None:
    assert admitted(edge, event("Received", dataschema=schema)).id == "e-1"


def test_every_mistake_is_told_at_once(edge: Edge) -> None:
    answer = refused(edge, event("Received", with_(part="", location=..., colour="red")(RECEIVED)))
    assert [problem.field for problem in answer.problems] == ["data.part", "data.location", "data.colour"]


def test_a_flood_of_mistakes_is_told_in_part_and_quickly(edge: Edge) -> None:
    raw = event("StockSnapshot", {**SNAPSHOT, "lines": [{"x" * 300: 1}] * 9_000, **{f"y{n}": n for n in range(5_000)}})
    began = time.perf_counter()
    answer = refused(edge, raw)
    assert time.perf_counter() - began < 5
    assert len(answer.problems) == 51
    assert answer.problems[-1].problem == f"{9_000 * 3 + 5_000 - 50} more problems"


@pytest.mark.parametrize("attributes", [{"type": "x" * 100_000}, {"dataschema": "x" * 100_000}])
def test_what_is_endless_is_not_repeated(edge: Edge, attributes: dict[str, Any]) -> None:
    problem = refused(edge, event("Received", **attributes)).problems[0]
    assert len(problem.problem + problem.remedy) < 300
