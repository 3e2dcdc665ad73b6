"""How long a bicycle takes at the least when nothing of it lies there: bought, fetched, built, delivered.

From the files: vendors' average lead times, days to manufacture, and bills as they are at the cut-over. From
``derived``: how far vendors and customers are, and how quick goods travel. In calendar days, rounded up.
"""

from collections import defaultdict
from functools import lru_cache

from tests.adventureworks import derived
from tests.adventureworks.rows import Files, key

_WEEK, _WORKING = 7, 5


def hours(km: int, method: str) -> int:
    """How long a way usually takes."""
    _, _, speed, handling, _, _ = derived.METHODS[method]
    return handling + 24 * km // speed


@lru_cache(maxsize=4)
def leads(files: Files) -> dict[str, int]:
    """Calendar days for each bicycle, by product, up to the customer who is farthest away."""
    way = hours(max(derived.ZONES.values()), derived.TO_CUSTOMERS[0])
    built = _Building(files)
    return {bicycle: built.days(bicycle) + _days(way) for bicycle in files.bicycles}


def _days(hours: int) -> int:
    return -(-hours // 24)


class _Building:
    """Days until a part lies at the plant, asked for level by level."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[str, int] = {}
        self._bill: dict[str, list[str]] = defaultdict(list)
        self._vendors: dict[str, list[int]] = defaultdict(list)
        for row in files.bill_rows:
            if row["ProductAssemblyId"] and not row["EndDate"]:
                self._bill[key(row["ProductAssemblyId"])].append(row["ComponentId"])
        for (product, _), row in files.agreements.items():
            self._vendors[product].append(int(row["AverageLeadTime"]))

    def days(self, product: str) -> int:
        if product not in self._known:
            bill = self._bill.get(product)
            below = max(map(self.days, bill)) if bill else 0
            working = int(self._files.products[product]["DaysToManufacture"]) + derived.BUILDING_MARGIN
            self._known[product] = below + -(-working * _WEEK // _WORKING) if bill else self._bought(product)
        return self._known[product]

    def _bought(self, product: str) -> int:
        """The quickest vendor, over the quickest way from where most of them are."""
        lead = min(self._vendors.get(product, [0]))
        return lead + (_days(hours(sum(derived.VENDOR_KM) // 2, "OVERNIGHT J-FAST")) if lead else 0)
