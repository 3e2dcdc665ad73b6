"""The HTTP API of a real ``lotone up``: views with their pages and filters, and the record behind them."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.asking import define, found, problem
from tests.integration.commands import Served
from tests.integration.processes import until

PAGED = {
    "/stock": ["part", "site"],
    "/stock/buckets": ["part", "site", "location", "status"],
    "/stock/allocations": ["part", "site", "reservation"],
    "/stock/transfers": ["part", "site"],
    "/parts/SPOKE/movements": ["site", "run", "order"],
    "/purchase-orders/lines": ["number", "supplier", "part", "site"],
    "/suppliers": [],
    "/suppliers/BREMSKRAFT/receipts": ["part"],
}


def walked(api: Served, path: str, limit: int, **filters: Any) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    after = None
    while True:
        page = api.get(path, limit=limit, after=after, **filters)
        assert len(page["items"]) <= limit
        assert page["at"]
        rows += page["items"]
        after = page["next"]
        if after is None:
            return rows


@pytest.mark.parametrize("path", PAGED)
def test_small_pages_together_are_one_large_page(api: Served, path: str) -> None:
    whole = api.get(path, limit=1000)
    assert whole["next"] is None
    assert walked(api, path, 1) == whole["items"]
    assert walked(api, path, 7) == whole["items"]


@pytest.mark.parametrize("path", PAGED)
def test_a_filter_leaves_exactly_the_rows_that_it_names(api: Served, path: str) -> None:
    rows = api.get(path, limit=1000)["items"]
    for name in PAGED[path]:
        values = sorted({str(row[name]) for row in rows if row[name] is not None})
        for value in values[:2] + ["no-such-thing"] * (name != "status"):
            wanted = [row for row in rows if str(row[name]) == value]
            assert api.get(path, limit=1000, **{name: value})["items"] == wanted, (name, value)


def test_movements_can_be_had_from_the_latest_on_and_between_two_times(api: Served) -> None:
    path = "/parts/SPOKE/movements"
    rows = api.get(path, limit=1000)["items"]
    assert len(rows) >= 10
    assert walked(api, path, 3, newest=True) == rows[::-1]
    since, until_ = rows[3]["occurred_at"], rows[-3]["occurred_at"]
    between = [row for row in rows if since <= row["occurred_at"] <= until_]
    assert walked(api, path, 4, since=since, until=until_) == between


def test_lines_of_orders_are_open_or_late_as_of_the_day_that_is_asked(api: Served) -> None:
    rows = api.get("/purchase-orders/lines", limit=1000)["items"]
    is_open = {(row["number"], row["line"]) for row in rows if row["open"] != "0"}
    assert {(row["number"], row["line"]) for row in walked(api, "/purchase-orders/lines", 5, open_only=True)} == is_open
    late = api.get("/purchase-orders/lines", limit=1000, late_only=True, today="2027-01-01")["items"]
    assert late
    assert all(row["late"] and row["days_late"] > 0 for row in late)
    assert api.get("/purchase-orders/lines", late_only=True, today="2025-01-01")["items"] == []
    promised = api.get("/purchase-orders/lines", limit=1000, promised_until="2026-01-10")["items"]
    assert promised == [row for row in rows if row["promised"] and row["promised"] <= "2026-01-10"]


def test_one_part_order_or_supplier_has_all_its_rows(api: Served) -> None:
    stock = api.get("/parts/SADDLE/stock")
    assert stock["sites"] == api.get("/stock", part="SADDLE")["items"]
    assert stock["buckets"] == api.get("/stock/buckets", part="SADDLE")["items"]
    line = api.get("/purchase-orders/lines", limit=1)["items"][0]
    assert line in api.get(f"/purchase-orders/{line['number']}")["lines"]
    supplier = api.get("/suppliers", limit=1)["items"][0]
    assert api.get(f"/suppliers/{supplier['supplier']}")["record"] == supplier


def test_a_balance_is_as_known_then_or_as_corrected_since(api: Served) -> None:
    rows = api.get("/parts/SPOKE/movements", limit=1000)["items"]
    on_hand = sum(float(bucket["on_hand"]) for bucket in api.get("/parts/SPOKE/balance")["buckets"])
    assert on_hand == sum(float(row["amount"]) for row in rows)
    day = rows[len(rows) // 2]["occurred_at"]
    corrected = api.get("/parts/SPOKE/balance", occurred_until=day)
    wanted = sum(float(row["amount"]) for row in rows if row["occurred_at"] <= day)
    assert sum(float(bucket["on_hand"]) for bucket in corrected["buckets"]) == wanted
    early = api.get("/parts/SPOKE/balance", recorded_until="2020-01-01T00:00:00Z")
    assert early["buckets"] == []


def test_an_answer_says_which_point_in_history_it_reflects(api: Served) -> None:
    before = api.get("/stock", part="API-1")["at"]["stock_position"]
    api.publish(found("at-1"))
    at = api.outcome("api", "at-1")["facts"][0]
    shard = f"inventory/{at['shard']}"
    until(lambda: api.get("/stock", part="API-1")["at"]["stock_position"][shard] >= at["position"])
    assert at["position"] > before[shard]
    assert set(before) == {"inventory/0", "inventory/1"}


@pytest.mark.parametrize("id_", ["A/B", "A B", "50%2F50", "a#b", "x?y", "/", "/stock", "ä"])
def test_ids_may_hold_what_addresses_give_another_meaning(api: Served, id_: str) -> None:
    if id_.isascii():
        api.publish(define(id_), found(f"odd {id_}", part=id_))
        until(lambda: api.outcome("api", f"odd {id_}")["status"] == "decided")
        api.settled()
        path = quote(id_, safe="")
        assert api.get(f"/parts/{path}/stock")["part"] == id_
        assert api.get(f"/parts/{path}/movements")["items"][0]["part"] == id_
        assert api.get(f"/streams/inventory/stock/{path}@kassel")["stream"] == f"stock/{id_}@kassel"
        assert api.get(f"/streams/catalogue/part/{path}")["facts"][0]["data"]["id"] == id_
    problem(api.http.get(f"/purchase-orders/{quote(id_, safe='')}"), 404)
    problem(api.http.get(f"/suppliers/{quote(id_, safe='')}"), 404)


UNFIT = [
    "/stock?limit=0",
    "/stock?limit=1001",
    "/stock?limit=many",
    "/stock?after=nonsense",
    "/stock?after=WyJhIl0",
    "/stock?after=WyJhXHUwMDAwIiwiYiJd",
    "/stock?after=W10&part=x",
    "/stock?after=%F0%9F%98%80",
    "/stock?part=%00",
    "/stock/buckets?status=perhaps",
    "/parts/%00/stock",
    "/parts/SPOKE/movements?since=yesterday",
    "/parts/SPOKE/movements?since=2026-01-01T00:00:00",
    "/parts/SPOKE/movements?after=WyIyMDI2IiwxLDEsMV0",
    "/purchase-orders/lines?today=0000-00-00",
    "/purchase-orders/lines?after=WyJhIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    "/rejected?after=-1",
    "/rejected?limit=100000",
    "/rejected/none",
    "/rejected/99999999999999999999999999",
    "/streams/inventory/x?after=99999999999999999999999999",
    "/events?source=%00&id=x",
    "/events?source=api",
]


@pytest.mark.parametrize("path", UNFIT)
def test_a_parameter_that_does_not_fit_is_a_problem(api: Served, path: str) -> None:
    problem(api.http.get(path), 422)


@pytest.mark.parametrize(
    "path", ["/purchase-orders/lines?promised_until=0001-01-01",
             "/parts/SPOKE/movements?until=9999-12-31T23:59:59-12:00",
             "/parts/SPOKE/balance?occurred_until=0001-01-01T00:00:00%2B12:00"]
)  # fmt: skip
def test_the_ends_of_the_calendar_may_be_asked_for(api: Served, path: str) -> None:
    assert api.http.get(path).status_code == 200


# -- the record --------------------------------------------------------------------------------------------------------


def test_a_stream_shows_every_fact_with_its_cause_and_both_times_and_can_be_paged(api: Served) -> None:
    path = "/streams/inventory/stock/SPOKE@kassel"
    whole = api.get(path)
    assert [fact["version"] for fact in whole["facts"]] == list(range(1, len(whole["facts"]) + 1))
    assert all(fact["cause"] and fact["occurred_at"] and fact["recorded_at"] for fact in whole["facts"])
    paged: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = api.get(path, after=after, limit=5)
        paged += page["facts"]
        after = page["next_after"]
    assert paged == whole["facts"]
    third = whole["facts"][2]
    assert api.get(path, until=third["position"])["facts"] == whole["facts"][:3]


@pytest.mark.parametrize(
    "path", ["/streams/inventory/no/such", "/streams/nowhere/x", "/rejected/999999", "/schemas/x.json"]
)
def test_what_is_not_in_the_record_is_not_found(api: Served, path: str) -> None:
    problem(api.http.get(path), 404)


def test_refusals_can_be_paged_and_each_is_shown_with_its_bytes(api: Served) -> None:
    api.publish(b'{"a": 1}', b"[2]", b'"three"')
    whole = api.get("/rejected", limit=1000)
    paged: list[Any] = []
    while page := api.get("/rejected", after=paged[-1]["number"] if paged else 0, limit=2):
        paged += page
    assert paged == whole
    assert [api.get(f"/rejected/{line['number']}")["original"] for line in whole[-3:]] == ['{"a": 1}', "[2]", '"three"']


def test_every_type_has_a_schema(api: Served) -> None:
    lines = api.get("/types")
    assert {line["kind"] for line in lines} == {"request", "observation", "command", "fact"}
    for line in lines:
        assert line["about"], line["type"]
    assert api.get(lines[0]["json_schema"])["x-lotone"]["type"] == lines[0]["type"]
