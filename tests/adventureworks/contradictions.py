"""What in AdventureWorks' files contradicts itself. It is reported, and the events still tell what the files say."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tests.adventureworks import derived
from tests.adventureworks.convert import COMPLETE, PENDING, REJECTED
from tests.adventureworks.rows import Files, Row, key, moment, number

_SHOWN: Final = 3


@dataclass(frozen=True)
class Contradiction:
    """A kind of contradiction, how often it was looked for and found, and the first rows that have it."""

    kind: str
    of: int
    found: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        seen = f": e.g. {', '.join(self.examples)}" if self.examples else ""
        return f"{self.found:>6} of {self.of:>6}  {self.kind}{seen}"


def contradictions(files: Files) -> list[Contradiction]:
    """Everything looked for, also what wasn't found."""
    return [*_lines(files), *_orders(files), *_agreements(files), *_parts(files), *_bills(files), *_stock(files)]


def _found(kind: str, rows: Iterable[Row], wrong: Callable[[Row], bool], name: Callable[[Row], str]) -> Contradiction:
    told = list(rows)
    names = [name(row) for row in told if wrong(row)]
    return Contradiction(kind, len(told), len(names), tuple(names[:_SHOWN]))


def _lines(files: Files) -> Iterator[Contradiction]:
    def order(row: Row) -> Row:
        return files.orders[row["PurchaseOrderId"]]

    def name(row: Row) -> str:
        return f"order {row['PurchaseOrderId']} line {row['PurchaseOrderDetailId']}"

    def amount(row: Row, column: str) -> Decimal:
        return number(row[column])

    def agreement(row: Row) -> Row:
        return files.agreements[row["ProductId"], order(row)["VendorId"]]

    def outside(row: Row) -> bool:
        terms, ordered = agreement(row), amount(row, "OrderQty")
        return not number(terms["MinOrderQty"]) <= ordered <= number(terms["MaxOrderQty"])

    checks: dict[str, Callable[[Row], bool]] = {
        "lines received before the order was shipped":
            lambda row: moment(row[derived.RECEIPT_STAMP]) < moment(order(row)["ShipDate"]),
        "lines whose receipt is stamped over 100 days after the shipping":
            lambda row: (moment(row[derived.RECEIPT_STAMP]) - moment(order(row)["ShipDate"])).days > 100,
        "lines stocked though the order is pending":
            lambda row: order(row)["Status"] == PENDING and amount(row, "StockedQty") > 0,
        "lines received though the order was refused":
            lambda row: order(row)["Status"] == REJECTED and amount(row, "ReceivedQty") > 0,
        "lines stocked though the order was refused":
            lambda row: order(row)["Status"] == REJECTED and amount(row, "StockedQty") > 0,
        "lines of complete orders received short":
            lambda row: order(row)["Status"] == COMPLETE and amount(row, "ReceivedQty") < amount(row, "OrderQty"),
        "lines received that aren't rejected and stocked together":
            lambda row: amount(row, "ReceivedQty") != amount(row, "RejectedQty") + amount(row, "StockedQty"),
        "lines received above what was ordered": lambda row: amount(row, "ReceivedQty") > amount(row, "OrderQty"),
        "lines stocked above what was ordered": lambda row: amount(row, "StockedQty") > amount(row, "OrderQty"),
        "lines due before they were ordered": lambda row: moment(row["DueDate"]) < moment(order(row)["OrderDate"]),
        "lines outside the agreement's minimum and maximum": outside,
        "lines at another price than the agreement's standard price":
            lambda row: amount(row, "UnitPrice") != number(agreement(row)["StandardPrice"]),
        "lines at neither its standard price nor its last cost": lambda row: row["UnitPrice"] not in (
            agreement(row)["StandardPrice"], agreement(row)["LastReceiptCost"]),
    }
    return (_found(kind, files.lines, wrong, name) for kind, wrong in checks.items())


def _orders(files: Files) -> Iterator[Contradiction]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    parts: dict[str, list[str]] = defaultdict(list)
    for row in files.lines:
        sums[row["PurchaseOrderId"]] += number(row["LineTotal"])
        parts[row["PurchaseOrderId"]].append(row["ProductId"])

    def name(row: Row) -> str:
        return f"order {row['PurchaseOrderId']}"

    def twice(row: Row) -> bool:
        ordered = parts[row["PurchaseOrderId"]]
        return len(set(ordered)) < len(ordered)

    checks: dict[str, Callable[[Row], bool]] = {
        "orders at inactive vendors": lambda row: files.vendors[row["VendorId"]]["ActiveFlag"] == "0",
        "orders whose lines don't add up to the subtotal":
            lambda row: sums[row["PurchaseOrderId"]] != number(row["SubTotal"]),
        "orders with a part on two lines": twice,
    }
    return (_found(kind, files.orders.values(), wrong, name) for kind, wrong in checks.items())


