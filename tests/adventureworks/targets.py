"""Whom a disruption hits hardest, found from the files: nothing here is a name that somebody looked up by hand."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from events.catalogue.explosion import explode
from events.catalogue.reference import Reference
from tests.adventureworks.convert import code
from tests.adventureworks.rows import Files


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


def sole_of_every_bicycle(files: Files, catalogue: Reference, at: datetime) -> list[Dependence]:
    """The vendors without whose parts no bicycle is assembled: nobody else sells a part that goes straight into every
    one of them. In the order of how soon their stock is used up, the soonest first."""
    every = set(bicycles(files))
    direct = {
        part: levels for part, levels in needed(files, catalogue, at).items()
        if {bicycle for bicycle, level in levels.items() if level == 1} == every
    }
    found = [one for one in dependences(files, list(direct)).values() if one.sole]
    return sorted(found, key=lambda one: (min(stock(files, part) for part in one.sole), one.vendor))


def stock(files: Files, part: str) -> int:
    """All that the files say is there of a part."""
    return sum(int(row["Quantity"]) for row in files.stock if code(files.products[row["ProductId"]]) == part)
