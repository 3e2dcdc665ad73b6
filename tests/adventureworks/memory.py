"""The services run by hand over these events, in memory: what a ledger would hold in the end."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from events.catalogue.reference import Reference
from events.codec import decode, decode_message
from events.decision import Decided
from events.model import Payload
from infra.importing import read_directory
from services.catalogue.app import build as catalogue
from services.inventory.app import build as inventory
from services.supplier.app import build as supplier
from services.supplier.order import State
from tests.adventureworks.convert import write_import
from tests.adventureworks.rows import Files
from tests.scenario import Scenario

Event = Mapping[str, Any]


def imported(files: Files, directory: Path) -> list[Event]:
    """The events of the import directory; every row of it must be right."""
    write_import(files, directory)
    found = read_directory(directory)
    assert not found.errors, [str(fault) for fault in found.errors]
    return list(found.events)


def body(event: Event) -> Payload:
    """An event's payload, read as the door reads it."""
    return decode_message(event["type"], to_json(event["data"]))


def opened(events: Iterable[Event], known: Reference) -> Scenario[Any]:
    """The stock after these events."""
    scenario: Scenario[Any] = Scenario(inventory(), known)
    for event in events:
        if ".inventory." in event["type"]:
            _decide(scenario, event)
    return scenario


def folded(events: Iterable[Event]) -> Reference:
    """The catalogue after these events. None of them may wait, and none be refused."""
    scenario = Scenario(catalogue(), Reference())
    for event in events:
        if ".catalogue." not in event["type"]:
            continue
        before = len(scenario.records)
        _decide(scenario, event)
        for at in scenario.records[before:]:
            scenario.known.evolve(decode(at), at)  # type: ignore[arg-type] # the catalogue records its own facts
    return scenario.known


def replayed(events: Iterable[Event], known: Reference) -> Scenario[State]:
    """The suppliers after these events, one by one as they come."""
    scenario: Scenario[State] = Scenario(supplier(), known)
    for event in events:
        _decide(scenario, event)
    return scenario


def _decide(scenario: Scenario[Any], event: Event) -> None:
    at = datetime.fromisoformat(event["time"]).astimezone(UTC)
    scenario.now = max(scenario.now, at)
    outcome = scenario.decide(body(event), at=at, id=event["id"])
    assert isinstance(outcome, Decided), (event["id"], outcome)
