"""Whom a disruption hits hardest, found from the files: nothing here is a name that somebody looked up by hand."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.catalogue.explosion import explode
from events.catalogue.reference import Reference
from tests.adventureworks.convert import code
from tests.adventureworks.rows import Files

DEEPEST: Final = 5
"""Levels of the deepest bill."""


@dataclass(frozen=True)
class Dependence:
    """What bicycles need of one vendor: ``replaceable`` parts have another active vendor, ``sole`` ones none."""

    vendor: str
    sole: tuple[str, ...]
    replaceable: tuple[str, ...]


def bicycles(files: Files) -> list[str]:
    """Our codes of the bicycles."""
    return [code(files.products[id]) for id in files.bicycles]


def needed(files: Files, catalogue: Reference, at: datetime) -> dict[str, dict[str, int]]:
    """Every bought part of a bicycle, and for each bicycle that needs it the level it is first needed at."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for bicycle in bicycles(files):
        for component in explode(catalogue, bicycle, at).components:
            if component.leaf:
                levels = found[component.part]
                levels[bicycle] = min(component.level, levels.get(bicycle, component.level))
    return found


def vendors(files: Files, part: str) -> list[str]:
    """The active vendors that sell a part, in order."""
    return sorted(
        row["AccountNumber"] for (product, vendor), _ in files.agreements.items()
        for row in [files.vendors[vendor]] if code(files.products[product]) == part and row["ActiveFlag"] == "1"
    )


def dependences(files: Files, parts: list[str]) -> dict[str, Dependence]:
    """For each vendor of these parts what it sells, alone and beside others."""
    sole: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for part in sorted(parts):
        sellers = vendors(files, part)
        for seller in sellers:
            (other if len(sellers) > 1 else sole)[seller].append(part)
    return {
        seller: Dependence(seller, tuple(sole[seller]), tuple(other[seller])) for seller in sorted({*sole, *other})
    }


def most_replaceable(files: Files, catalogue: Reference, at: datetime) -> Dependence:
    """The vendor of the most parts of bicycles that are all sold by others too: closing it should re-route."""
    found = dependences(files, list(needed(files, catalogue, at)))
    return max((one for one in found.values() if not one.sole), key=lambda one: (len(one.replaceable), one.vendor))


def sole_of_every_bicycle(files: Files, catalogue: Reference, at: datetime, within: int = DEEPEST) -> list[Dependence]:
    """The vendors without whose parts no bicycle is built: nobody else sells a part that every one of them needs, at
    this level of its bill or above. In the order of how soon their stock is used up, the soonest first.

    In the files there are 21 of them, with 33 parts. Two sell what goes straight into every bicycle (within 1), 16 what
    goes into it or into a part of it, and no way of counting gives six. Those at the first level are hit at once: of
    what lies deeper, frames and wheels that are built already last for a while."""
    every = set(bicycles(files))
    common = [
        part for part, levels in needed(files, catalogue, at).items()
        if {bicycle for bicycle, level in levels.items() if level <= within} == every
    ]
    found = [one for one in dependences(files, common).values() if one.sole]
    return sorted(found, key=lambda one: (min(stock(files, part) for part in one.sole), one.vendor))


def stock(files: Files, part: str) -> int:
    """All that the files say is there of a part."""
    return sum(int(row["Quantity"]) for row in files.stock if code(files.products[row["ProductId"]]) == part)
