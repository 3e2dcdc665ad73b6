"""Periods in time, half-open: ``from`` belongs to them, ``to`` doesn't, and a missing end is open."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from events.model import Model
from events.values import Moment


def _ends_later(end: datetime | None, info: ValidationInfo, start: str) -> datetime | None:
    begin = info.data.get(start)
    if end is not None and begin is not None and end <= begin:
        raise ValueError(f"not later than {start}; a later time, or leave it out while the end is open")
    return end


class Effective(Model):
    """A period in which something is built so."""

    effective_from: Annotated[Moment | None, Field(description="its first moment; left out: always")] = None
    effective_to: Annotated[Moment | None, Field(description="its end; left out: open")] = None

    @field_validator("effective_to")
    @classmethod
    def _later_to(cls, end: datetime | None, info: ValidationInfo) -> datetime | None:
        return _ends_later(end, info, "effective_from")


class Valid(Model):
    """A period in which something is agreed or permitted."""

    valid_from: Annotated[Moment | None, Field(description="its first moment; left out: always")] = None
    valid_to: Annotated[Moment | None, Field(description="its end; left out: open")] = None

    @field_validator("valid_to")
    @classmethod
    def _later_to(cls, end: datetime | None, info: ValidationInfo) -> datetime | None:
        return _ends_later(end, info, "valid_from")
