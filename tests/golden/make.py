"""Adds the golden samples that are missing: ``python -m tests.golden.make``.

A sample is what was stored at the time: realistic values, every field filled in, personal fields as boxes. Once its
type is released a sample is history and never rewritten, so only missing ones are added. ``--force`` makes all anew;
it is for types that nobody was ever given.
"""

import sys
import types
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic_core import to_json

from events.codec import encode
from events.register import EVERYTHING, Entry
from events.sealed import Sealed
from tests.golden import logistics, orders, planning

FOLDER: Final = Path(__file__).resolve().parent
BOX: Final = "17.bm9uY2Utb2YtMTJieXRlcy1hbmQtdGhlLWNpcGhlcnRleHQ="
BUCKET: Final = {
    "location": "subassembly-50",
    "status": "available",
    "revision": "B",
    "lot": "L2026-0417",
    "serial": "SN-000815",
    "owner": "proseware",
}
ONE: Final = {"amount": "1", "unit": "C62"}
FLOOD: Final = "the foundry was flooded"

SAMPLES: Final[dict[str, Any]] = {
    **orders.SAMPLES,
    **logistics.SAMPLES,
    # who and where
    "part": "CRANKSET-HL",
    "builds": "BIKE-RED",
    "site": "bothell",
    "location": "subassembly-50",
    "supplier": "proseware",
    "owner": "proseware",
    "revision": "B",
    "lot": "L2026-0417",
    "serial": "SN-000815",
    "to_site": "duluth",
    "from_site": "duluth",
    "other_site": "duluth",
    "at_site": "duluth",
    "to_location": "final-assembly-60",
    "accepted_to": "final-assembly-60",
    "rejected_to": "quarantine-99",
    "status": "hold",
    "approval": "approved",
    "bucket": BUCKET,
    "name": "HL Crankset",
    "id": "CRANKSET-HL",
    "country": "US",
    "gln": "4012345000009",
    "address": "19435 NE 185th St, Bothell WA",
    "zone": "America/Los_Angeles",
    "calendar": "us-2026",
    "person": "employee-274",
    "value": "CR-9981",
    # documents
    "document": "4001",
    "line": 10,
    "number": "4001",
    "purchase_order": "4001",
    "requisition": "REQ-77",
    "receipt": "inventory/2/4711",
    "order_line": 1,
    "delivery_note": "DN-5523",
    "confirmation": "CF-1201",
    "despatch": "ASN-88120",
    "tracking": "1Z999AA10123456784",
    "ship_method": "cargo-transport-5",
    "transfer": "TR-301",
    "supply": "purchase/4001/10",
    "order": "SO-1007",
    "n": 3,
    "reservation": "RES-9",
    "purpose": "run/2026-0042",
    "run": "run/2026-0042",
    "shipment": "SH-640",
    "usage_decision": "UD-A2",
    "source": "wms/bothell",
    "reason": "bent teeth on the chainring",
    "detail": "the line was ordered for FRAME-SL",
    "field": "lines[0].part",
    "problem": "FRAME-SL is bought from nobody",
    "remedy": "define an agreement first",
    "because": "StockCounted",
    "undone": "StockReceived",
    "undone_fact": "inventory/2/4711",
    # how much
    "unit": "C62",
    "amount": "200",
    "quantity": {"amount": "24", "unit": "CT"},
    "told": {"amount": "16.5", "unit": "CT"},
    "accepted": "190",
    "rejected": "10",
    "in_inspection": "0.5",
    "short": "2",
    "counted": "198",
    "expected": "200.25",
    "variance": "-2.25",
    "wanted": "550",
    "available": "120.5",
    "open": "350",
    "ordered": "550",
    "confirmed": "500",
    "was": "500",
    "shipped": "200",
    "over": "5",
    "revoked": "1",
    "received": {"amount": "200", "unit": "C62"},
    "said": ["200", "190", "10"],
    "lines": [10, 20],
    "price": "175.495",
    "currency": "USD",
    "rate": "1.0842",
    "base": "EUR",
    "quote": "USD",
    "minimum": "50",
    "multiple": "25",
    "maximum": "5000",
    "numerator": 12,
    "denominator": 5,
    "scale": 3,
    "per": "1",
    "scrap_allowance": "0.025",
    "shelf_life_days": 730,
    "lead_time_days": 17,
    "rank": 2,
    "priority": 50,
    "buckets": 36,
    "safety_stock": "500",
    "reorder_point": "375",
    "order_up_to": "1200",
    "pack": {"amount": "12", "unit": "C62"},
    "weight": {"amount": "0.575", "unit": "KGM"},
    "volume": {"amount": "0.0021", "unit": "MTQ"},
    # when
    "cut_off": "2026-03-31T18:00:00Z",
    "needed_by": "2026-05-04T06:00:00Z",
    "happened_at": "2026-04-17T07:42:10.5Z",
    "ordered_at": "2026-03-02T09:15:00Z",
    "confirmed_at": "2026-03-03T16:40:00Z",
    "told_at": "2026-03-10T08:00:00Z",
    "shipped_at": "2026-04-13T15:00:00Z",
    "received_at": "2026-04-17T07:42:10.5Z",
    "since": "2026-03-09T00:00:00Z",
    "down_since": "2026-03-01T00:00:00Z",
    "effective_from": "2026-01-01T08:00:00Z",
    "effective_to": "2027-01-01T08:00:00Z",
    "valid_from": "2026-01-01T08:00:00Z",
    "valid_to": "2027-01-01T08:00:00Z",
    "expiry": "2028-04-30",
    "due": "2026-04-16",
    "promised": "2026-04-17",
    "ordered_on": "2026-03-02",
    "confirmed_on": "2026-03-03",
    "told_on": "2026-03-10",
    "shipped_on": "2026-04-13",
    "received_on": "2026-04-17",
    "arrives": "2026-04-17",
    "until": "2026-04-20",
    "holidays": ["2026-07-03", "2026-12-25"],
    "extra": ["2026-07-11"],
    "start": "06:00:00",
    "end": "14:30:00",
    # parts, bills, numbers
    "by": "CRANKSET-HL2",
    "find": "A7",
    "component": "CHAINRING",
    "component_revision": "C",
    "substitute": "CRANKSET-ML",
    "parent": "BIKE-ROAD-150",
    "supplier_part": "PW-CR-44",
    "scheme": "supplier-part",
    "scope": "proseware",
    "replaces": "CRANKSET-ML",
    "option": "colour",
    "choice": "red",
    "default": "red",
    "remove": ["BASKET"],
}
"""A value for each name of a field."""

