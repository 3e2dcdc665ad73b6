"""What is wrong with what was asked, all of it at once; and what it names that nobody knows yet.

A ``Desk`` reads a request against the catalogue. What is unknown is waited for; all else that is wrong is a problem
with a field, and a remedy.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from events.catalogue.configuring import Choices, configure
from events.catalogue.explosion import CannotExplodeError
from events.catalogue.parts import MakeOrBuy
from events.catalogue.records import LineRecord, PartRecord, SiteRecord
from events.catalogue.reference import Reference
from events.decision import Message, Problem
from events.orders.shapes import Choice, Trouble
from events.suppliers.measures import local_day
from events.units import round_up
from events.values import Quantity, plain


class Waiting(Exception):
    """Something isn't known yet. ``decide`` turns it into ``Park``; nothing else may see it."""

    def __init__(self, *missing: str) -> None:
        super().__init__(*missing)
        self.missing = missing


class Desk:
    """Where a request is read."""

    def __init__(self, message: Message[Any], reference: Reference) -> None:
        self.message, self.reference = message, reference
        self.problems: list[Problem] = []
        self._missing: dict[str, None] = {}

    @property
    def time(self) -> datetime:
        return self.message.time

    def wrong(self, field: str, problem: str, remedy: str) -> None:
        self.problems.append(Problem(field, problem, remedy))

    def lacks(self, *keys: str) -> None:
        """These aren't known yet."""
        self._missing |= dict.fromkeys(keys)

    def known(self) -> None:
        """Wait, if anything isn't."""
        if self._missing:
            raise Waiting(*self._missing)

    def part(self, field: str, id: str, *, ordered: bool, retired: bool = False) -> PartRecord | None:
        """A part that can be ordered, or built. ``retired``: it may be inactive."""
        part = self.reference.part(id)
        if part is None:
            self.lacks(f"part/{id}")
            return None
        if not part.active and not retired:
            self.wrong(field, f"part {id} is inactive", "an active part, or make it active in the catalogue")
        if part.phantom:
            self.wrong(field, f"part {id} is a phantom: it is never built by itself", "the part that it goes into")
        if not ordered and part.make_or_buy is MakeOrBuy.BUY:
            self.wrong(field, f"part {id} is bought", "buy it, or say in the catalogue that it is made")
        successor = self.reference.successor(id, self.time) if ordered else None
        if successor is not None and not successor.use_up:
            self.wrong(field, f"part {id} was superseded", f"order {successor.by}")
        return part

    def site(self, field: str, id: str | None) -> SiteRecord | None:
        """The site that is said, or the only one there is."""
        if id is None:
            active = [site for site in self.reference.sites() if site.active]
            if len(active) == 1:
                return active[0]
            names = ", ".join(site.id for site in active[:20])
            self.wrong(
                field, "no site is said, and there isn't just one", f"one of {names}" if names else "define a site"
            )
            return None
        site = self.reference.site(id)
        if site is None:
            self.lacks(f"site/{id}")
        elif not site.active:
            self.wrong(field, f"site {id} is inactive", "an active site")
        return site

    def revision(self, field: str, part: PartRecord, told: str | None, at: datetime) -> str | None:
        """The revision that is said, else the one to build at a time."""
        if told is None:
            return part.revision(at)
        known = [one.revision for one in part.revisions]
        if known and told not in known:
            self.wrong(field, f"part {part.id} has no revision {told}", f"one of {', '.join(known[:20])}")
        return told

    def amount(self, field: str, part: PartRecord, told: Quantity) -> Decimal | None:
        """A quantity in the part's base unit, in pieces as small as the part is counted in."""
        amount = self.reference.amount(part.id, told, self.time)
        if amount is None:
            problem = f"nothing converts {told.unit} of {part.id} exactly to its base unit {part.unit}"
            self.wrong(field, problem, f"so many {part.unit}, or define that conversion")
        elif round_up(Fraction(amount), part.places) != amount:
            least = plain(Decimal(1).scaleb(-part.places))
            problem = f"{plain(amount)} {part.unit} of {part.id} can't be built"
            self.wrong(field, problem, f"a multiple of {least} {part.unit}")
            return None
        return amount

    def bill(
        self, field: str, part: PartRecord, choices: Choices, at: datetime, site: str, revision: str | None
    ) -> tuple[LineRecord, ...] | None:
        """The lines of a part's bill as it is chosen; none when the choices aren't all right, or don't go together."""
        found = configure(self.reference, part.id, choices, at, site, revision)
        if isinstance(found, tuple):
            return found
        for one in found:
            where = one.field.removeprefix("options").replace("[", ".").replace("]", "")
            self.wrong(f"{field}{where}", one.problem, one.remedy)
        return None

    def cannot_explode(self, field: str, error: CannotExplodeError) -> None:
        """A bill that can't be followed: a part of it may become known."""
        if self.reference.part(error.path[-1]) is None:
            self.lacks(f"part/{error.path[-1]}")
        else:
            self.wrong(field, f"its bill can't be followed: {error}", "mend that bill, and ask again")

    def day(self, site: SiteRecord) -> date:
        """The day of the message at a site."""
        return local_day(self.time, self.message.precision, self.message.zone, site.zone)


def troubles(problems: Sequence[Problem]) -> tuple[Trouble, ...]:
    """Problems as a fact states them."""
    return tuple(Trouble(field=one.field, problem=one.problem, remedy=one.remedy) for one in problems)


def pairs(options: Sequence[Choice]) -> tuple[tuple[str, str], ...]:
    """Choices as the catalogue takes them."""
    return tuple((one.option, one.choice) for one in options)
