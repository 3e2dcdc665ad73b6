"""The command line and the record's own affairs: refusals, who waits, forgetting, verifying, rebuilding."""

from pathlib import Path

import orjson
import psycopg

from projections.views import VIEWS
from tests.integration.asking import define, found, lines
from tests.integration.commands import Place
from tests.integration.processes import until
from tests.plant import event

COUNTED = {
    "part": "NOBODY-KNOWS",
    "site": "kassel",
    "location": "DOCK",
    "quantity": {"amount": "5", "unit": "C62"},
    "cut_off": "2026-03-02T06:00:00Z",
    "counted_by": {"person": "clerk-7", "value": "Ann Lee"},
}


def test_refusals_are_listed_and_shown_and_unknown_numbers_are_told(told: Place) -> None:
    told.lotone("publish", "-", stdin=b'{"a": "[bold]"}\n')
    assert [line["number"] for line in told.lotone("rejected", "list", "--json").json] == [1]
    assert told.lotone("rejected", "list", "--after", 1, "--json").json == []
    shown = told.lotone("rejected", "show", 1)
    assert (shown.code, '{"a": "[bold]"}' in shown.out, "specversion" in shown.out) == (0, True, True)
    for number in (2, 2**62):
        done = told.lotone("rejected", "show", number)
        assert (done.code, "lotone rejected list" in done.err) == (1, True)
    assert told.lotone("rejected", "show", 2**70).code == 2
    assert told.lotone("rejected", "retry", 99).code == 1


def test_what_was_refused_at_the_door_is_retried_as_it_was_or_corrected(told: Place, tmp_path: Path) -> None:
    told.lotone("publish", "-", stdin=lines(found("30", amount="x")))
    assert told.lotone("rejected", "retry", 1).code == 1
    corrected = tmp_path / "corrected.json"
    corrected.write_bytes(orjson.dumps(orjson.loads(found("30")), option=orjson.OPT_INDENT_2))
    done = told.lotone("rejected", "retry", 1, "--file", corrected, "--json")
    assert (done.code, done.json["outcomes"]) == (0, {"decided": 1})
    assert "can't be read" in told.lotone("rejected", "retry", 1, "--file", tmp_path / "none").err


def test_what_a_service_refused_is_retried_with_its_sealed_fields_once(told: Place) -> None:
    counted = event("inventory.Counted", "count-1", COUNTED, source="api")
    told.lotone("publish", "-", stdin=lines(counted))
    waiting = told.lotone("parked", "--json").json
    assert [line["waits_for"] for line in waiting] == [["part/NOBODY-KNOWS"]]
    assert "NOBODY-KNOWS" in told.lotone("parked", "--domain", "inventory").out
    assert told.lotone("parked", "--domain", "nowhere").code == 1
    overdue(told)
    number = told.lotone("rejected", "list", "--json").json[-1]["number"]
    assert "Ann" not in told.lotone("rejected", "show", number).out
    told.lotone("publish", "-", stdin=lines(define("NOBODY-KNOWS")))
    done = told.lotone("rejected", "retry", number, "--json")
    assert (done.code, done.json["outcomes"]) == (0, {"decided": 1}), done.raw
    facts = told.lotone("history", "stock/NOBODY-KNOWS@kassel", "--json").json
    assert facts[0]["cause"] == f"count-1#retry-{number}"
    assert facts[0]["data"]["counted_by"].keys() == {"person", "box"}
    with told.store() as base:
        box = facts[0]["data"]["counted_by"]["box"]
        assert base.keys.open("clerk-7", box) == b'"Ann Lee"'
    again = told.lotone("rejected", "retry", number)
    assert (again.code, "retried before" in again.err) == (1, True)