EXCEPTIONS: Final[dict[str, Any]] = {
    # By ``Type.field``, ``Type.path.to.field`` or ``domain.Type.field``; ``...`` leaves out what contradicts another
    # field.
    **orders.EXCEPTIONS,
    **logistics.EXCEPTIONS,
    **planning.EXCEPTIONS,
    "Received.status": "inspection",
    "SiteShape.calendar": ...,
    "ChangePurchaseOrder.add.line": 30,
    "EventRef.id": "4b825dc6-42",
    "SupplierShape.id": "proseware",
    "SupplierShape.name": "Proseware, Inc.",
    "LocationShape.id": "subassembly-50",
    "Location.id": "subassembly-50",
    "Location.name": "Subassembly",
    "SiteShape.id": "bothell",
    "SiteShape.name": "Bothell plant",
    "CalendarShape.id": "us-2026",
    "CalendarShape.name": "US working days 2026",
    "Shift.name": "early",
    "Money.amount": "175.495",
    "PurchaseOrderDelayed.was": "2026-04-17",
    "PurchaseOrderReviewed.was": "pending",
    "ConversionShape.unit": "CT",
    "Conversion.unit": "CT",
    "SupplierDown.until": "2026-04-20T00:00:00Z",
    "SupplierWentDown.until": "2026-04-20T00:00:00Z",
    "CrossReferenceShape.unit": "CT",
    "AgreementShape.unit": "CT",
    "BillLine.quantity": {"amount": "3", "unit": "C62"},
    "OrderCommand.accepted": {"amount": "190", "unit": "C62"},
    "OrderCommand.rejected": {"amount": "10", "unit": "C62"},
    "TransferArrived.short": {"amount": "2", "unit": "C62"},
    "Portion.confirmed": True,
    "OrderCommand.quantity": {"amount": "200", "unit": "C62"},
    "StockMoved.to": BUCKET | {"location": "final-assembly-60"},
    "StockHeld.to": BUCKET | {"status": "hold"},
    "StockUnheld.bucket": BUCKET | {"status": "hold"},
    "StockUnheld.to": BUCKET,
    "AllocationMoved.to": BUCKET | {"location": "final-assembly-60"},
    "StockInspected.bucket": BUCKET | {"status": "inspection"},
    "StockInspected.rejected_to": BUCKET | {"status": "rejected"},
    "StockInspected.accepted_to": BUCKET,
    "LocatedObservation.quantity": ONE,
    "SnapshotLine.quantity": ONE,
    "MovementFact.amount": "1",
    "Inspected.accepted": ONE,
    "Inspected.rejected": {"amount": "0", "unit": "C62"},
    "Allocated.amount": "1",
    "StockInspected.accepted": "1",
    "StockInspected.rejected": "0",
    "ExpectTransfer.quantity": ONE,
    "StockOutput.quantity": ONE,
    "StockIssued.requirement": 3,
    "CrossReferenceShape.kind": "part",
    "Location.kind": "production",
    "Excluded.option": "rack",
    "Excluded.choice": "front",
    "OptionShape.name": "Colour",
    "OptionChoice.name": "Red",
    "WorkingTime.days": ["monday", "saturday"],
    "Posted.account": "received",
    "StandingFact.reason": FLOOD,
    "SupplierObservation.reason": FLOOD,
    "OrderRequest.reason": "the run was cancelled",
    "PurchaseOrderCancelled.reason": "the run was cancelled",
    "PurchaseOrderShortClosed.reason": "the run was cancelled",
    "Delayed.reason": FLOOD,
    "PurchaseOrderDelayed.reason": FLOOD,
    "Closed.reason": "all is here",
    "PurchaseOrderClosed.reason": "all is here",
    "Reviewed.reason": "within budget",
    "PurchaseOrderReviewed.reason": "within budget",
    "Scrapped.reason": "8",
    "StockScrapped.reason": "8",
    "Posted.variance": True,
    "Delayed.expected": "2026-04-20",
    "LineFact.expected": "2026-04-20",
    "Shipped.expected": "2026-04-20",
    "FollowNotice.expected": "2026-04-20",
}
"""Where a name alone doesn't say it."""


