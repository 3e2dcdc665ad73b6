"""Genealogy both ways: what a lot, a serial number or a run was built of, down to what was bought; and what a lot or a
serial number went into, up to the shipments and orders that it left with.

Links are movements of material: into a run with its lot or serial number, and out of it with that of the output. What
was built without either is followed by its run. Stock that has no lot and no serial number can't be told apart, so it
isn't followed any further: such links are shown and end there.
"""

from collections.abc import Sequence
from typing import Any, Final

from projections.queries import Answer, At, Connection, Number, fetch, reading
from projections.run_board import RUN_BOARD
from projections.stock_movements import STOCK_MOVEMENTS

_DEEPEST: Final = 50
_INTO: Final = """
    SELECT component, lot, serial, unit, run,
           sum(CASE what WHEN 'issued' THEN amount WHEN 'returned' THEN -amount
                         ELSE CASE WHEN drawn THEN 0 ELSE -amount END END)
      FROM lotone.run_material
     WHERE NOT reversed AND {where}
     GROUP BY component, lot, serial, unit, run
    HAVING sum(CASE what WHEN 'issued' THEN amount WHEN 'returned' THEN -amount
                         ELSE CASE WHEN drawn THEN 0 ELSE -amount END END) > 0
     ORDER BY run, component, lot, serial
"""
_OUT: Final = """
    SELECT part, lot, serial, unit, run, sum(amount) FROM lotone.run_stored WHERE {where}
     GROUP BY part, lot, serial, unit, run ORDER BY run, part, lot, serial
"""
_MOVED: Final = """
    SELECT part, lot, serial, unit, account, shipment, "order", line, supplier, site, -sum(amount)
      FROM lotone.stock_movement
     WHERE part = ANY(%(parts)s) AND account = ANY(%(accounts)s) AND (lot = ANY(%(lots)s) OR serial = ANY(%(serials)s))
     GROUP BY part, lot, serial, unit, account, shipment, "order", line, supplier, site
    HAVING sum(amount) <> 0
     ORDER BY part, lot, serial, shipment, "order", line
"""


class Link(Answer):
    """So much of ``part`` went from one thing to another: ``source`` and ``target`` are ``run/…``, ``shipment/…``,
    ``purchase/…`` or ``stock``. ``level`` counts from where was begun."""

    level: int
    source: str
    target: str
    part: str
    lot: str | None
    serial: str | None
    unit: str
    amount: Number


class Genealogy(At):
    """``down``: what it was built of. ``up``: what it went into, and the shipments that it left with."""

    down: list[Link]
    up: list[Link]


Piece = tuple[str, str | None, str | None]
"""A part, with its lot and serial number."""


def genealogy(
    connection: Connection, *, part: str | None = None, lot: str | None = None, serial: str | None = None,
    run: str | None = None,
) -> Genealogy:
    """Of a run, or of a lot or serial number of a part."""
    start: list[Piece] = [] if part is None else [(part, lot, serial)]
    runs = [] if run is None else [run]
    with reading(connection, RUN_BOARD, STOCK_MOVEMENTS) as at:
        return Genealogy(at=at, down=_down(connection, start, runs), up=_up(connection, start, runs))


def _down(connection: Connection, pieces: Sequence[Piece], runs: Sequence[str]) -> list[Link]:
    found: list[Link] = []
    seen: set[str] = set()
    level, todo = 0, list(runs)
    links, made_by = _made_by(connection, pieces, level)
    found += links
    todo += made_by
    while (todo := [run for run in dict.fromkeys(todo) if run not in seen]) and level < _DEEPEST:
        level += 1
        seen.update(todo)
        rows = fetch(connection, _INTO.format(where="run = ANY(%(runs)s)"), {"runs": todo})
        found += [
            Link(level=level, source="stock", target=f"run/{run}", part=part, lot=lot, serial=serial, unit=unit,
                 amount=amount)
            for part, lot, serial, unit, run, amount in rows
        ]
        links, todo = _made_by(connection, [(part, lot, serial) for part, lot, serial, *_ in rows], level)
        found += links
    return found


def _made_by(connection: Connection, pieces: Sequence[Piece], level: int) -> tuple[list[Link], list[str]]:
    """Where pieces that can be told apart came from: a run's output, or a supplier."""
    values = _values(pieces)
    if not values["parts"]:
        return [], []
    where = "part = ANY(%(parts)s) AND (lot = ANY(%(lots)s) OR serial = ANY(%(serials)s))"
    rows = fetch(connection, _OUT.format(where=where), values)
    links = [
        Link(level=level, source=f"run/{run}", target="stock", part=part, lot=lot, serial=serial, unit=unit,
             amount=amount)
        for part, lot, serial, unit, run, amount in rows
    ]
    for row in fetch(connection, _MOVED, {**values, "accounts": ["received"]}):
        part, lot, serial, unit, _, _, document, line, supplier, _, amount = row
        source = f"supplier/{supplier}" if document is None else f"purchase/{document}/{line}"
        links.append(Link(
            level=level, source=source, target="stock", part=part, lot=lot, serial=serial, unit=unit, amount=-amount
        ))
    return links, [row[4] for row in rows]


def _up(connection: Connection, pieces: Sequence[Piece], runs: Sequence[str]) -> list[Link]:
    found: list[Link] = []
    seen: set[str] = set()
    level, here, todo = 0, list(pieces), list(runs)
    while (here or todo) and level < _DEEPEST:
        level += 1
        seen.update(todo)
        outputs = _outputs(connection, todo, level)
        found += outputs
        here += [(link.part, link.lot, link.serial) for link in outputs]
        values = _values(here)
        found += _shipped(connection, values, level)
        where = "component = ANY(%(parts)s) AND (lot = ANY(%(lots)s) OR serial = ANY(%(serials)s))"
        rows = fetch(connection, _INTO.format(where=where), values) if values["parts"] else []
        found += [
            Link(level=level, source="stock", target=f"run/{run}", part=part, lot=lot, serial=serial, unit=unit,
                 amount=amount)
            for part, lot, serial, unit, run, amount in rows
        ]
        here, todo = [], [run for run in dict.fromkeys(row[4] for row in rows) if run not in seen]
    return found


def _outputs(connection: Connection, runs: Sequence[str], level: int) -> list[Link]:
    if not runs:
        return []
    rows = fetch(connection, _OUT.format(where="run = ANY(%(runs)s)"), {"runs": list(runs)})
    return [
        Link(level=level, source=f"run/{run}", target="stock", part=part, lot=lot, serial=serial, unit=unit,
             amount=amount)
        for part, lot, serial, unit, run, amount in rows
    ]


def _shipped(connection: Connection, values: dict[str, Any], level: int) -> list[Link]:
    if not values["parts"]:
        return []
    return [
        Link(level=level, source="stock", target=f"shipment/{row[5]}", part=row[0], lot=row[1] or None,
             serial=row[2] or None, unit=row[3], amount=row[10])
        for row in fetch(connection, _MOVED, {**values, "accounts": ["shipped"]})
    ]


def _values(pieces: Sequence[Piece]) -> dict[str, Any]:
    """Only what a lot or a serial number tells apart."""
    told = [piece for piece in pieces if piece[1] or piece[2]]
    return {
        "parts": sorted({part for part, _, _ in told}),
        "lots": sorted({lot for _, lot, serial in told if lot and not serial}),
        "serials": sorted({serial for _, _, serial in told if serial}),
    }
