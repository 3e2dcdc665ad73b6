"""Inventory's part: what is free on hand, what became of each reservation, and what runs, orders and transfers moved.

All of it is sums, so the order in which streams are read makes no difference. Free stock is counted bucket by bucket:
one that is below zero takes nothing from the others, just as inventory wouldn't let it. What was built as customers
chose is counted apart, by configuration: it is no stock for anybody else.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeGuard

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.accounts import Account, Refusal
from events.inventory.postings import claims, postings, transit
from events.values import BucketKey
from projections.planning.world import notes
from projections.planning.world.indexes import add
from projections.planning.world.notes import Key, Kind

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Item:
    """A part's stock at a site that is ours and may be used. ``pledged`` is the sum of ``claimed``; ``cap``: inventory
    refused, and said there is no more."""

    unit: str
    on_hand: dict[BucketKey, Decimal] = field(default_factory=dict)
    claimed: dict[BucketKey, Decimal] = field(default_factory=dict)
    free: Decimal = ZERO
    total: Decimal = ZERO
    pledged: Decimal = ZERO
    cap: Decimal | None = None

    @property
    def empty(self) -> bool:
        return not (self.on_hand or self.claimed)

    @property
    def available(self) -> Decimal:
        """What could be reserved, as far as is known."""
        return self.free if self.cap is None else min(self.free, self.cap)


@dataclass(slots=True)
class Claimed:
    """What became of a reservation: claimed, given back, used as meant, and lost. ``refused``: never got it.

    ``shipped`` is what of ``used`` went out in which shipment.
    """

    reserved: Decimal = ZERO
    released: Decimal = ZERO
    used: Decimal = ZERO
    broken: Decimal = ZERO
    refused: bool = False
    shipped: dict[str, Decimal] = field(default_factory=dict)

    @property
    def held(self) -> Decimal:
        """What is claimed on hand just now."""
        return self.reserved - self.released - self.used - self.broken


NOTHING: Final = Claimed()
"""Of a reservation that inventory hasn't heard of. Never changed."""


@dataclass(slots=True)
class Moving:
    """Stock that goes from one of our sites to another: what left, what came, and what is known to be lost."""

    sent: Decimal = ZERO
    arrived: Decimal = ZERO
    lost: Decimal = ZERO


