"""AdventureWorks as an import directory of Lotone's CSV files, and its purchase orders as a history of events."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from events.model import Payload
from events.register import entry
from events.suppliers.messages import Closed, PlacePurchaseOrder, ReceiptReported, Reviewed, Shipped
from events.values import plain
from tests.adventureworks import derived
from tests.adventureworks.rows import Files, Row, key, moment, number

SOURCE = "adventureworks"
PENDING, APPROVED, REJECTED, COMPLETE = "1", "2", "3", "4"
Table = Iterable[Mapping[str, object]]


def code(product: Row) -> str:
    """Our part code of a product: its number."""
    return product["ProductNumber"]


def base_units(files: Files) -> dict[str, str]:
    """Each product's base unit: the one its bills use."""
    told = {row["ComponentId"]: derived.UNITS[row["UnitMeasureCode"]] for row in files.bill_rows}
    return {product: told.get(product, derived.NO_BILL_UNIT) for product in files.products}


def write_import(files: Files, directory: Path) -> None:
    """The directory that ``lotone import`` takes."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in tables(files).items():
        told = list(rows)
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(told[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(told)


def tables(files: Files) -> dict[str, Table]:
    """Every file of the import directory, by name."""
    return {
        "sites": [{
            "site": derived.SITE, "name": derived.SITE_NAME, "zone": derived.ZONE, "country": derived.COUNTRY,
        }],
        "locations": _locations(files),
        "suppliers": _suppliers(files),
        "parts": _parts(files),
        "conversions": _conversions(files),
        "bills": _bills(files),
        "agreements": _agreements(files),
        "cross_references": _cross_references(files),
        "opening_stock": _opening_stock(files),
    }


def _locations(files: Files) -> Table:
    for row in files.locations:
        kind = "production" if number(row["CostRate"]) else "storage"  # only where people work does an hour cost
        yield {"site": derived.SITE, "location": row["LocationId"], "name": row["Name"], "kind": kind}


def _suppliers(files: Files) -> Table:
    for row in files.vendors.values():
        yield {"supplier": row["AccountNumber"], "name": row["Name"], "active": _yes(row["ActiveFlag"])}


def _parts(files: Files) -> Table:
    units = base_units(files)
    for id, row in files.products.items():
        made, cost = row["MakeFlag"] == "1", number(row["StandardCost"])
        yield {
            "part": code(row), "name": row["Name"], "unit": units[id], "make_or_buy": "make" if made else "buy",
            **_weight(row, made), "lead_time_days": row["DaysToManufacture"] if made else "",
            "safety_stock": row["SafetyStockLevel"], "reorder_point": row["ReorderPoint"],
            "standard_cost": plain(cost) if cost else "", "currency": derived.CURRENCY if cost else "",
        }


def _weight(product: Row, made: bool) -> Mapping[str, str]:
    if product["Weight"]:
        unit = derived.UNITS[product["WeightUnitMeasureCode"]]
        return {"weight": plain(number(product["Weight"])), "weight_unit": unit}
    grams = None if made else derived.grams(product["Name"])
    return {"weight": plain(grams) if grams else "", "weight_unit": "GRM" if grams else ""}


def _conversions(files: Files) -> Table:
    for product in dict.fromkeys(product for product, _ in files.agreements):
        row = files.products[product]
        if pack := derived.pack(row["Name"]):
            yield {"part": code(row), "unit": purchase_unit(files, product), "base_units": pack}


def purchase_unit(files: Files, product: str) -> str:
    """The unit a product is bought in: all its vendors use the same."""
    (unit,) = {row["UnitMeasureCode"] for (sold, _), row in files.agreements.items() if sold == product}
    return derived.UNITS[unit]


def _bills(files: Files) -> Table:
    """Rows without a parent only name what is sold: they are no bill."""
    for row in files.bill_rows:
        if not row["ProductAssemblyId"]:
            continue
        end = row["EndDate"] and derived.local(moment(row["EndDate"]) + derived.LAST_DAY_BELONGS, derived.MIDNIGHT)
        yield {
            "parent": code(files.products[key(row["ProductAssemblyId"])]), "line": row["BillOfMaterialsId"],
            "component": code(files.products[row["ComponentId"]]), "quantity": plain(number(row["PerAssemblyQty"])),
            "unit": derived.UNITS[row["UnitMeasureCode"]],
            "effective_from": derived.local(moment(row["StartDate"]), derived.MIDNIGHT).isoformat(),
            "effective_to": end.isoformat() if isinstance(end, datetime) else "",
        }


def _agreements(files: Files) -> Table:
    for (product, vendor), row in files.agreements.items():
        yield {
            "supplier": files.vendors[vendor]["AccountNumber"], "part": code(files.products[product]),
            "unit": derived.UNITS[row["UnitMeasureCode"]], "price": plain(number(row["StandardPrice"])),
            "currency": derived.CURRENCY, "lead_time_days": row["AverageLeadTime"],
            "minimum": plain(number(row["MinOrderQty"])), "maximum": plain(number(row["MaxOrderQty"])),
        }


def _cross_references(files: Files) -> Table:
    for product, row in files.products.items():
        yield {"scheme": SOURCE, "value": f"product-{product}", "kind": "part", "id": code(row)}
    for vendor, row in files.vendors.items():
        yield {"scheme": SOURCE, "value": f"vendor-{vendor}", "kind": "supplier", "id": row["AccountNumber"]}


def _opening_stock(files: Files) -> Table:
    units = base_units(files)
    cut_off = derived.local(derived.CUT_OVER, derived.MIDNIGHT).isoformat()
    for row in files.stock:
        yield {
            "part": code(files.products[row["ProductId"]]), "site": derived.SITE, "location": row["LocationId"],
            "quantity": row["Quantity"], "unit": units[row["ProductId"]], "cut_off": cut_off,
        }


def _yes(flag: str) -> str:
    return "yes" if flag == "1" else "no"


def history(files: Files) -> list[dict[str, Any]]:
    """All purchase orders as events, in the order of their times."""
    lines: dict[str, list[Row]] = {order: [] for order in files.orders}
    for row in files.lines:
        lines[row["PurchaseOrderId"]].append(row)
    events = [event for id, row in files.orders.items() for event in _order(files, row, lines[id])]
    return sorted(events, key=lambda event: (datetime.fromisoformat(event["time"]), int(event["data"]["number"])))


def _order(files: Files, order: Row, lines: list[Row]) -> Iterator[dict[str, Any]]:
    yield _placed(files, order, lines)
    yield from (_received(files, order, row) for row in lines)
    shipped = [{"line": int(row["PurchaseOrderDetailId"]), "quantity": _quantity(files, row, derived.SHIPPED_COLUMN)}
               for row in lines]
    number, at = order["PurchaseOrderId"], derived.local(moment(order["ShipDate"]), derived.SHIPPED_AT)
    yield _event(order, Shipped, "shipped", at, {"number": number, "lines": shipped, "despatch": f"{number}/1"})
    changed = _stamped(order[derived.REVIEW_STAMP], derived.REVIEWED_AT)
    if order["Status"] == REJECTED:
        yield _event(order, Reviewed, "refused", changed, {"number": number, "approval": "rejected"})
    if order["Status"] == COMPLETE:
        yield _event(order, Closed, "closed", changed, {"number": number})


def _placed(files: Files, order: Row, lines: list[Row]) -> dict[str, Any]:
    told = [
        {
            "line": int(row["PurchaseOrderDetailId"]), "part": code(files.products[row["ProductId"]]),
            "quantity": _quantity(files, row, "OrderQty"), "price": plain(number(row["UnitPrice"])),
            "due": moment(row["DueDate"]).date().isoformat(),
        }
        for row in lines
    ]
    return _event(order, PlacePurchaseOrder, "placed", derived.local(moment(order["OrderDate"]), derived.ORDERED_AT), {
        "number": order["PurchaseOrderId"], "supplier": files.vendors[order["VendorId"]]["AccountNumber"],
        "currency": derived.CURRENCY, "site": derived.SITE, "lines": told,
        "approval": "approved" if order["Status"] in (APPROVED, COMPLETE) else "pending",
        "ship_method": files.ship_methods[order["ShipMethodId"]],
    })


def _received(files: Files, order: Row, row: Row) -> dict[str, Any]:
    line = row["PurchaseOrderDetailId"]
    at = _stamped(row[derived.RECEIPT_STAMP], derived.RECEIVED_AT)
    return _event(order, ReceiptReported, f"received/{line}", at, {
        "number": order["PurchaseOrderId"], "line": int(line), "part": code(files.products[row["ProductId"]]),
        "received": _quantity(files, row, "ReceivedQty"), "accepted": plain(number(row["StockedQty"])),
        "rejected": plain(number(row["RejectedQty"])), "receipt": f"{order['PurchaseOrderId']}/{line}",
    })


def _quantity(files: Files, row: Row, column: str) -> dict[str, str]:
    agreement = files.agreements[row["ProductId"], files.orders[row["PurchaseOrderId"]]["VendorId"]]
    return {"amount": plain(number(row[column])), "unit": derived.UNITS[agreement["UnitMeasureCode"]]}


def _stamped(text: str, hour: Any) -> datetime:
    """A stamp with an hour of its own keeps it."""
    told = moment(text)
    return derived.local(told, told.time() if told.time() != derived.MIDNIGHT else hour)


def _event(order: Row, model: type[Payload], step: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    found = entry(model)
    return {
        "specversion": "1.0", "id": f"purchase-order/{order['PurchaseOrderId']}/{step}", "source": SOURCE,
        "type": found.wire, "time": at.isoformat(), "timeprecision": "day", "timezone": derived.ZONE,
        "actor": f"employee-{order['EmployeeId']}", "correlationid": f"purchase-order/{order['PurchaseOrderId']}",
        "data": data,
    }


