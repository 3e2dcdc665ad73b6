"""The published schemas are what the code says, and no published one changes under those who rely on it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from events.model import Fact, Observation
from events.register import EVERYTHING, Entry, entry
from events.sealed import Sealed
from events.values import Id, NotNegative, Positive
from infra.schemas import DOCS, FOLDER, file_name, refusals, schema_of, stream_pattern, text_of, write
from infra.typetable import table
from tests.json_schema import misfits

IDS = [found.schema_id for found in EVERYTHING]


@pytest.mark.parametrize("found", EVERYTHING, ids=IDS)
def test_the_published_schema_is_what_the_code_says(found: Entry) -> None:
    path = FOLDER / file_name(found)
    assert path.exists(), f"{path.name} is missing: run python -m infra.schemas and commit what it writes"
    assert path.read_text("utf-8") == text_of(found), f"{path.name} is stale: run python -m infra.schemas and commit it"


def test_no_published_schema_changes_incompatibly() -> None:
    assert refusals() == [], "see what each says to do"


@pytest.mark.parametrize("found", EVERYTHING, ids=IDS)
def test_a_schema_names_its_personal_fields_and_its_stream(found: Entry) -> None:
    ours = schema_of(found)["x-lotone"]
    assert tuple(ours["personal"]) == found.personal == tuple(sealed(schema_of(found), schema_of(found)))
    assert ours["key"] == stream_pattern(found)
    assert ours["type"] == found.wire


def sealed(root: Any, schema: Any, path: str = "") -> list[str]:
    """The paths at which a schema refers to a sealed value, read off the schema alone."""
    found = []
    for name, inner in schema.get("properties", {}).items():
        for choice in [inner, *inner.get("anyOf", []), inner.get("items", {})]:
            target = choice.get("$ref", "").rsplit("/", 1)[-1]
            if target.startswith("Sealed"):
                found.append(f"{path}{name}")
            elif target:
                found += sealed(root, root["$defs"][target], f"{path}{name}.")
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("found", EVERYTHING, ids=IDS)
def test_a_type_says_what_it_means(found: Entry) -> None:
    assert len(schema_of(found)["description"]) > 10
    assert schema_of(found)["title"] == found.name


def test_the_table_of_types_is_what_the_code_says() -> None:
    assert DOCS.read_text("utf-8") == table(), "stale: run python -m infra.schemas --docs and commit it"


class Weighed(Observation):
    """Something was weighed."""

    DOMAIN: ClassVar[str] = "inventory"
    part: Id
    weight: NotNegative = Decimal(0)
    tare: Positive | None = None
    by: Sealed[str] | None = None

    @property
    def stream(self) -> str:
        return f"scale/{self.part}"


WEIGHED = entry(Weighed)


def changed(**fields: Any) -> Entry:
    """The same type as another release would have it."""
    said = {"__doc__": "It was weighed.", "__annotations__": fields, "__module__": __name__}
    return entry(type("Weighed", (Weighed,), said))


def test_a_schema_is_written_once_and_then_left_alone(tmp_path: Path) -> None:
    assert write(tmp_path, [WEIGHED]) == ["inventory.Weighed.v1.json"]
    assert write(tmp_path, [WEIGHED]) == []
    assert json.loads((tmp_path / "inventory.Weighed.v1.json").read_text())["$id"] == "inventory.Weighed.v1.json"


def test_better_words_are_written_without_asking(tmp_path: Path) -> None:
    write(tmp_path, [WEIGHED])
    assert write(tmp_path, [changed()]) == ["inventory.Weighed.v1.json"]


def test_a_break_is_refused_with_what_changed_and_what_to_do_and_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, [WEIGHED])
    before = (tmp_path / "inventory.Weighed.v1.json").read_text()
    with pytest.raises(ValueError, match="scale_id: is newly required") as refused:
        write(tmp_path, [changed(scale_id=Id)])
    assert "set VERSION = 2 on Weighed" in str(refused.value)
    assert "upcaster ('inventory', 'Weighed', 1)" in str(refused.value)
    assert (tmp_path / "inventory.Weighed.v1.json").read_text() == before


def test_what_was_never_released_can_be_forced(tmp_path: Path) -> None:
    write(tmp_path, [WEIGHED])
    assert write(tmp_path, [changed(scale_id=Id)], force=True) == ["inventory.Weighed.v1.json"]


def test_a_type_taken_out_of_the_register_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [WEIGHED])
    assert "no such type is registered" in refusals(tmp_path, [])[0]


def test_a_new_version_leaves_the_schema_of_the_old_one_as_it_was(tmp_path: Path) -> None:
    class Weighed2(Weighed):
        """It was weighed on a scale."""

        VERSION: ClassVar[int] = 2
        scale_id: Id

    Weighed2.__name__ = "Weighed"
    write(tmp_path, [WEIGHED])
    before = (tmp_path / "inventory.Weighed.v1.json").read_text()
    assert write(tmp_path, [entry(Weighed2)]) == ["inventory.Weighed.v2.json"]
    assert (tmp_path / "inventory.Weighed.v1.json").read_text() == before


def test_a_fact_of_a_domain_without_streams_says_where_to_name_them() -> None:
    class Dreamt(Fact):
        """Something was dreamt."""

        DOMAIN: ClassVar[str] = "dreams"

    with pytest.raises(LookupError, match="stream_pattern"):
        stream_pattern(entry(Dreamt))


@pytest.mark.parametrize("amount", ["0", "12.5", 1e3, 12, 12.5, "007", "0.000000001", "9" * 15, 10**15 - 1])
def test_amounts_are_published_as_they_are_taken(amount: str | float) -> None:
    told = {"part": "x", "weight": amount}
    assert list(misfits(dict(schema_of(WEIGHED)), dict(schema_of(WEIGHED)), told)) == []
    Weighed.model_validate(told)


NO_TEXTS = ["", "-1", "ten", "1,5", "NaN", "1e3", "+7", "-0", "1_000", " 12 ", "١٢", ".5", "9" * 16]


@pytest.mark.parametrize("amount", [*NO_TEXTS, -1, True, None, 10**15])
def test_what_is_no_amount_fits_neither_the_schema_nor_the_code(amount: object) -> None:
    told = {"part": "x", "weight": amount}
    assert list(misfits(dict(schema_of(WEIGHED)), dict(schema_of(WEIGHED)), told))
    with pytest.raises(ValueError, match="weight"):
        Weighed.model_validate(told)


@pytest.mark.parametrize("amount", ["0", "0.0", 0, "-1"])
def test_an_amount_above_zero_says_so_in_the_schema_too(amount: object) -> None:
    told = {"part": "x", "tare": amount}
    assert list(misfits(dict(schema_of(WEIGHED)), dict(schema_of(WEIGHED)), told))
    with pytest.raises(ValueError, match="tare"):
        Weighed.model_validate(told)
