"""From rows to payloads: what each file's rows say, as the requests and observations of the shared language."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from events.catalogue.messages import (
    DefineAgreement,
    DefineBill,
    DefineCalendar,
    DefineConversion,
    DefineCrossReference,
    DefineLocation,
    DefinePart,
    DefineRate,
    DefineSite,
    DefineSubstitute,
    DefineSupplier,
    RevisePart,
    SupersedePart,
)
from events.inventory.messages import OpeningStock
from events.logistics.messages import DefineLane
from events.model import Payload
from infra.importing.cells import Cell, Fault, Tree
from infra.importing.columns import Draft, Row, Rows

Drafts = Iterator[Draft | Fault]


def named(row: Row, *columns: str) -> str:
    """What names a row within its file."""
    return "/".join(str(row[column].value) if column in row else "" for column in columns).rstrip("/")


def fields(row: Row, *columns: str, **renamed: str) -> dict[str, Tree]:
    """Fields straight from columns: of the same name, or ``field="column"``."""
    return {name: row.get(name) for name in columns} | {field: row.get(name) for field, name in renamed.items()}


def amount(row: Row, column: str, unit: str) -> Tree:
    """A quantity from its two columns."""
    return {"amount": row[column], "unit": row.get(unit)} if column in row else None


def money(row: Row, column: str) -> Tree:
    """Money from its column and the row's currency."""
    return {"amount": row[column], "currency": row.get("currency")} if column in row else None


def ratio(row: Row, column: str, per: str) -> dict[str, Tree]:
    """Two exact numbers as numerator and denominator, in lowest terms."""
    fraction = _fraction(row.get(column)) / (_fraction(row.get(per)) or 1)
    place = row.get(column) or row.get(per)
    if place is None:
        return {}
    return {
        "numerator": Cell(fraction.numerator, place.file, place.line, place.column),
        "denominator": Cell(fraction.denominator, place.file, place.line, place.column),
    }


def _fraction(cell: Cell | None) -> Fraction:
    return Fraction(1) if cell is None else Fraction(Decimal(cell.value))


def straight(model: type[Payload], key: Sequence[str], tree: Callable[[Row], Tree]) -> Callable[..., Drafts]:
    """Each row is one message."""

    def drafts(rows: Sequence[Row], _others: Rows) -> Drafts:
        return (Draft(model, named(row, *key), tree(row)) for row in rows)

    return drafts


def parts(rows: Sequence[Row], others: Rows) -> Drafts:
    """Every part, with what its sites keep of it; then who takes whose place, when all are known."""
    kept: dict[str, list[Tree]] = defaultdict(list)
    known = {row["part"].value for row in rows}
    for row in others.get("stocking.csv", ()):
        kept[row["part"].value].append(
            fields(row, "site", "planner", "safety_stock", "reorder_point", "order_up_to")
        )
        if (part := row["part"]).value not in known:
            yield part.fault(f"{part.value} is not in parts.csv", "add the part there, or leave it out here")
    yield from (Draft(DefinePart, named(row, "part"), _part(row, kept)) for row in rows)
    for row in rows:
        if "superseded_by" in row:
            tree = fields(row, "part", "use_up", by="superseded_by", effective_from="superseded_from")
            yield Draft(SupersedePart, named(row, "part", "superseded_by"), tree)


def _part(row: Row, kept: dict[str, list[Tree]]) -> Tree:
    return {
        "id": row["part"],
        **fields(
            row, "name", "unit", "make_or_buy", "scale", "shelf_life_days", "phantom", "lead_time_days", "planner",
            "safety_stock", "reorder_point", "order_up_to", "active",
        ),
        "pack": amount(row, "pack", "pack_unit"),
        "weight": amount(row, "weight", "weight_unit"),
        "volume": amount(row, "volume", "volume_unit"),
        "standard_cost": money(row, "standard_cost"),
        "stocking": kept[row["part"].value] or None,
    }


def nothing(_rows: Sequence[Row], _others: Rows) -> Drafts:
    """Rows that another file's messages take in."""
    return iter(())


