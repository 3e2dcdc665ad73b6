"""Keys of persons: what is sealed opens, what is forgotten never opens again, in no copy."""

from pathlib import Path

import pytest

from events.model import Model
from events.sealed import Sealed, bare, personal_fields, seal
from infra.keystore import KeyStore


class Shift(Model):
    """A part of the payload."""

    watch: Sealed[str] | None = None


class Crew(Model):
    """A payload of the test's own, sealed at three depths."""

    lead: Sealed[str]
    members: tuple[Sealed[str], ...] = ()
    shifts: tuple[Shift, ...] = ()


def test_what_is_sealed_opens_again() -> None:
    keys = KeyStore(None)
    box = keys.seal("ann", b"Ann Lee")
    assert b"Ann" not in box.encode()
    assert keys.open("ann", box) == b"Ann Lee"
    keys.close()


def test_the_same_text_never_looks_the_same() -> None:
    keys = KeyStore(None)
    assert keys.seal("ann", b"x") != keys.seal("ann", b"x")
    keys.close()


def test_forgetting_shuts_every_box_of_the_person_and_of_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    keys = KeyStore(path)
    ann, bob = keys.seal("ann", b"Ann"), keys.seal("bob", b"Bob")
    other = KeyStore(path)
    secret = other.seal("ann", b"again")
    assert keys.forget("ann") == 1
    assert (other.open("ann", ann), other.open("ann", secret), other.open("bob", bob)) == (None, None, b"Bob")
    keys.close()
    other.close()


def test_somebody_who_comes_back_gets_a_new_key() -> None:
    keys = KeyStore(None)
    old = keys.seal("ann", b"old")
    keys.forget("ann")
    new = keys.seal("ann", b"new")
    assert (keys.open("ann", old), keys.open("ann", new)) == (None, b"new")
    keys.close()


def test_forgetting_reaches_refused_bytes_that_mention_the_person() -> None:
    keys = KeyStore(None)
    box = keys.seal("rejected/1", b'{"person": "ann"', mentions=("ann",))
    assert keys.forget("ann") == 1
    assert keys.open("rejected/1", box) is None
    keys.close()


def test_a_box_that_was_changed_or_moved_is_told() -> None:
    keys = KeyStore(None)
    keys.seal("bob", b"x")
    box = keys.seal("ann", b"Ann")
    with pytest.raises(ValueError, match="changed"):
        keys.open("ann", box[:-6] + ("AAAAA=" if not box.endswith("AAAAA=") else "BBBBB="))
    with pytest.raises(ValueError, match="no key"):
        keys.open("bob", box)
    keys.close()


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "deep" / "keys.db")
    assert (tmp_path / "deep" / "keys.db").stat().st_mode & 0o077 == 0
    keys.close()


def test_every_sealed_field_is_found_and_closed_at_any_depth() -> None:
    keys = KeyStore(None)
    crew = Crew(
        lead=Sealed(person="a", value="Ann"),
        members=(Sealed(person="b", value="Bob"),),
        shifts=(Shift(), Shift(watch=Sealed(person="c", value="Cid"))),
    )
    assert personal_fields(Crew) == ("lead", "members", "shifts.watch")
    stored = seal(crew, keys)
    assert "Ann" not in stored.model_dump_json()
    assert "Bob" not in stored.model_dump_json()
    assert "Cid" not in stored.model_dump_json()
    assert isinstance(stored, Crew)
    assert (stored.lead.opened(keys), stored.members[0].opened(keys)) == ("Ann", "Bob")
    assert bare(stored) == bare(crew)
    keys.close()
