"""Every CSV file that can be imported and each of its columns: the reader and the documentation both come from here."""

from collections.abc import Sequence
from typing import Final

from infra.importing import drafts, offers
from infra.importing.cells import (
    AMOUNT,
    CODE,
    COUNTRY,
    CURRENCY,
    DAY,
    FROM,
    HOURS,
    MOMENT,
    POSITIVE,
    TEXT,
    UNIT,
    WHOLE,
    YES,
    ZONE,
    Kind,
    choice,
    words,
)
from infra.importing.columns import Column, Table

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PLACES: Final = ("storage", "production", "dock", "quarantine", "shipping", "scrap")


def _need(name: str, kind: Kind, meaning: str, example: str) -> Column:
    return Column(name, kind, meaning, example, required=True)


def _period(begin: str, end: str, what: str) -> Sequence[Column]:
    return (
        Column(begin, FROM, f"from when {what}; empty: always", "2026-01-01"),
        Column(end, FROM, "its end, no longer part of it; empty: open", "2027-01-01"),
    )


def _ratio(amount: str, amount_means: str, per_means: str) -> Sequence[Column]:
    return (Column(amount, POSITIVE, amount_means, "24"), Column("per", POSITIVE, f"{per_means}; empty: 1", "1"))


_PLANNING: Final = (
    Column("planner", choice("lotone", "erp"), "who decides on purchases; empty: lotone", "lotone"),
    Column("safety_stock", AMOUNT, "in base units", "200"),
    Column("reorder_point", AMOUNT, "in base units", "500"),
    Column("order_up_to", AMOUNT, "in base units", "1500"),
)

