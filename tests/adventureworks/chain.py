"""AdventureWorks as the whole chain needs it: the import without finished bicycles, a second site, and lanes."""

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from events.values import plain
from infra.sample.life.chance import Chance
from tests.adventureworks import derived
from tests.adventureworks.convert import SOURCE, Table, code, tables
from tests.adventureworks.rows import Files, Row, number

CHANCE = Chance(derived.SEED)


def write_chain(files: Files, directory: Path, orders: int = derived.ORDERS) -> None:
    """The directory that ``lotone import`` takes, with stock for so many orders."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in chain_tables(files, orders).items():
        told = list(rows)
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(told[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(told)


def chain_tables(files: Files, orders: int) -> dict[str, Table]:
    """Every file of the import directory, by name."""
    share = derived.STOCK_SHARE if orders > derived.FEW else derived.SHARE_OF_FEW
    told = tables(files)
    sites = [{**row, "calendar": derived.OFFICE_HOURS} for row in told["sites"]]
    second = {**sites[0], "site": derived.STORE, "name": derived.STORE_NAME, "zone": derived.STORE_ZONE}
    rack = {"site": derived.STORE, "location": derived.STORE_RACK, "name": "Racks", "kind": "storage"}
    return {
        **told,
        "calendars": [{
            "calendar": derived.OFFICE_HOURS, "days": "monday tuesday wednesday thursday friday",
            "shifts": derived.OFFICE_SHIFTS,
        }],
        "sites": [*sites, second],
        "locations": [*told["locations"], rack],
        "parts": [{**row, **_lead(row), "safety_stock": "", "reorder_point": ""} for row in told["parts"]],
        "stocking": _stocking(files),
        "opening_stock": _opening_stock(files, told["opening_stock"], share),
    }


def _lead(part: Row) -> Row:
    """What is made takes a little longer than the files say."""
    made = part["lead_time_days"]
    return {"lead_time_days": str(int(made) + derived.BUILDING_MARGIN)} if made else {}


def _stocking(files: Files) -> Table:
    for row in files.products.values():
        if row["MakeFlag"] == "1" or not any(product == row["ProductId"] for product, _ in files.agreements):
            continue
        point = number(row[derived.REORDER_COLUMN])
        yield {
            "part": code(row), "site": derived.SITE, "planner": "lotone", "reorder_point": plain(point),
            "safety_stock": plain(number(row[derived.SAFETY_COLUMN])), "order_up_to": plain(point * derived.UP_TO),
        }


def _opening_stock(files: Files, rows: Table, share: int) -> Table:
    bicycles = {code(files.products[id]) for id in files.bicycles}
    for told in rows:
        if told["part"] in bicycles:
            continue
        row = {**told, "quantity": int(str(told["quantity"])) // share}
        if row["location"] == derived.STORE_LOCATION:
            yield {**row, "site": derived.STORE, "location": derived.STORE_RACK}
        else:
            yield row


def lanes(files: Files) -> list[dict[str, Any]]:
    """Every lane as an event: from each vendor that sells, between the sites, and to the customers."""
    selling = {vendor for _, vendor in files.agreements}
    told = [
        _lane(row, f"supplier/{account}", f"site/{derived.SITE}", km, account)
        for vendor, known in files.vendors.items() if vendor in selling
        for account, km in [(known["AccountNumber"], CHANCE.between(*derived.VENDOR_KM, known["AccountNumber"]))]
        for row in _methods(files)
    ]
    told += [
        _lane(row, f"site/{origin}", f"site/{target}", derived.STORE_KM, f"{origin}-{target}")
        for origin, target in ((derived.SITE, derived.STORE), (derived.STORE, derived.SITE))
        for row in _methods(files) if row["Name"] in derived.TO_CUSTOMERS
    ]
    told += [
        _lane(row, f"site/{derived.SITE}", f"zone/{zone}", km, f"{derived.SITE}-{zone}")
        for zone, km in derived.ZONES.items() for row in _methods(files) if row["Name"] in derived.TO_CUSTOMERS
    ]
    return told


def _methods(files: Files) -> Iterator[Row]:
    yield from files._read("ShipMethod")


def _lane(method: Row, origin: str, target: str, km: int, name: str) -> dict[str, Any]:
    short, mode, speed, handling, early, late = derived.METHODS[method["Name"]]
    usual = handling + 24 * km // speed
    return event("DefineLane", "logistics", f"lane/{name}-{short}", cut_over(), {
        "lane": f"{name}-{short}", "from_node": origin, "to_node": target, "mode": mode, "distance_km": km,
        "transit": {"least": max(usual - early, 1), "usual": usual, "most": usual + late},
        "cost": {
            "currency": derived.CURRENCY, "fixed": plain(number(method["ShipBase"])),
            "per_kg": plain(number(method["ShipRate"]) * Decimal(derived.RATE_IS_PER)),
        },
        **({"calendar": derived.OFFICE_HOURS} if origin.startswith("site/") else {}),
        "capacity": {"quantity": {"amount": str(derived.LANE_KG[mode]), "unit": "KGM"}},
    })


def cut_over() -> datetime:
    """When the books open."""
    return derived.local(derived.CUT_OVER, derived.MIDNIGHT)


def event(kind: str, domain: str, id: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvent of the maker's systems."""
    return {
        "specversion": "1.0", "id": id, "source": SOURCE, "type": f"lotone.{domain}.{kind}.v1",
        "time": at.isoformat(), "timezone": derived.ZONE, "actor": SOURCE, "data": data,
    }
