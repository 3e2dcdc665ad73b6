"""The maker's stock is opened at one cut-off, after all its orders, and what the orders brought isn't counted twice."""

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal

from events.catalogue.reference import Reference
from events.inventory.facts import StockOpened
from tests.adventureworks.convert import history
from tests.adventureworks.memory import Event, opened
from tests.adventureworks.rows import FOLDER, Files


def rows() -> list[dict[str, str]]:
    with (FOLDER / "ProductInventory.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_opens_a_bucket_with_its_amount(import_events: list[Event], catalogue: Reference) -> None:
    facts = opened(import_events, catalogue).facts
    assert all(isinstance(fact, StockOpened) for fact in facts)
    got = Counter((fact.bucket.location, fact.amount) for fact in facts if isinstance(fact, StockOpened))
    assert got == Counter((row["LocationId"], Decimal(row["Quantity"])) for row in rows())
    assert sum(fact.amount for fact in facts if isinstance(fact, StockOpened)) == 335_974


def test_there_is_one_cut_off_and_all_orders_lie_before_it(
    bicycle_maker: Files, import_events: list[Event]
) -> None:
    (cut_off,) = {event["data"]["cut_off"] for event in import_events if ".inventory." in event["type"]}
    last = max(datetime.fromisoformat(event["time"]) for event in history(bicycle_maker))
    assert last < datetime.fromisoformat(cut_off)