def test_a_command_of_ours_that_was_refused_is_retried_too(told: Place) -> None:
    """Goods came for an order that nobody placed in time; then somebody did."""
    line = {"document": "PO-LATE", "line": 1}
    data = {
        "part": "API-1",
        "site": "kassel",
        "location": "DOCK",
        "quantity": {"amount": "5", "unit": "C62"},
        "line": line,
    }
    told.lotone("publish", "-", stdin=lines(event("inventory.Received", "gr-1", data, source="api")))
    assert told.lotone("parked", "--domain", "suppliers", "--json").json
    overdue(told)
    refused = told.lotone("rejected", "list", "--json").json[-1]
    assert refused["source"].startswith("lotone/")
    order = {
        "number": "PO-LATE",
        "supplier": "V",
        "site": "kassel",
        "currency": "EUR",
        "lines": [{"line": 1, "part": "API-1", "quantity": {"amount": "5", "unit": "C62"}}],
    }
    vendor = event("catalogue.DefineSupplier", "v", {"id": "V", "name": "V"}, source="api")
    told.lotone("publish", "-", stdin=lines(vendor, event("suppliers.PlacePurchaseOrder", "po", order, source="api")))
    done = told.lotone("rejected", "retry", refused["number"], "--json")
    assert (done.code, done.json["outcomes"]) == (0, {"decided": 1}), done.raw
    assert told.lotone("show", "order", "PO-LATE", "--json").json["lines"][0]["received"] == "5"


def overdue(place: Place) -> None:
    """All that waits has waited long enough."""
    assert place.dsn is not None
    with psycopg.connect(place.dsn) as hand:
        hand.execute("UPDATE lotone.parked SET deadline = now() - interval '1 second'")
    place.lotone("publish", "-", stdin=b"")
    with place.up():
        until(lambda: not _parked(place))


def _parked(place: Place) -> bool:
    with place.store() as base:
        return bool(base.ledger.parked())


def test_a_person_is_forgotten_and_what_told_of_them_with_them(told: Place) -> None:
    bad = event("inventory.Counted", "count-2", {**COUNTED, "quantity": 1}, source="api")
    told.lotone("publish", "-", stdin=lines(event("inventory.Counted", "c-3", {**COUNTED, "part": "API-1"}), bad))
    assert told.lotone("forget", "clerk-7").code == 1  # nobody said yes
    assert "2 keys destroyed" in told.lotone("forget", "clerk-7", "--yes").out
    assert "nothing is kept for nobody" in told.lotone("forget", "nobody", "--yes").out
    assert "was forgotten" in told.lotone("rejected", "show", 1).out
    done = told.lotone("rejected", "retry", 1)
    assert (done.code, "--file" in done.err) == (1, True)
    assert told.lotone("rejected", "show", 1, "--raw").code == 1
    assert told.lotone("verify").code == 0


def test_verify_compares_with_heads_kept_outside_and_names_what_was_tampered_with(told: Place, tmp_path: Path) -> None:
    heads = tmp_path / "heads.json"
    assert told.lotone("verify", "--save-heads", heads).code == 0
    done = told.lotone("verify", "--heads", heads)
    assert (done.code, "kept outside" in done.out) == (0, True)
    (tmp_path / "garbage.json").write_bytes(b"\xff{")
    for wrong in ("missing.json", "garbage.json"):
        done = told.lotone("verify", "--heads", tmp_path / wrong)
        assert (done.code, "Traceback" in done.err) == (1, False)
    assert "can't be written" in told.lotone("verify", "--save-heads", tmp_path / "no" / "where").err
    assert told.dsn is not None
    with psycopg.connect(told.dsn) as hand:
        hand.execute("UPDATE lotone.fact SET actor = 'x' WHERE domain = 'inventory'")
    done = told.lotone("verify", "--save-heads", tmp_path / "forged.json", "--json")
    assert (done.code, done.json["whole"]) == (2, False)
    assert "inventory shard" in done.json["wrong"][0]
    assert "position 1" in done.json["wrong"][0]
    assert not (tmp_path / "forged.json").exists()


def test_rebuild_proves_its_views_and_names_them_when_one_is_unknown(told: Place) -> None:
    done = told.lotone("rebuild", "--prove")
    assert (done.code, done.out.count("equal")) == (0, len(VIEWS))
    assert [view["view"] for view in told.lotone("rebuild", "supplier_record", "--json").json] == ["supplier_record"]
    done = told.lotone("rebuild", "[red]")
    assert (done.code, "stock_position" in done.err, "[red]" in done.err) == (1, True, True)


def test_an_argument_that_is_no_text_is_told(told: Place) -> None:
    done = told.lotone("history", "\udcff")
    assert (done.code, "UTF-8" in done.err) == (1, True)
