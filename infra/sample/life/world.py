"""What everybody in the simulated world shares: chance, the agenda, the shelves, the lanes, and master data."""

from datetime import datetime, timedelta
from typing import Final

from events.catalogue.places import LocationKind
from events.catalogue.reference import Reference
from infra.sample.life.agenda import Agenda
from infra.sample.life.chance import Chance
from infra.sample.life.claims import Pegs
from infra.sample.life.network import Network
from infra.sample.life.shelves import Shelves

DAY: Final = timedelta(days=1)
OPENS, CLOSES = 8, 17
"""The hours in which offices answer."""


class World:
    """``now`` is how far facts were read: nothing that answers them happens earlier. Where people are ``eager``, what
    is ready for a customer leaves on the next working day; else it leaves when that was planned."""

    def __init__(self, seed: int, zone: str, now: datetime, eager: bool = False) -> None:
        self.eager: Final = eager
        self.chance = Chance(seed)
        self.agenda = Agenda(zone)
        self.known = Reference()
        self.shelves = Shelves()
        self.pegs = Pegs()
        self.network = Network(self.chance, eager)
        self.now = now
        self.down: set[str] = set()

    def soon(self, site: str, least: int, most: int, *about: object) -> datetime:
        """When somebody at a site gets to it: some hours from now, while the office is open."""
        minutes = self.chance.between(60 * least, 60 * most, "soon", *about)
        local = (self.now + timedelta(minutes=minutes)).astimezone(self.agenda.zone)
        early = self.chance.between(0, 50, "early", *about)
        if local.hour >= CLOSES:
            local = (local + DAY).replace(hour=OPENS, minute=early)
        elif local.hour < OPENS:
            local = local.replace(hour=OPENS, minute=early)
        return self.working(site, local)

    def working(self, site: str, at: datetime) -> datetime:
        """That moment, or the same hour of the next day on which a site works."""
        local = at.astimezone(self.agenda.zone)
        calendar = self.known.working(site)
        day = calendar.after(local.date(), 0)
        return local if day == local.date() else datetime.combine(day, local.timetz())

    def unit(self, part: str) -> str:
        """A part's base unit."""
        found = self.known.part(part)
        assert found is not None, f"{part} isn't in the catalogue"
        return found.unit

    def home(self, part: str, site: str) -> str:
        """Where a part is kept at a site."""
        told = self.shelves.home.get((part, site))
        return told or self.place(site, LocationKind.STORAGE)

    def place(self, site: str, *kinds: LocationKind) -> str:
        """The first location of a kind, of the first kind that there is; else the first location of all."""
        found = self.known.site(site)
        assert found is not None, f"{site} isn't in the catalogue"
        for kind in kinds:
            for location in found.locations.values():
                if location.kind is kind and location.active:
                    return location.id
        return next(iter(found.locations))
