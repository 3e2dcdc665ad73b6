"""Rules of statements about sites, locations, calendars and suppliers."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue.messages import DefineCalendar, DefineLocation, DefineSite
from events.catalogue.places import Location, LocationKind, Weekday, WorkingTime
from events.catalogue.records import CalendarRecord, NumberRecord
from events.catalogue.terms import Kind
from events.gs1 import gln, gtin, sscc
from events.sealed import Sealed
from tests.catalogue import Catalogue, define_site, define_supplier

GLN, OTHER_GLN = "4012345000009", "4012345000016"


def test_a_site_brings_its_locations() -> None:
    catalogue = Catalogue()
    told = define_site("plant", locations=(Location(id="A", kind=LocationKind.DOCK), Location(id="B")))
    assert catalogue.when(told).names == ["SiteDefined"]
    assert catalogue.provided == ["site/plant", "location/plant/A", "location/plant/B"]
    assert catalogue.when(told).facts == []
    site = catalogue.known.site("plant")
    assert site is not None
    assert site.zone == "Europe/Berlin"
    assert site.locations["A"].kind is LocationKind.DOCK


def test_locations_are_added_and_never_forgotten() -> None:
    catalogue = Catalogue()
    catalogue.when(DefineLocation(site="plant", id="A")).parked_on("site/plant")
    catalogue.given(define_site("plant"), DefineLocation(site="plant", id="A"))
    assert catalogue.provided == ["site/plant", "location/plant/A"]
    catalogue.given(define_site("plant", locations=(Location(id="B"),)))
    site = catalogue.known.site("plant")
    assert site is not None
    assert sorted(site.locations) == ["A", "B"]
    assert catalogue.known.missing(site="plant", location="C") == ("location/plant/C",)
    assert catalogue.known.missing(site="plant", location="A") == ()
    assert catalogue.known.missing(site="store", location="A") == ("site/store",)


def test_a_location_is_told_once_in_a_site() -> None:
    twice = define_site("plant", locations=(Location(id="A"), Location(id="A")))
    assert Catalogue().refused(twice) == ("locations[1].id",)


def test_a_site_has_a_time_zone_that_exists() -> None:
    with pytest.raises(ValidationError, match="IANA"):
        DefineSite(id="plant", name="Plant", zone="Europe/Atlantis")


def test_a_site_waits_for_its_calendar_and_works_by_it() -> None:
    catalogue = Catalogue()
    catalogue.when(define_site("plant", calendar="works")).parked_on("calendar/works")
    catalogue.given(DefineCalendar(id="works", holidays=(date(2026, 1, 1),)), define_site("plant", calendar="works"))
    working = catalogue.known.working("plant")
    assert [working.works(date(2026, 1, day)) for day in (1, 2, 3, 5)] == [False, True, False, True]
    catalogue.given(DefineCalendar(id="works"))
    assert catalogue.known.working("plant").works(date(2026, 1, 1)), "a calendar told again counts at once"


def test_a_site_may_have_its_own_working_time_and_no_calendar_besides() -> None:
    own = WorkingTime(days=(Weekday.SATURDAY,), extra=(date(2026, 1, 4),))
    working = Catalogue().given(define_site("plant", working=own)).known.working("plant")
    assert [working.works(date(2026, 1, day)) for day in (2, 3, 4)] == [False, True, True]
    untold = Catalogue().given(define_site("plant")).known.working("plant")
    assert untold.works(date(2026, 1, 4)), "none told: every day"
    with pytest.raises(ValidationError, match="not both"):
        define_site("plant", working=own, calendar="works")


def test_working_days_are_counted_over_days_off() -> None:
    calendar = CalendarRecord(holidays=frozenset({date(2026, 1, 5)}))
    friday = date(2026, 1, 2)
    assert calendar.after(friday, 0) == friday
    assert calendar.after(friday, 1) == date(2026, 1, 6)
    assert calendar.after(date(2026, 1, 6), -1) == friday
    assert calendar.after(date(2026, 1, 3), 0) == date(2026, 1, 6)


def years_off(years: int, *, but: date | None = None) -> tuple[date, ...]:
    """Every Monday for so long."""
    mondays = (date(2026, 1, 5) + timedelta(weeks=week) for week in range(years * 365 // 7))
    return tuple(day for day in mondays if day != but)


def test_a_calendar_without_working_days_is_refused() -> None:
    mondays = {"days": (Weekday.MONDAY,)}
    assert Catalogue().refused(DefineCalendar(id="off", **mondays, holidays=years_off(11))) == ("holidays",)
    own = WorkingTime(**mondays, holidays=years_off(11))
    assert Catalogue().refused(define_site("plant", working=own)) == ("working.holidays",)
    never = DefineCalendar.model_construct(id="never", days=(), holidays=(), extra=(), shifts=())
    assert Catalogue().refused(never) == ("days",)


@pytest.mark.parametrize(
    "told",
    [
        {"days": (Weekday.MONDAY,), "holidays": years_off(9)},
        {"days": (Weekday.MONDAY,), "holidays": years_off(11, but=date(2031, 1, 6))},
        {"days": (Weekday.MONDAY,), "holidays": years_off(11), "extra": (date(2031, 1, 6),)},
        {"days": (Weekday.MONDAY,), "holidays": years_off(11), "extra": (date(2031, 1, 8),)},
        {"holidays": years_off(11)},
    ],
    ids=["nine years", "a day is left out", "a holiday is worked", "another day is worked", "only Mondays are off"],
)
def test_a_calendar_with_a_working_day_every_ten_years_always_finds_the_next(told: Any) -> None:
    catalogue = Catalogue().given(DefineCalendar(id="works", **told), define_site("plant", calendar="works"))
    working = catalogue.known.working("plant")
    assert working.after(date(2026, 1, 1), 1) > date(2026, 1, 1)
    assert working.after(date(2037, 1, 1), -1) < date(2037, 1, 1)


def test_a_calendar_that_never_works_gives_no_day() -> None:
    never = CalendarRecord(days=(Weekday.MONDAY,), holidays=frozenset(
        date.fromordinal(date(2026, 1, 5).toordinal() + 7 * week) for week in range(600)
    ))
    with pytest.raises(ValueError, match="works no day"):
        never.after(date(2026, 1, 1), 1)


def test_a_location_number_names_one_thing() -> None:
    catalogue = Catalogue().given(define_site("plant", gln=GLN))
    assert catalogue.known.resolve("gln", GLN) == NumberRecord(Kind.SITE, "plant")
    assert catalogue.refused(define_site("store", gln=GLN)) == ("gln",)
    assert catalogue.refused(define_supplier("acme", gln=GLN)) == ("gln",)
    catalogue.given(define_site("plant", gln=OTHER_GLN), define_supplier("acme", gln=GLN))
    assert catalogue.known.resolve("gln", GLN) == NumberRecord(Kind.SUPPLIER, "acme")


def test_check_digits_are_checked() -> None:
    assert gln(GLN) == GLN
    assert gtin("96385074") == "96385074"
    assert sscc("106141411234567897") == "106141411234567897"
    for check, wrong in ((gln, "4012345000008"), (gtin, "96385073"), (sscc, "106141411234567890")):
        with pytest.raises(ValueError, match="has a wrong digit; with its other digits right it ends in"):
            check(wrong)
    for wrong in ("401234500000", "401234500000x", "٤٠١٢٣٤٥٠٠٠٠٠٩"):
        with pytest.raises(ValueError, match="is no GLN; all digits, 13 of them"):
            gln(wrong)
    with pytest.raises(ValidationError, match="gln"):
        define_supplier("acme", gln="4012345000008")


def test_a_supplier_told_again_decides_nothing_but_for_what_is_sealed() -> None:
    plain = define_supplier("acme")
    sealed = define_supplier("acme", contact=Sealed[str](person="ann", box="x"))
    catalogue = Catalogue().given(plain)
    assert catalogue.when(plain).facts == []
    assert catalogue.when(sealed).names == ["SupplierDefined"]
    assert catalogue.when(sealed).names == ["SupplierDefined"], "two boxes can't be compared, so nothing is lost"
    assert catalogue.known.supplier("acme") is not None
    assert catalogue.known.missing(supplier="bolts-inc") == ("supplier/bolts-inc",)


def test_an_inactive_supplier_is_known_as_such() -> None:
    known = Catalogue().given(define_supplier("acme", active=False)).known
    assert [one.active for one in known.suppliers()] == [False]
