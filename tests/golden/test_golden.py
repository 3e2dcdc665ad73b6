"""What was stored once stays readable: a sample of every version of every type, held against today's models."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.codec import decode, decode_message, encode
from events.decision import Recorded
from events.model import Model
from events.register import EVERYTHING, Entry, Kind
from infra.schemas import FOLDER as SCHEMAS
from tests.golden.make import FOLDER, path_of, sample
from tests.json_schema import misfits

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BY_NAME = {(entry.domain, entry.name): entry for entry in EVERYTHING}
FILES = sorted(FOLDER.glob("*.json"))


def version(path: Path) -> int:
    return int(path.stem.rsplit(".v", 1)[1])


def entry_of(path: Path) -> Entry | None:
    """The type a sample's name stands for, at whatever version."""
    domain, name, _ = path.stem.split(".")
    return BY_NAME.get((domain, name))


def stored(path: Path) -> bytes:
    return path.read_bytes().removesuffix(b"\n")


def read(entry: Entry, data: bytes, version: int) -> Model:
    """As it's read from the ledger, or from a queue."""
    if entry.kind is Kind.FACT:
        return decode(
            Recorded(
                entry.domain,
                0,
                1,
                "s",
                1,
                entry.name,
                version,
                data,
                "source",
                "cause",
                "actor",
                "c",
                NOW,
                "second",
                None,
                NOW,
                0,
                None,
                b"",
            )
        )
    return decode_message(f"lotone.{entry.domain}.{entry.name}.v{version}", data)


@pytest.mark.parametrize("entry", EVERYTHING, ids=lambda entry: entry.schema_id)
def test_every_type_has_a_sample(entry: Entry) -> None:
    assert path_of(entry).exists(), "run python -m tests.golden.make, look at what it made, and commit it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_of_whatever_version_can_be_read(path: Path) -> None:
    entry = entry_of(path)
    assert entry is not None, f"{path.name}: a type once published stays registered, so that its past can be read"
    assert isinstance(read(entry, stored(path), version(path)), entry.model)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_of_this_version_is_written_as_the_same_bytes_again(path: Path) -> None:
    entry = entry_of(path)
    if entry and version(path) == entry.version:
        assert encode(read(entry, stored(path), entry.version)) == stored(path), (
            "the stored form changed: facts' hashes and the digests of repeated events would no longer agree"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_fits_its_published_schema(path: Path) -> None:
    schema = json.loads((SCHEMAS / path.name).read_text("utf-8"))
    assert list(misfits(schema, schema, json.loads(stored(path)))) == []


@pytest.mark.parametrize("entry", [entry for entry in EVERYTHING if entry.personal], ids=lambda entry: entry.schema_id)
def test_personal_fields_lie_in_samples_as_boxes(entry: Entry) -> None:
    told = json.loads(stored(path_of(entry)))
    for field in entry.personal:
        assert set(_at(told, field)) == {"person", "box"}


def _at(told: Any, path: str) -> Any:
    for step in path.split("."):
        told = told[0][step] if isinstance(told, list) else told[step]
    return told


@pytest.mark.parametrize("entry", EVERYTHING, ids=lambda entry: entry.schema_id)
def test_a_sample_can_be_made_of_every_type(entry: Entry) -> None:
    assert json.loads(sample(entry)), "tests/golden/make.py must know a value for every field"
