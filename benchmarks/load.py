"""The load: a made-up plant's receipts, moves, issues and counts, as CloudEvents. Same seed, same bytes."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
SITE = "plant"
LOCATIONS = ("DOCK", "RACK-1", "RACK-2", "LINE")


def event(source: str, number: str, type_: str, time: datetime, data: dict[str, Any]) -> bytes:
    """One CloudEvent in structured mode."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": number,
            "source": source,
            "type": f"lotone.{type_}.v1",
            "time": time.isoformat(),
            "actor": "bench",
            "data": data,
        }
    )


def catalogue(parts: int) -> list[bytes]:
    """A site with its locations, and so many parts bought in cartons of twelve."""
    locations = [{"id": name, "name": name} for name in LOCATIONS]
    found = [
        event(
            "bench/erp",
            "site",
            "catalogue.DefineSite",
            START,
            {"id": SITE, "name": "Plant", "zone": "Europe/Berlin", "locations": locations},
        )
    ]
    found += [
        event(
            "bench/erp",
            f"part-{n}",
            "catalogue.DefinePart",
            START,
            {
                "id": part(n),
                "name": f"Part {n}",
                "unit": "C62",
                "make_or_buy": "buy",
                "conversions": [{"unit": "CT", "numerator": 12, "denominator": 1}],
            },
        )
        for n in range(parts)
    ]
    return found


def part(n: int) -> str:
    return f"P-{n:05d}"


def movements(count: int, parts: int, seed: int = 7, source: str = "bench/wms") -> Iterator[bytes]:
    """Half receipts, then issues, moves within the site, reservations and now and then a count."""
    chance = random.Random(seed)
    time = START + timedelta(days=30 * seed)  # another seed is another month: nothing in it comes late
    for n in range(count):
        time += timedelta(seconds=chance.randint(1, 20))
        what = part(chance.randrange(parts))
        yield event(source, f"{seed}-{n}", *_movement(chance, n, what, time))


def _movement(chance: random.Random, n: int, what: str, time: datetime) -> tuple[str, datetime, dict[str, Any]]:
    place = {"part": what, "site": SITE}
    rack = {"location": chance.choice(LOCATIONS)}
    some = {"amount": str(chance.randint(1, 40)), "unit": "C62"}
    draw = chance.random()
    if draw < 0.5:
        unit = "CT" if draw < 0.25 else "C62"
        return "inventory.Received", time, {**place, **rack, "quantity": {**some, "unit": unit}}
    if draw < 0.75:
        return "inventory.Issued", time, {**place, **rack, "quantity": some, "run": f"RUN-{n % 500}"}
    if draw < 0.90:
        return "inventory.Moved", time, {**place, **rack, "to_location": chance.choice(LOCATIONS), "quantity": some}
    if draw < 0.98:
        return (
            "inventory.ReserveStock",
            time,
            {**place, "reservation": f"RSV-{n}", "purpose": f"RUN-{n % 500}", "quantity": some},
        )
    return "inventory.Counted", time, {**place, **rack, "quantity": some, "cut_off": time.isoformat()}