def sample(entry: Entry) -> bytes:
    """One type's sample, as the ledger or a queue would store it."""
    return encode(entry.model.model_validate_json(to_json(_model(entry.model, entry.name)), strict=True)) + b"\n"


def _model(model: type[BaseModel], path: str) -> dict[str, Any]:
    if issubclass(model, Sealed):
        return {"person": SAMPLES["person"], "box": BOX}
    told = {name: _field(model, name, path) for name in model.model_fields}
    return {name: value for name, value in told.items() if value is not ...}


def _field(model: type[BaseModel], name: str, path: str) -> Any:
    annotation = model.model_fields[name].annotation
    domain = model.__module__.split(".")[1]
    keys = [f"{domain}.{base.__name__}.{name}" for base in model.__mro__]
    keys += [f"{path}.{name}", *(f"{base.__name__}.{name}" for base in model.__mro__)]
    chosen = next((EXCEPTIONS[key] for key in keys if key in EXCEPTIONS), SAMPLES.get(name))
    if chosen is ... or _fits(annotation, chosen):
        return chosen
    if _choices(annotation) == [bool]:
        return model.model_fields[name].default is not True
    return _built(annotation, f"{path}.{name}")


def _choices(annotation: Any) -> list[Any]:
    """What an annotation may be, without its bounds and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _choices(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [one for inner in get_args(annotation) if inner is not type(None) for one in _choices(inner)]
    return [annotation]


def _fits(annotation: Any, value: Any) -> bool:
    """A sample goes by its field's name; a model under that name is built from its own fields, unless given whole."""
    wanted = _choices(annotation)[0]
    if get_origin(wanted) is tuple:
        inner = _choices(get_args(wanted)[0])[0]
        return isinstance(value, list) and not (isinstance(inner, type) and issubclass(inner, BaseModel))
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return isinstance(value, dict)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return value in set(wanted)
    if wanted in (int, bool):
        return type(value) is wanted
    return wanted in (str, Decimal, date, datetime, AwareDatetime, time) and isinstance(value, str)


def _built(annotation: Any, path: str) -> Any:
    wanted = _choices(annotation)[0]
    if get_origin(wanted) is tuple:
        return [_built(get_args(wanted)[0], path)]
    if issubclass(wanted, StrEnum):
        return list(wanted)[-1].value
    if issubclass(wanted, BaseModel):
        return _model(wanted, path)
    raise LookupError(f"{path}: no sample for this field; add one to SAMPLES in tests/golden/make.py")


def path_of(entry: Entry) -> Path:
    return FOLDER / f"{entry.schema_id}.json"


def main(force: bool) -> None:
    made = [entry for entry in EVERYTHING if force or not path_of(entry).exists()]
    for entry in made:
        path_of(entry).write_bytes(sample(entry))
    sys.stdout.write(f"{len(made)} samples made, {len(EVERYTHING)} types in all\n")


if __name__ == "__main__":
    main("--force" in sys.argv[1:])
