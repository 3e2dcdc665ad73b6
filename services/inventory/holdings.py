"""Stock and claims as they will be once the facts decided so far are recorded.

``decide`` may not change the state, and what one fact takes the next can't give away; so a decision that
is more than one fact works on this overlay. It reads facts by the same two functions as the state and the
views.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from events.inventory.accounts import Account
from events.inventory.facts import InventoryFact
from events.inventory.postings import Posting, claims, postings
from events.values import BucketKey
from services.inventory.book import ZERO, State


class Holdings:
    """A state with some facts on top.

    ``posted`` is all that they post; ``changes`` is that by bucket, in the order they were first posted to;
    ``variances`` is the share of it that isn't from movements.
    """

    __slots__ = ("_claims", "_open", "_shelves", "changes", "posted", "state", "variances")

    def __init__(self, state: State, facts: Sequence[InventoryFact] = ()) -> None:
        self.state = state
        self._shelves = state.shelves
        self.posted: list[Posting] = []
        self.changes: dict[BucketKey, Decimal] = {}
        self.variances: dict[tuple[BucketKey, Account], Decimal] = {}
        self._claims: dict[BucketKey, dict[str, Decimal]] = {}
        self._open: dict[str, Decimal] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: InventoryFact) -> None:
        """One more fact."""
        posted = postings(fact)
        self.posted += posted
        for posting in posted:
            key = posting.bucket.key
            self.changes[key] = self.changes.get(key, ZERO) + posting.amount
            if posting.variance:
                place = (key, posting.account)
                self.variances[place] = self.variances.get(place, ZERO) + posting.amount
        for claim in claims(fact):
            self.claim(claim.reservation, claim.bucket.key, claim.amount)

    def claim(self, reservation: str, key: BucketKey, amount: Decimal) -> None:
        """A change of one claim."""
        here = self._claims.get(key)
        if here is None:
            here = self._claims[key] = dict(self.claims_on(key))
        here[reservation] = here.get(reservation, ZERO) + amount
        if not here[reservation]:
            del here[reservation]
        self._open[reservation] = self.open(reservation) + amount

    def variance(self, key: BucketKey, account: Account) -> Decimal:
        return self.variances.get((key, account), ZERO)

    def moved(self, key: BucketKey) -> Decimal:
        """The change by movements."""
        return self.changes.get(key, ZERO) - self.variance(key, Account.FOUND) - self.variance(key, Account.LOST)

    def on_hand(self, key: BucketKey) -> Decimal:
        shelf = self._shelves.get(key)
        return (ZERO if shelf is None else shelf.on_hand) + self.changes.get(key, ZERO)

    def claims_on(self, key: BucketKey) -> dict[str, Decimal]:
        """By reservation; not to be changed."""
        changed = self._claims.get(key)
        if changed is not None:
            return changed
        shelf = self._shelves.get(key)
        return {} if shelf is None else shelf.claims

    def allocated(self, key: BucketKey) -> Decimal:
        changed = self._claims.get(key)
        if changed is not None:
            return sum(changed.values(), ZERO)
        shelf = self._shelves.get(key)
        return ZERO if shelf is None else shelf.allocated

    def free(self, key: BucketKey) -> Decimal:
        """What may still be claimed."""
        return max(self.on_hand(key), ZERO) - self.allocated(key)

    def excess(self, key: BucketKey) -> Decimal:
        """How much more is claimed than is there."""
        return max(-self.free(key), ZERO)

    def open(self, reservation: str) -> Decimal:
        """What a reservation holds, in all buckets."""
        known = self._open.get(reservation)
        return self.state.reservations[reservation].open if known is None else known

    def buckets(self) -> Iterable[BucketKey]:
        """Every bucket there is or will be, in no order that means anything."""
        return {**self._shelves, **self.changes}
