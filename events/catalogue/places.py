"""The statements about sites, their locations and working time. Request and fact share one shape.

A location once defined stays; a statement about the site that leaves it out doesn't close it.
"""

from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from events.gs1 import Gln
from events.model import Model
from events.values import CountryCode, Day, Id, LocationId, SiteId, Text


class LocationKind(StrEnum):
    """What a place within a site is for."""

    STORAGE = "storage"
    PRODUCTION = "production"
    DOCK = "dock"
    QUARANTINE = "quarantine"
    SHIPPING = "shipping"
    SCRAP = "scrap"


class Location(Model):
    """A place within a site at which stock is kept apart."""

    id: LocationId
    name: Text | None = None
    kind: LocationKind = LocationKind.STORAGE
    active: bool = True


class LocationShape(Location):
    """A location, told by itself."""

    site: SiteId


class Weekday(StrEnum):
    """ISO 8601 order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WORKWEEK = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)


class Shift(Model):
    """Hours of each working day, in the site's own time. An end before the start is the next morning."""

    name: Text | None = None
    start: time
    end: time

    @field_validator("start", "end")
    @classmethod
    def _wall_clock(cls, told: time) -> time:
        if told.tzinfo is not None:
            raise ValueError("a shift is in the site's own time; leave the offset away, like \"06:00\"")
        return told


class WorkingTime(Model):
    """On which days a place works."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WORKWEEK
    holidays: Annotated[tuple[Day, ...], Field(description="days off, whatever the weekday")] = ()
    extra: Annotated[tuple[Day, ...], Field(description="days worked, whatever else is said")] = ()
    shifts: tuple[Shift, ...] = ()


class CalendarShape(WorkingTime):
    """Working time that several sites share."""

    id: Annotated[Id, Field(description="the calendar's id, which sites name it by")]
    name: Text | None = None


class SiteShape(Model):
    """A plant, warehouse or other place of ours."""

    id: Annotated[Id, Field(description="the site's id, which everything else names it by")]
    name: Text
    zone: Annotated[str, Field(min_length=1, max_length=64, description="IANA time zone, like Europe/Berlin")]
    address: Text | None = None
    country: CountryCode | None = None
    gln: Gln | None = None
    calendar: Annotated[Id | None, Field(description="a calendar defined apart")] = None
    working: Annotated[WorkingTime | None, Field(description="the site's own working time")] = None
    locations: tuple[Location, ...] = ()
    active: bool = True

    @field_validator("working")
    @classmethod
    def _one_calendar(cls, working: WorkingTime | None, info: ValidationInfo) -> WorkingTime | None:
        if working is not None and info.data.get("calendar") is not None:
            raise ValueError("a calendar is named too; give that or the site's own working time, not both")
        return working