@dataclass(slots=True)
class StockPart:
    """All of inventory, as far as planning reads it. Sums that are back at zero are left out. ``built`` holds what was
    built as customers chose, by configuration; ``built_as`` says which of it a supply's text names."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    built: dict[tuple[str, str], dict[str, Item]] = field(default_factory=dict)
    built_as: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    claims: dict[str, Claimed] = field(default_factory=dict)
    issued: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    produced: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    shipped: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    moving: dict[str, Moving] = field(default_factory=dict)
    received: dict[tuple[str, int], Decimal] = field(default_factory=dict)
    inspecting: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    def claim(self, reservation: str) -> Claimed:
        """What became of a reservation, to be read."""
        return self.claims.get(reservation, NOTHING)

    def evolve(self, fact: f.InventoryFact, _at: Recorded) -> list[Key]:
        """Take in a fact; answers what it touches."""
        if isinstance(fact, f.ShipmentExpected):
            return []
        keys = [notes.stock(fact.site, fact.part)]
        if (fact.site, fact.part) not in self.items:
            self.items[fact.site, fact.part] = Item(fact.unit)
        if isinstance(fact, f.ReservationRefused):
            return keys + self._refuse(fact)
        built = self._post(fact)
        keys += self._claim(fact, built)
        keys += self._follow(fact)
        keys += self._purchase(fact)
        for configuration in built:
            keys.append(notes.stock(fact.site, fact.part, configuration))
            self._tidy(fact, configuration, keys[-1])
        return keys

    def _item(self, fact: f.InventoryFact, configuration: str | None) -> Item:
        if configuration is None:
            return self.items[fact.site, fact.part]
        place = self.built.setdefault((fact.site, fact.part), {})
        found = place.get(configuration)
        if found is None:
            found = place[configuration] = Item(fact.unit)
            text = notes.stock(fact.site, fact.part, configuration).id
            self.built_as[text] = (fact.site, fact.part, configuration)
        return found

    def _tidy(self, fact: f.InventoryFact, configuration: str, key: Key) -> None:
        place = self.built[fact.site, fact.part]
        if place[configuration].empty:
            del place[configuration], self.built_as[key.id]
        if not place:
            del self.built[fact.site, fact.part]

    def position(self, site: str, part: str) -> tuple[Decimal, Decimal]:
        """What is on hand, and what is claimed of it: all that is like any other, and what is claimed of the rest."""
        plain = self.items.get((site, part))
        total, pledged = (ZERO, ZERO) if plain is None else (plain.total, plain.pledged)
        for item in self.built.get((site, part), {}).values():
            total += min(item.total, item.pledged)
            pledged += item.pledged
        return total, pledged

    def _post(self, fact: f.InventoryFact) -> dict[str, None]:
        """The book of what may be used; answers which configurations it touched."""
        built: dict[str, None] = {}
        for posting in postings(fact):
            bucket = posting.bucket
            if bucket.status.value != "available" or bucket.owner is not None:
                continue
            key, item = bucket.key, self._item(fact, bucket.configuration)
            if bucket.configuration is not None:
                built[bucket.configuration] = None
            claimed = item.claimed.get(key, ZERO)
            before = item.on_hand.get(key, ZERO)
            after = before + posting.amount
            item.free += max(ZERO, after - claimed) - max(ZERO, before - claimed)
            item.total += posting.amount
            item.cap = None
            if after:
                item.on_hand[key] = after
            else:
                item.on_hand.pop(key, None)
        return built

    def _claim(self, fact: f.InventoryFact, built: dict[str, None]) -> list[Key]:
        """Claims on buckets change what is free; the totals of each reservation say what became of it."""
        touched: dict[Key, None] = {}
        for claim in claims(fact):
            key, item = claim.bucket.key, self._item(fact, claim.bucket.configuration)
            if key.configuration is not None:
                built[key.configuration] = None
            on_hand = item.on_hand.get(key, ZERO)
            before = item.claimed.get(key, ZERO)
            after = before + claim.amount
            item.pledged += claim.amount
            if key.status == "available" and key.owner is None:
                item.free += max(ZERO, on_hand - after) - max(ZERO, on_hand - before)
                item.cap = None
            if after:
                item.claimed[key] = after
            else:
                item.claimed.pop(key, None)
            self._total(fact, claim.reservation, claim.amount)
            touched[notes.peg(claim.reservation)] = None
        return list(touched)

    def _total(self, fact: f.InventoryFact, reservation: str, amount: Decimal) -> None:
        account = self.claims.setdefault(reservation, Claimed())
        match fact:
            case f.StockReserved():
                account.reserved += amount
                account.refused = False
            case f.ReservationReleased():
                account.released -= amount
            case f.AllocationBroken():
                account.broken -= amount
            case f.StockIssued() | f.StockTransferred():
                account.used -= amount
            case f.StockShipped():
                account.used -= amount
                account.shipped[fact.shipment] = account.shipped.get(fact.shipment, ZERO) - amount
            case _:
                pass

    def _refuse(self, fact: f.ReservationRefused) -> list[Key]:
        self.claims.setdefault(fact.reservation, Claimed()).refused = True
        keys = [notes.peg(fact.reservation)]
        built = self.built.get((fact.site, fact.part), {})
        item = self.items[fact.site, fact.part] if fact.configuration is None else built.get(fact.configuration)
        if fact.reason is Refusal.SHORT and item is not None:
            item.cap = fact.available
        if fact.configuration is not None:
            keys.append(notes.stock(fact.site, fact.part, fact.configuration))
        return keys

    def _follow(self, fact: f.InventoryFact) -> list[Key]:
        """What went into and came out of runs, shipments and transfers; a reversal counts back."""
        keys: list[Key] = []
        run = getattr(fact, "run", None)
        if run is not None:
            into = -_sum(fact, Account.ISSUED) - _sum(fact, Account.RETURNED_IN)
            add(self.issued, (run, fact.part), into)
            add(self.produced, (run, fact.part), _sum(fact, Account.PRODUCED))
            keys.append(Key(Kind.RUN, run))
        shipment = getattr(fact, "shipment", None)
        if shipment is not None:
            add(self.shipped, (shipment, fact.part), -_sum(fact, Account.SHIPPED))
            keys.append(Key(Kind.SHIPMENT, shipment))
        if isinstance(fact, f.StockTransferred) or _undoes(fact, "StockTransferred"):
            transfer = fact.transfer
            assert transfer is not None
            self.moving.setdefault(transfer, Moving()).sent -= _sum(fact, Account.TRANSFERRED_OUT)
            keys.append(Key(Kind.TRANSFER, transfer))
        elif (change := transit(fact)) is not None:
            moving = self.moving.setdefault(change.transfer, Moving())
            moving.arrived += change.arrived
            moving.lost += change.lost
            keys.append(Key(Kind.TRANSFER, change.transfer))
        return keys

    def _purchase(self, fact: f.InventoryFact) -> list[Key]:
        """What came for a purchase order line, and what of it waits for inspection."""
        line = getattr(fact, "line", None)
        if line is None:
            return []
        key = (line.document, line.line)
        if isinstance(fact, f.StockReceived) or _undoes(fact, "StockReceived"):
            amount = _sum(fact, Account.RECEIVED)
            add(self.received, key, amount)
            status = fact.bucket.status if isinstance(fact, f.StockReceived) else fact.status
            if status is not None and status.value == "inspection":
                add(self.inspecting, key, amount)
        elif isinstance(fact, f.StockInspected):
            add(self.inspecting, key, -fact.accepted - fact.rejected)
        elif _undoes(fact, "StockInspected"):
            add(self.inspecting, key, (fact.accepted or ZERO) + (fact.rejected or ZERO))
        return [notes.supply(f"purchase/{line.document}/{line.line}")]


def _undoes(fact: f.InventoryFact, name: str) -> TypeGuard[f.MovementReversed]:
    return isinstance(fact, f.MovementReversed) and fact.undone == name


def _sum(fact: f.InventoryFact, account: Account) -> Decimal:
    return sum((posting.amount for posting in postings(fact) if posting.account is account), ZERO)
