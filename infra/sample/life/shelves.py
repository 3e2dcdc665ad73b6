"""What lies where and who claims it: the simulated world walks along the shelves and sees what inventory recorded."""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from events.inventory import facts as f
from events.inventory.postings import claims, postings
from events.values import Bucket, BucketKey, Status

Place = tuple[str, str]
"""A part and a site."""
ZERO = Decimal(0)


class Picked(NamedTuple):
    """So much to be taken from here, for this reservation (none: nobody's)."""

    bucket: Bucket
    amount: Decimal
    reservation: str | None


class Shelves:
    """Stock on hand by part, site and bucket, and what each reservation claims of it."""

    def __init__(self) -> None:
        self.stock: dict[Place, dict[BucketKey, Decimal]] = defaultdict(dict)
        self.claimed: dict[str, dict[BucketKey, Decimal]] = defaultdict(dict)
        self.of: dict[str, Place] = {}
        self.home: dict[Place, str] = {}
        self._for: dict[str, list[str]] = defaultdict(list)

    def learn(self, fact: f.InventoryFact) -> None:
        """What a fact changes."""
        place = (fact.part, fact.site)
        for posting in postings(fact):
            _add(self.stock[place], posting.bucket.key, posting.amount)
            if posting.amount > 0 and posting.bucket.status is Status.AVAILABLE and isinstance(fact, f.StockOpened):
                self.home.setdefault(place, posting.bucket.location)
        if isinstance(fact, f.StockReserved) and fact.reservation not in self.of:
            self._for[fact.purpose].append(fact.reservation)
        for claim in claims(fact):
            self.of[claim.reservation] = place
            _add(self.claimed[claim.reservation], claim.bucket.key, claim.amount)

    def held(self, reservation: str) -> Decimal:
        """How much a reservation has claimed on the shelves."""
        return sum(self.claimed.get(reservation, {}).values(), ZERO)

    def reserved_for(self, purpose: str) -> list[str]:
        """The reservations ever made for a purpose, in order of their ids."""
        return sorted(self._for.get(purpose, ()))

    def pick(self, reservation: str, amount: Decimal) -> list[Picked]:
        """So much of a reservation's claims, in order of their buckets; less when it has less."""
        found = []
        for key, some in sorted(self.claimed.get(reservation, {}).items(), key=lambda one: one[0].order):
            part = min(some, amount)
            if part > 0:
                found.append(Picked(key.bucket(), part, reservation))
                amount -= part
        return found

    def on_hand(self, part: str, site: str) -> dict[BucketKey, Decimal]:
        """Usable stock by bucket, in their order."""
        stock = self.stock.get((part, site), {})
        usable = {key: some for key, some in stock.items() if some > 0 and key.status == Status.AVAILABLE.value}
        return dict(sorted(usable.items(), key=lambda one: one[0].order))


def _add(buckets: dict[BucketKey, Decimal], key: BucketKey, amount: Decimal) -> None:
    left = buckets.get(key, ZERO) + amount
    if left:
        buckets[key] = left
    else:
        buckets.pop(key, None)