CALENDARS: Final = Table(
    "calendars.csv", "Working time that sites share.",
    (
        _need("calendar", CODE, "its name", "five-days"),
        Column("name", TEXT, "in words", "Five days"),
        Column("days", words(choice(*_DAYS), "weekdays"), "working days, blanks between; empty: monday to friday",
               "monday tuesday wednesday"),
        Column("holidays", words(DAY, "days"), "days off, blanks between", "2026-12-25 2026-12-26"),
        Column("extra", words(DAY, "days"), "days worked though they wouldn't be", "2026-12-19"),
        Column("shifts", words(HOURS, "hours"), "hours of a day, in the site's time", "06:00-14:00 14:00-22:00"),
    ),
    ("calendar",), drafts.calendars,
)
SITES: Final = Table(
    "sites.csv", "Plants, warehouses and other places of ours.",
    (
        _need("site", CODE, "its code", "plant"),
        _need("name", TEXT, "in words", "Plant Kassel"),
        _need("zone", ZONE, "its time zone", "Europe/Berlin"),
        Column("address", TEXT, "postal address", "Werkstr. 1, 34117 Kassel"),
        Column("country", COUNTRY, "where it is", "DE"),
        Column("gln", CODE, "GS1 location number, 13 digits", "4012345000009"),
        Column("calendar", CODE, "its working time, from calendars.csv", "five-days"),
        Column("active", YES, "empty: yes", "yes"),
    ),
    ("site",), drafts.sites,
)
LOCATIONS: Final = Table(
    "locations.csv", "Places within a site at which stock is kept apart.",
    (
        _need("site", CODE, "the site", "plant"),
        _need("location", CODE, "the location's code", "A-01"),
        Column("name", TEXT, "in words", "Rack A, bay 1"),
        Column("kind", choice(*_PLACES), "what it is for; empty: storage", "storage"),
        Column("active", YES, "empty: yes", "yes"),
    ),
    ("site", "location"), drafts.locations,
)
SUPPLIERS: Final = Table(
    "suppliers.csv", "Companies that we buy from.",
    (
        _need("supplier", CODE, "its code", "HUBER"),
        _need("name", TEXT, "its name", "Huber Rahmenbau GmbH"),
        Column("active", YES, "empty: yes", "yes"),
        Column("contact_person", CODE, "an id of the person to talk to; their name is encrypted under it", "person-17"),
        Column("contact", TEXT, "that person's name", "Ann Lee"),
        Column("address", TEXT, "postal address", "Am Hang 4, Graz"),
        Column("country", COUNTRY, "where it is", "AT"),
        Column("gln", CODE, "GS1 location number, 13 digits", "4012345000016"),
    ),
    ("supplier",), drafts.suppliers, together=(("contact_person", "contact"),),
)
PARTS: Final = Table(
    "parts.csv", "What is bought, made or both.",
    (
        _need("part", CODE, "its code", "SADDLE-1"),
        _need("name", TEXT, "in words", "Saddle, black"),
        _need("unit", UNIT, "base unit, for ever: all stock is kept in it", "C62"),
        _need("make_or_buy", choice("make", "buy", "both"), "where it comes from", "buy"),
        Column("scale", WHOLE, "decimal places of planned quantities; empty: 0 for counted units, else 9", "0"),
        Column("pack", AMOUNT, "what is usually handled as one pack", "24"),
        Column("pack_unit", UNIT, "unit of pack", "C62"),
        Column("weight", AMOUNT, "of one base unit", "0.35"),
        Column("weight_unit", UNIT, "unit of weight", "KGM"),
        Column("volume", AMOUNT, "of one base unit", "0.004"),
        Column("volume_unit", UNIT, "unit of volume", "MTQ"),
        Column("shelf_life_days", WHOLE, "days from production or receipt to expiry", "365"),
        Column("phantom", YES, "yes: never stocked, its components go in directly; empty: no", "no"),
        Column("lead_time_days", WHOLE, "working days to make it", "3"),
        *_PLANNING,
        Column("standard_cost", AMOUNT, "of one base unit", "18.50"),
        Column("currency", CURRENCY, "of standard_cost", "EUR"),
        Column("active", YES, "empty: yes", "yes"),
        Column("superseded_by", CODE, "the part that takes its place", "SADDLE-2"),
        Column("superseded_from", FROM, "from when", "2026-07-01"),
        Column("use_up", YES, "use what is left of the old part first; empty: yes", "yes"),
    ),
    ("part",), drafts.parts,
    together=(
        ("pack", "pack_unit"), ("weight", "weight_unit"), ("volume", "volume_unit"), ("standard_cost", "currency"),
        ("superseded_by", "superseded_from"),
    ),
)
STOCKING: Final = Table(
    "stocking.csv", "Where a site keeps a part otherwise than parts.csv says.",
    (_need("part", CODE, "a part of parts.csv", "SADDLE-1"), _need("site", CODE, "the site", "plant"), *_PLANNING),
    ("part", "site"), drafts.nothing,
)
REVISIONS: Final = Table(
    "revisions.csv", "States of a part's design.",
    (
        _need("part", CODE, "the part", "SADDLE-1"),
        _need("revision", CODE, "the revision", "B"),
        *_period("effective_from", "effective_to", "it is the one to build"),
    ),
    ("part", "revision"), drafts.revisions,
)
CONVERSIONS: Final = Table(
    "conversions.csv", "Other units that a part is told in: per of the unit are base_units of the base unit.",
    (
        _need("part", CODE, "the part", "SADDLE-1"),
        _need("unit", UNIT, "the other unit", "CT"),
        _need("base_units", POSITIVE, "how many base units, exactly", "24"),
        Column("per", POSITIVE, "are how many of the other unit; empty: 1", "1"),
        Column("valid_from", FROM, "from when; empty: always so far", "2026-01-01"),
    ),
    ("part", "unit", "valid_from"), drafts.conversions,
)
BILLS: Final = Table(
    "bills.csv", "What parts are built of. All rows of a parent (its revision, its site) are one bill, which replaces "
    "the one before.",
    (
        _need("parent", CODE, "what is built", "BIKE-1"),
        Column("parent_revision", CODE, "of which revision; empty: all without their own bill", "B"),
        Column("site", CODE, "built where; empty: wherever there is no bill of its own", "plant"),
        Column("line", WHOLE, "the line's number; empty: the order of the rows", "10"),
        Column("find", CODE, "position on the drawing", "4a"),
        _need("component", CODE, "what goes in", "SADDLE-1"),
        Column("component_revision", CODE, "empty: the effective one", "B"),
        _need("quantity", AMOUNT, "how much of it, net of scrap", "1"),
        _need("unit", UNIT, "in which unit", "C62"),
        Column("per", POSITIVE, "goes into how many base units of the parent; empty: 1", "1"),
        Column("scrap_allowance", AMOUNT, "share lost in assembly: gross = net / (1 - it)", "0.02"),
        Column("line_site", CODE, "only when built there", "plant"),
        *_period("effective_from", "effective_to", "it goes in"),
    ),
    ("parent", "parent_revision", "site", "component", "component_revision", "find", "line_site", "effective_from",
     "line"),
    drafts.bills, number=("parent", "parent_revision", "site", "line"),
)
OPTIONS: Final = Table(
    "options.csv", "What can be chosen of a part, and what each choice changes in its bill. All rows of an option are "
    "one statement, which replaces the one before; a choice may have several rows, or one that changes nothing.",
    (
        _need("part", CODE, "of which part", "BIKE-1"),
        _need("option", CODE, "what can be chosen", "saddle"),
        Column("option_name", TEXT, "in words", "Saddle"),
        Column("required", YES, "yes: orders must choose, unless there is a default; empty: no", "yes"),
        _need("choice", CODE, "one of its choices", "sport"),
        Column("choice_name", TEXT, "in words", "Sport, white"),
        Column("default", YES, "yes: meant when nobody chooses; empty: no", "no"),
        Column("add", CODE, "a part that goes in besides", "POST-2"),
        Column("add_revision", CODE, "its revision; empty: the effective one", "B"),
        Column("quantity", POSITIVE, "how much of it, net of scrap", "1"),
        Column("unit", UNIT, "in which unit", "C62"),
        Column("per", POSITIVE, "goes into how many base units of the part; empty: 1", "1"),
        Column("scrap_allowance", AMOUNT, "share lost in assembly: gross = net / (1 - it)", "0.02"),
        Column("find", CODE, "position on the drawing", "4b"),
        Column("remove", CODE, "a component that doesn't go in", "POST-1"),
        Column("replace", CODE, "a component that another takes the place of", "SADDLE-1"),
        Column("by", CODE, "the part that does", "SADDLE-2"),
        Column("by_quantity", POSITIVE, "base units of that part; empty: 1", "1"),
        Column("by_per", POSITIVE, "for how many base units of the component; empty: 1", "1"),
        Column("excludes_option", CODE, "another option, of which", "rack"),
        Column("excludes_choice", CODE, "this choice can't be made together with it", "front"),
    ),
    ("part", "option", "choice", "add", "find", "remove", "replace", "excludes_option", "excludes_choice"),
    offers.options,
    together=(("add", "quantity", "unit"), ("replace", "by"), ("excludes_option", "excludes_choice")),
)
AGREEMENTS: Final = Table(
    "agreements.csv", "On what terms a supplier sells a part.",
    (
        _need("supplier", CODE, "who sells", "HUBER"),
        _need("part", CODE, "what", "SADDLE-1"),
        _need("unit", UNIT, "purchase unit: price and limits are for it", "CT"),
        Column("price", AMOUNT, "of one purchase unit", "410.00"),
        Column("currency", CURRENCY, "of the price", "EUR"),
        _need("lead_time_days", WHOLE, "calendar days from order to receipt", "14"),
        Column("minimum", AMOUNT, "of one order line", "1"),
        Column("multiple", AMOUNT, "order multiples of this", "1"),
        Column("maximum", AMOUNT, "of one order line", "20"),
        Column("preferred", YES, "empty: no", "yes"),
        Column("rank", WHOLE, "1 is asked first", "1"),
        Column("supplier_part", CODE, "the supplier's own number", "HR-4711"),
        *_period("valid_from", "valid_to", "it holds"),
    ),
    ("supplier", "part", "valid_from"), drafts.agreements, together=(("price", "currency"),),
)
SUBSTITUTES: Final = Table(
    "substitutes.csv", "Parts that may be used in another's place.",
    (
        _need("part", CODE, "instead of this", "SADDLE-1"),
        _need("substitute", CODE, "this may be used", "SADDLE-2"),
        *_ratio("quantity", "base units of the substitute; empty: 1", "for how many base units of the part"),
        Column("site", CODE, "only there", "plant"),
        Column("parent", CODE, "only when building this", "BIKE-1"),
        Column("rank", WHOLE, "1 is tried first; empty: 1", "1"),
        Column("needs_approval", YES, "empty: no", "no"),
        Column("one_way", YES, "no: the part may replace its substitute too; empty: yes", "yes"),
        *_period("valid_from", "valid_to", "it may"),
    ),
    ("part", "substitute", "site", "parent", "valid_from"), drafts.substitutes,
)
RATES: Final = Table(
    "rates.csv", "Exchange rates: one of base is so many of quote.",
    (
        _need("base", CURRENCY, "one of this", "EUR"),
        _need("quote", CURRENCY, "is so many of this", "USD"),
        _need("rate", AMOUNT, "how many", "1.0845"),
        _need("valid_from", FROM, "from when", "2026-01-01"),
    ),
    ("base", "quote", "valid_from"), drafts.rates,
)
CROSS_REFERENCES: Final = Table(
    "cross_references.csv", "What others call our parts, sites and suppliers.",
    (
        _need("scheme", CODE, "erp, gtin, gln, supplier-part, or any name of a numbering", "gtin"),
        Column("scope", CODE, "whose numbering: the supplier's code for supplier-part", "HUBER"),
        _need("value", CODE, "their number", "4012345678901"),
        _need("kind", choice("part", "site", "supplier"), "what it names", "part"),
        _need("id", CODE, "our code of it", "SADDLE-1"),
        Column("unit", UNIT, "what it counts, e.g. a carton's GTIN", "CT"),
        Column("replaces", CODE, "our code that it named so far, to move it", "SADDLE-0"),
    ),
    ("scheme", "scope", "value"), drafts.cross_references,
)
OPENING_STOCK: Final = Table(
    "opening_stock.csv", "What was there when the book was opened.",
    (
        _need("part", CODE, "the part", "SADDLE-1"),
        _need("site", CODE, "the site", "plant"),
        _need("location", CODE, "where in it", "A-01"),
        _need("quantity", AMOUNT, "how much", "37"),
        _need("unit", UNIT, "in which unit", "C62"),
        Column("cut_off", MOMENT, "at which time; in every row, or in one for all", "2026-03-31T18:00:00+02:00"),
        Column("status", choice("available", "inspection", "hold", "rejected"), "empty: available", "available"),
        Column("revision", CODE, "of which revision", "B"),
        Column("lot", CODE, "lot number", "L-0815"),
        Column("serial", CODE, "serial number, of one piece", "S-000017"),
        Column("owner", CODE, "whose it is; empty: ours", "HUBER"),
        Column("expiry", DAY, "usable until", "2027-03-31"),
    ),
    ("part", "site", "location", "status", "revision", "lot", "serial", "owner"), drafts.opening_stock,
)
LANES: Final = Table(
    "lanes.csv", "Ways that goods can go, each in one direction.",
    (
        _need("lane", CODE, "its code", "HUBER-plant-road"),
        _need("from_node", CODE, "where it begins: site/, supplier/, zone/ (a region of customers) or hub/, and a code",
              "supplier/HUBER"),
        _need("to_node", CODE, "where it leads, in the same way", "site/plant"),
        _need("mode", choice("road", "rail", "sea", "air", "courier"), "how goods go", "road"),
        Column("distance_km", AMOUNT, "how far it is", "320"),
        _need("least_hours", WHOLE, "from departure to arrival at the quickest", "6"),
        _need("usual_hours", WHOLE, "as a rule", "24"),
        _need("most_hours", WHOLE, "at the slowest", "72"),
        Column("fixed_cost", AMOUNT, "of each shipment", "45.00"),
        Column("cost_per_kg", AMOUNT, "in addition, for each kilogram", "0.12"),
        Column("cost_per_unit", AMOUNT, "in addition, for each base unit of the part", "0"),
        Column("currency", CURRENCY, "of the costs; empty: nobody knows what it costs", "EUR"),
        Column("capacity", POSITIVE, "what it takes on one working day", "1200"),
        Column("capacity_unit", UNIT, "unit of capacity: kilograms, or pieces", "KGM"),
        Column("calendar", CODE, "days it departs on, from calendars.csv; empty: every day", "five-days"),
        Column("active", YES, "empty: yes", "yes"),
    ),
    ("lane",), drafts.lanes, together=(("capacity", "capacity_unit"),),
)

TABLES: Final = (
    CALENDARS, SITES, LOCATIONS, SUPPLIERS, PARTS, STOCKING, REVISIONS, CONVERSIONS, BILLS, OPTIONS, AGREEMENTS,
    SUBSTITUTES, RATES, CROSS_REFERENCES, OPENING_STOCK, LANES,
)
"""In the order their events are published in: nothing refers to what comes later."""
