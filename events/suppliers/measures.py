"""How suppliers are measured: the one place where lead time, lateness, fill rate and rejects are defined.

Days are calendar days of the site that was delivered to, whole ones: what came at 23:50 came that day. Sums and ratios
are exact; whoever shows them rounds them. A receipt that is reversed leaves every sum again, as if never told.

- **Lead time** of a receipt: days from the placing of its order to the day it came. People disagree on whether the
  clock starts at placing or at the supplier's confirmation, so both are kept: *ordered to received* and *confirmed to
  received* (of confirmed lines, from their first confirmation). The mean counts every receipt once, however much came
  in it: parts are counted in different units, which no weight could make comparable.
- **Lateness**: days from the promised day to the day it came; below zero, it was early. The promised day is the
  supplier's confirmed one if it confirmed any, else the day that we asked for. A later confirmation renews the promise,
  a mere notice of delay doesn't. A receipt fulfils the earliest open promises: part of it may be early, part late.
- **Fill rate**: quantity received on or before its promised day, over quantity ordered less cancelled (calling off is
  our doing; short closing is not, so it counts against the supplier). What came over isn't counted. What nobody had
  named a day for can't be late.
- **Reject rate**: rejected over received, what came over included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from zoneinfo import ZoneInfo

from events.suppliers.shapes import ZERO, Portion
from events.values import EXACT


def local_day(moment: datetime, precision: str = "second", told_zone: str | None = None, zone: str = "UTC") -> date:
    """The day something happened, at a site in ``zone``. What is known only to the day is that day, wherever it was
    told: its moment is the day's beginning in ``told_zone``.

    >>> late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    >>> local_day(late, zone="Europe/Berlin").isoformat(), local_day(late, "day", None, "Europe/Berlin").isoformat()
    ('2026-03-02', '2026-03-01')
    """
    place = (told_zone or "UTC") if precision == "day" else zone
    try:
        return moment.astimezone(ZoneInfo(place)).date()
    except OverflowError:
        return moment.astimezone(UTC).date()


def days_between(start: date, end: date) -> int:
    """Whole calendar days: lead time from a placing or a confirmation, lateness from a promise.

    >>> days_between(date(2011, 4, 16), date(2011, 4, 25)), days_between(date(2011, 4, 30), date(2011, 4, 25))
    (9, -5)
    """
    return (end - start) // timedelta(days=1)


@dataclass(slots=True)
class Days:
    """Days of many receipts, summed so that a receipt can leave again.

    >>> lead = Days()
    >>> for days in (9, 12, 30): lead.add(days)
    >>> lead.mean, lead.variance
    (Fraction(17, 1), Fraction(129, 1))
    >>> lead.remove(30)
    >>> lead.mean
    Fraction(21, 2)
    """

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, days: int) -> None:
        self.count += 1
        self.total += days
        self.squares += days * days

    def remove(self, days: int) -> None:
        self.count -= 1
        self.total -= days
        self.squares -= days * days

    @property
    def mean(self) -> Fraction | None:
        """Σ days / receipts."""
        return Fraction(self.total, self.count) if self.count else None

    @property
    def variance(self) -> Fraction | None:
        """The sample variance, (Σ days² − (Σ days)² / n) / (n − 1); none of a single receipt."""
        if self.count < 2:
            return None
        return (self.squares - Fraction(self.total**2, self.count)) / (self.count - 1)


def on_time(portions: Iterable[Portion], received_on: date) -> Decimal:
    """How much of a receipt came on or before its promised day.

    60 were promised for the 1st of May and 40 for the 15th; all came on the 10th:

    >>> split = (Portion(amount=Decimal(60), promised=date(2026, 5, 1), confirmed=True),
    ...          Portion(amount=Decimal(40), promised=date(2026, 5, 15), confirmed=True))
    >>> on_time(split, date(2026, 5, 10))
    Decimal('40')
    """
    with localcontext(EXACT):
        return sum(
            (part.amount for part in portions if part.promised is None or received_on <= part.promised), ZERO
        )


def fill_rate(on_time: Decimal, ordered: Decimal, cancelled: Decimal = ZERO) -> Fraction | None:
    """Received on or before the promised day, over ordered less cancelled; none when nothing was wanted.

    >>> fill_rate(Decimal(40), Decimal(120), Decimal(20))
    Fraction(2, 5)
    """
    with localcontext(EXACT):
        return _ratio(on_time, ordered - cancelled)


def reject_rate(rejected: Decimal, received: Decimal) -> Fraction | None:
    """Rejected over received; none when nothing came.

    >>> reject_rate(Decimal(1), Decimal(2))
    Fraction(1, 2)
    """
    return _ratio(rejected, received)


def _ratio(part: Decimal, whole: Decimal) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if whole else None
