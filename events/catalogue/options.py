"""The statement about an option of a part: what may be chosen, and what each choice changes in the part's bill.

Choices change the top level of the bill only, that of the part itself. What a choice changes further down is said by
replacing the component there is by another that is built otherwise.
"""

from typing import Annotated

from pydantic import Field

from events.catalogue.parts import BillLine, Count
from events.model import Model
from events.values import Id, PartId, Text


class Replacement(Model):
    """One base unit of ``component`` becomes n/d base units of ``by``, in every line of the bill that names it."""

    component: Annotated[Id, Field(description="the part that the bill names")]
    by: Annotated[Id, Field(description="the part that goes in instead")]
    numerator: Count = 1
    denominator: Count = 1


class Excluded(Model):
    """A choice of another option that can't be made together with this one, whichever of them says so."""

    option: Id
    choice: Id


class OptionChoice(Model):
    """One of an option's choices, and what it changes. Nothing: it is what the bill says already."""

    choice: Id
    name: Text | None = None
    add: tuple[BillLine, ...] = ()
    remove: Annotated[tuple[Id, ...], Field(description="components that don't go in")] = ()
    replace: tuple[Replacement, ...] = ()
    excludes: tuple[Excluded, ...] = ()


class OptionShape(Model):
    """What can be chosen of a part, such as its colour. It replaces what was said of this option before; no choices:
    it isn't offered any more."""

    part: PartId
    option: Annotated[Id, Field(description="the option's id, once in a part")]
    name: Text | None = None
    required: Annotated[bool, Field(description="an order must choose, unless there is a default")] = False
    default: Annotated[Id | None, Field(description="the choice that is meant when nobody chooses")] = None
    choices: tuple[OptionChoice, ...]