def _agreements(files: Files) -> Iterator[Contradiction]:
    coming: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in files.lines:
        open_ = number(row["OrderQty"]) - number(row["ReceivedQty"])
        coming[row["ProductId"], files.orders[row["PurchaseOrderId"]]["VendorId"]] += open_

    def name(row: Row) -> str:
        return f"product {row['ProductId']} of vendor {row['BusinessEntityId']}"

    def differs(row: Row) -> bool:
        return number(row["OnOrderQty"] or "0") != coming[row["ProductId"], row["BusinessEntityId"]]

    checks: dict[str, Callable[[Row], bool]] = {
        "agreements with a minimum above the maximum":
            lambda row: number(row["MinOrderQty"]) > number(row["MaxOrderQty"]),
        "agreements whose quantity on order isn't what the orders leave open": differs,
        "agreements of inactive vendors":
            lambda row: files.vendors[row["BusinessEntityId"]]["ActiveFlag"] == "0",
    }
    return (_found(kind, files.agreements.values(), wrong, name) for kind, wrong in checks.items())


def _parts(files: Files) -> Iterator[Contradiction]:
    sold = {product for product, _ in files.agreements}
    built = {key(row["ProductAssemblyId"]) for row in files.bill_rows}

    def name(row: Row) -> str:
        return f"product {row['ProductId']}"

    checks: dict[str, Callable[[Row], bool]] = {
        "parts with a reorder point below the safety stock":
            lambda row: number(row["ReorderPoint"]) < number(row["SafetyStockLevel"]),
        "bought parts that no vendor sells": lambda row: row["MakeFlag"] == "0" and row["ProductId"] not in sold,
        "made parts without a bill": lambda row: row["MakeFlag"] == "1" and row["ProductId"] not in built,
        "parts that cost nothing": lambda row: not number(row["StandardCost"]),
    }
    return (_found(kind, files.products.values(), wrong, name) for kind, wrong in checks.items())


def _bills(files: Files) -> Iterator[Contradiction]:
    periods: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in files.bill_rows:
        periods[row["ProductAssemblyId"], row["ComponentId"]].append(row)

    def others(row: Row) -> Iterator[Row]:
        return (other for other in periods[row["ProductAssemblyId"], row["ComponentId"]] if other is not row)

    def overlapped(row: Row) -> bool:
        return any(
            moment(row["StartDate"]) <= moment(other["StartDate"])
            and (not row["EndDate"] or moment(other["StartDate"]) <= moment(row["EndDate"])) for other in others(row)
        )

    def ended(row: Row) -> bool:
        return bool(row["EndDate"]) and not any(
            moment(other["StartDate"]) == moment(row["EndDate"]) + derived.LAST_DAY_BELONGS for other in others(row)
        )

    def name(row: Row) -> str:
        return f"row {row['BillOfMaterialsId']}"

    checks = {
        "bill rows that overlap another of the same component": overlapped,
        "bill rows that end without a successor": ended,
        "bill rows without a parent (they only say what is sold)": lambda row: not row["ProductAssemblyId"],
    }
    return (_found(kind, files.bill_rows, wrong, name) for kind, wrong in checks.items())


def _stock(files: Files) -> Iterator[Contradiction]:
    def name(row: Row) -> str:
        return f"product {row['ProductId']} at {row['LocationId']}"

    last = max(moment(row[derived.RECEIPT_STAMP]) for row in files.lines)
    bicycles = set(files.bicycles)
    pieces = sum(int(row["Quantity"]) for row in files.stock if row["ProductId"] in bicycles)
    checks: dict[str, Callable[[Row], bool]] = {
        "stock rows stamped before the last receipt": lambda row: moment(row["ModifiedDate"]) < last,
        "stock rows below zero": lambda row: number(row["Quantity"]) < 0,
        f"stock rows of finished bicycles, {pieces} pieces in all": lambda row: row["ProductId"] in bicycles,
    }
    return (_found(kind, files.stock, wrong, name) for kind, wrong in checks.items())
