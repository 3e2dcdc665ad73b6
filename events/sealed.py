"""Fields that tell of a person: encrypted under that person's key before anything stores them.

Upstream sends ``{"person": "customer-17", "value": "Ann Lee"}``; what is stored, from the queue on, is
``{"person": "customer-17", "box": "…"}``. Forgetting the person means destroying the key: every copy of every box
becomes unreadable at once, and the ledger's hashes still hold. No decision reads a sealed value.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, Field, model_validator
from pydantic_core import from_json, to_json

from events.model import Model
from events.values import Id

T = TypeVar("T")


class Cipher(Protocol):
    """Encrypts for a person and decrypts what was encrypted; ``open`` gives None once the key is destroyed."""

    def seal(self, person: str, plain: bytes) -> str: ...

    def open(self, person: str, box: str) -> bytes | None: ...


class Sealed(Model, Generic[T]):
    """Something about ``person`` (an id, itself not personal). Send ``value``; ``box`` is what is kept."""

    person: Annotated[Id, Field(description="The id of the person this tells of; their key encrypts it")]
    value: Annotated[T | None, Field(description="The text itself: only on its way in, never stored")] = None
    box: Annotated[str | None, Field(description="The encrypted form, as stored; never sent by publishers")] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.value is not None and self.box is not None:
            raise ValueError("both a value and a box; send the value, and no box")
        return self

    def closed(self, cipher: Cipher) -> Self:
        """The stored form."""
        if self.value is None:
            return self
        return self.model_copy(update={"value": None, "box": cipher.seal(self.person, to_json(self.value))})

    def opened(self, cipher: Cipher) -> Any:
        """The value, or None when the person was forgotten."""
        if self.box is None:
            return self.value
        plain = cipher.open(self.person, self.box)
        return None if plain is None else from_json(plain)


def _parts(annotation: Any) -> list[type[BaseModel]]:
    """The models an annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType, tuple, list, dict, Annotated) or origin is not None:
        return [model for inner in get_args(annotation) for model in _parts(inner)]
    return []


@cache
def personal_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The dotted paths of a model's sealed fields: ``('contact', 'lines.engraving')``."""
    found: list[str] = []
    for name, info in model.model_fields.items():
        for inner in _parts(info.annotation):
            if issubclass(inner, Sealed):
                found.append(name)
            else:
                found.extend(f"{name}.{path}" for path in personal_fields(inner))
    return tuple(dict.fromkeys(found))


M = TypeVar("M", bound=Model)


def seal(model: M, cipher: Cipher) -> M:
    """The same model with every sealed field in its stored form."""
    return cast("M", _mapped(model, lambda field: field.closed(cipher)))


def bare(model: M) -> M:
    """The same model with only the persons of its sealed fields: what a digest may be taken of."""
    return cast("M", _mapped(model, lambda field: field.model_copy(update={"value": None, "box": None})))


def boxed_from_outside(model: Model) -> str | None:
    """The first person whose field came with a ready-made box, which no publisher may send."""
    found: list[str] = []

    def look(field: Sealed[Any]) -> Sealed[Any]:
        if field.box is not None:
            found.append(field.person)
        return field

    _mapped(model, look)
    return found[0] if found else None


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, Sealed):
        return change(value)
    if isinstance(value, BaseModel):
        if not personal_fields(type(value)):
            return value
        return value.model_copy(update={name: _mapped(inner, change) for name, inner in value.__dict__.items()})
    if isinstance(value, tuple):
        return tuple(_mapped(inner, change) for inner in value)
    if isinstance(value, Mapping):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    return value
