"""AdventureWorks' files as they are, but for two slips of their export: blanks after codes, and ids like ``14.0``."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

Row = Mapping[str, str]

_BESIDE = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("LOTONE_SHARED_DATA", _BESIDE)) / "adventureworks"
ABSENT = None if FOLDER.is_dir() else f"no AdventureWorks files in {FOLDER}; LOTONE_SHARED_DATA may name their parent"


def key(text: str) -> str:
    """An id without the export's decimal point.

    >>> key("14.0"), key("14"), key("")
    ('14', '14', '')
    """
    return text.removesuffix(".0")


def moment(text: str) -> datetime:
    """A local time, to the microsecond.

    >>> moment("2015-08-12 12:25:46.233000000").isoformat()
    '2015-08-12T12:25:46.233000'
    """
    return datetime.fromisoformat(text[:26])


def number(text: str) -> Decimal:
    """An amount without the export's ``.0``.

    >>> number("550.0"), number("50.2635")
    (Decimal('550'), Decimal('50.2635'))
    """
    return Decimal(text.removesuffix(".0"))


@dataclass(frozen=True)
class Files:
    """Every file that is used, each read once."""

    folder: Path = field(default=FOLDER)

    def _read(self, name: str) -> Iterator[Row]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield {column: cell.strip() for column, cell in row.items()}

    @cached_property
    def products(self) -> dict[str, Row]:
        return {row["ProductId"]: row for row in self._read("Product")}

    @cached_property
    def bill_rows(self) -> list[Row]:
        return list(self._read("BillOfMaterials"))

    @cached_property
    def vendors(self) -> dict[str, Row]:
        return {row["BusinessEntityId"]: row for row in self._read("Vendor")}

    @cached_property
    def agreements(self) -> dict[tuple[str, str], Row]:
        """By product and vendor."""
        return {(row["ProductId"], row["BusinessEntityId"]): row for row in self._read("ProductVendor")}

    @cached_property
    def orders(self) -> dict[str, Row]:
        return {row["PurchaseOrderId"]: row for row in self._read("PurchaseOrderHeader")}

    @cached_property
    def lines(self) -> list[Row]:
        return list(self._read("PurchaseOrderDetail"))

    @cached_property
    def stock(self) -> list[Row]:
        return list(self._read("ProductInventory"))

    @cached_property
    def locations(self) -> list[Row]:
        return list(self._read("Location"))

    @cached_property
    def ship_methods(self) -> dict[str, str]:
        return {row["ShipMethodId"]: row["Name"] for row in self._read("ShipMethod")}

    @cached_property
    def bicycles(self) -> list[str]:
        """The products in a subcategory of the category Bikes."""
        bikes = {row["ProductCategoryId"] for row in self._read("ProductCategory") if row["Name"] == "Bikes"}
        kinds = {
            row["ProductSubcategoryId"] for row in self._read("ProductSubcategory")
            if row["ProductCategoryId"] in bikes
        }
        return [id for id, row in self.products.items() if key(row["ProductSubcategoryId"]) in kinds]