revisions = straight(
    RevisePart, ("part", "revision"), lambda row: fields(row, "part", "revision", "effective_from", "effective_to")
)
sites = straight(
    DefineSite, ("site",),
    lambda row: fields(row, "name", "zone", "address", "country", "gln", "calendar", "active", id="site"),
)
locations = straight(
    DefineLocation, ("site", "location"), lambda row: fields(row, "site", "name", "kind", "active", id="location")
)
calendars = straight(
    DefineCalendar, ("calendar",),
    lambda row: fields(row, "name", "days", "holidays", "extra", "shifts", id="calendar"),
)
rates = straight(
    DefineRate, ("base", "quote", "valid_from"), lambda row: fields(row, "base", "quote", "rate", "valid_from")
)
cross_references = straight(
    DefineCrossReference, ("scheme", "scope", "value"),
    lambda row: fields(row, "scheme", "scope", "value", "kind", "id", "unit", "replaces"),
)
conversions = straight(
    DefineConversion, ("part", "unit", "valid_from"),
    lambda row: fields(row, "part", "unit", "valid_from") | ratio(row, "base_units", "per"),
)
substitutes = straight(
    DefineSubstitute, ("part", "substitute", "site", "parent", "valid_from"),
    lambda row: fields(
        row, "part", "substitute", "site", "parent", "rank", "needs_approval", "one_way", "valid_from", "valid_to"
    ) | ratio(row, "quantity", "per"),
)
suppliers = straight(
    DefineSupplier, ("supplier",),
    lambda row: fields(row, "name", "active", "address", "country", "gln", id="supplier") | {
        "contact": {"person": row["contact_person"], "value": row.get("contact")} if "contact_person" in row else None
    },
)
agreements = straight(
    DefineAgreement, ("supplier", "part", "valid_from"),
    lambda row: fields(
        row, "supplier", "part", "unit", "lead_time_days", "minimum", "multiple", "maximum", "preferred", "rank",
        "supplier_part", "valid_from", "valid_to",
    ) | {"price": money(row, "price")},
)
lanes = straight(
    DefineLane, ("lane",),
    lambda row: fields(row, "lane", "from_node", "to_node", "mode", "distance_km", "calendar", "active") | {
        "transit": fields(row, least="least_hours", usual="usual_hours", most="most_hours"),
        "cost": fields(row, "currency", fixed="fixed_cost", per_kg="cost_per_kg", per_unit="cost_per_unit")
        if "currency" in row else None,
        "capacity": {"quantity": amount(row, "capacity", "capacity_unit")} if "capacity" in row else None,
    },
)


def bills(rows: Sequence[Row], _others: Rows) -> Drafts:
    """All rows of one parent, revision and site are one bill."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[named(row, "parent", "parent_revision", "site")].append(row)
    for key, lines in grouped.items():
        yield Draft(DefineBill, key, {
            **fields(lines[0], "site", part="parent", revision="parent_revision"),
            "lines": [_bill_line(row, number) for number, row in _numbered(lines)],
        })


def _numbered(lines: Sequence[Row]) -> Iterator[tuple[Cell, Row]]:
    """Lines without a number take the next one that is free, in the order of the file."""
    taken = {row["line"].value for row in lines if "line" in row}
    following = 0
    for row in lines:
        if "line" in row:
            yield row["line"], row
            continue
        following += 1
        while following in taken:
            following += 1
        place = row["component"]
        yield Cell(following, place.file, place.line, "line"), row


def _bill_line(row: Row, number: Cell) -> Tree:
    return {
        "line": number,
        **fields(
            row, "find", "component", "component_revision", "per", "scrap_allowance", "effective_from",
            "effective_to", site="line_site",
        ),
        "quantity": amount(row, "quantity", "unit"),
    }


def opening_stock(rows: Sequence[Row], _others: Rows) -> Drafts:
    """Each row is one bucket's stock at the cut-off, told once for the file or in each row."""
    told = {row["cut_off"].value for row in rows if "cut_off" in row}
    first = next((row["cut_off"] for row in rows if "cut_off" in row), None)
    for row in rows:
        cut_off = row.get("cut_off")
        if cut_off is None and len(told) == 1:
            cut_off = first
        if cut_off is None:
            problem = "is empty, though other rows say different times" if told else "is empty in every row"
            remedy = "like 2026-03-31T18:00:00+02:00 in every row, or in one for the whole file"
            yield Fault(row["part"].file, row["part"].line, "cut_off", problem, remedy)
            continue
        tree = fields(row, "part", "site", "location", "revision", "lot", "serial", "owner", "status", "expiry")
        tree |= {"quantity": amount(row, "quantity", "unit"), "cut_off": cut_off}
        key = named(row, "part", "site", "location", "status", "revision", "lot", "serial", "owner")
        yield Draft(OpeningStock, key, tree, cut_off.value)
