"""What the story of the whole chain adds to AdventureWorks' files, and what it leaves as it is."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from events.catalogue.reference import Reference
from tests.adventureworks import derived, targets
from tests.adventureworks.chain import cut_over, lanes
from tests.adventureworks.convert import code
from tests.adventureworks.leads import leads
from tests.adventureworks.memory import Event
from tests.adventureworks.rows import Files
from tests.adventureworks.selling import orders


def of(events: list[Event], kind: str) -> list[dict[str, Any]]:
    return [dict(event["data"]) for event in events if f".{kind}.v" in event["type"]]


def test_of_stock_there_is_a_tenth_and_no_bicycle(bicycle_maker: Files, chain_events: list[Event]) -> None:
    told: Counter[str] = Counter()
    for row in bicycle_maker.stock:
        share = int(row["Quantity"]) // derived.SHARE_OF_FEW
        told[code(bicycle_maker.products[row["ProductId"]])] += share
    opened: Counter[str] = Counter()
    for row in of(chain_events, "OpeningStock"):
        opened[row["part"]] += int(row["quantity"]["amount"])
    bicycles = set(targets.bicycles(bicycle_maker))
    whole = [int(row["Quantity"]) for row in bicycle_maker.stock if row["ProductId"] in set(bicycle_maker.bicycles)]
    assert sum(whole) == 15_536
    assert {part: some for part, some in opened.items() if some} == {
        part: some for part, some in told.items() if some and part not in bicycles
    }


def test_some_stock_lies_at_the_second_site(chain_events: list[Event]) -> None:
    sites = Counter(row["site"] for row in of(chain_events, "OpeningStock"))
    assert sites.keys() == {derived.SITE, derived.STORE}


def test_a_part_is_ordered_before_its_safety_stock_is_touched_and_made_parts_are_not_stocked(
    chain_events: list[Event],
) -> None:
    parts = of(chain_events, "DefinePart")
    kept = [(part["make_or_buy"], one) for part in parts for one in part.get("stocking") or ()]
    assert len(kept) == 265
    assert {kind for kind, _ in kept} == {"buy"}
    assert all(Decimal(one["safety_stock"]) < Decimal(one["reorder_point"]) < Decimal(one["order_up_to"])
               for _, one in kept)
    assert not [part for part in parts if part.get("reorder_point")]


def test_every_vendor_that_sells_has_a_lane_for_every_ship_method(bicycle_maker: Files) -> None:
    told = [lane["data"] for lane in lanes(bicycle_maker)]
    selling = {bicycle_maker.vendors[vendor]["AccountNumber"] for _, vendor in bicycle_maker.agreements}
    from_vendors = Counter(lane["from_node"] for lane in told if lane["from_node"].startswith("supplier/"))
    assert from_vendors == {f"supplier/{account}": len(bicycle_maker.ship_methods) for account in selling}
    assert all(hours["least"] <= hours["usual"] <= hours["most"] for hours in (lane["transit"] for lane in told))
    assert {lane["to_node"] for lane in told} >= {f"zone/{zone}" for zone in derived.ZONES}


def test_a_thousand_orders_want_every_bicycle_after_the_cut_over(bicycle_maker: Files) -> None:
    told = orders(bicycle_maker)
    takes = {code(bicycle_maker.products[product]): days for product, days in leads(bicycle_maker).items()}
    lines = [line for order in told for line in order["data"]["lines"]]
    assert len({order["id"] for order in told}) == derived.ORDERS
    assert {line["part"] for line in lines} == set(targets.bicycles(bicycle_maker))
    assert min(datetime.fromisoformat(order["time"]) for order in told) > cut_over()
    for order in told:
        day = datetime.fromisoformat(order["time"]).date()
        for line in order["data"]["lines"]:
            (wish,) = (date.fromisoformat(one["wanted"]) for one in line["schedules"])
            assert wish.weekday() == derived.WISH_WEEKDAY
            least = takes[line["part"]] // (derived.URGENT_SHARE if order["data"]["priority"] else 1)
            assert (wish - day).days >= least


def test_the_same_seed_gives_the_same_orders_and_fewer_are_the_first_of_them(bicycle_maker: Files) -> None:
    assert orders(bicycle_maker) == orders(Files())
    assert {order["id"] for order in orders(bicycle_maker, 60)} == {f"SO-{10001 + n}" for n in range(60)}


def test_the_vendor_that_can_be_replaced_is_found_in_the_files(bicycle_maker: Files, catalogue: Reference) -> None:
    found = targets.most_replaceable(bicycle_maker, catalogue, cut_over())
    assert bicycle_maker.vendors["1696"]["AccountNumber"] == found.vendor
    assert bicycle_maker.vendors["1696"]["Name"] == "Chicago City Saddles"
    assert (len(found.replaceable), found.sole) == (9, ())


def test_without_a_sole_vendor_no_bicycle_is_assembled(bicycle_maker: Files, catalogue: Reference) -> None:
    needed = targets.needed(bicycle_maker, catalogue, cut_over())
    every = targets.sole_of_every_bicycle(bicycle_maker, catalogue, cut_over())
    assert (len(every), sum(len(found.sole) for found in every)) == (21, 33)
    for found in every:
        for part in found.sole:
            assert targets.vendors(bicycle_maker, part) == [found.vendor]
            assert set(needed[part]) == set(targets.bicycles(bicycle_maker))


def test_two_sole_vendors_are_needed_right_where_every_bicycle_is_assembled(
    bicycle_maker: Files, catalogue: Reference
) -> None:
    found = targets.sole_of_every_bicycle(bicycle_maker, catalogue, cut_over(), within=1)
    assert [(one.vendor, one.sole) for one in found] == [
        ("VARSITY0001", ("CH-0234",)), ("SUPERIOR0001", ("FB-9873", "RB-9231")),
    ]


def test_the_import_directory_of_the_chain_is_complete(chain_events: list[Event]) -> None:
    assert Counter(row["site"] for row in of(chain_events, "DefineLocation")) == {derived.SITE: 14, derived.STORE: 1}
    assert {row["id"] for row in of(chain_events, "DefineSite")} == {derived.SITE, derived.STORE}
