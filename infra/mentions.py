"""Whom the bytes of a refusal name, and what of its text a database can hold.

Refused bytes may be anything, so nothing here relies on their being JSON; but where they are, or nearly are, a person's
id is found however it is spelled (``"person"`` and ``"\\u0070erson"`` are one key), because forgetting that person must
destroy the bytes too.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_PERSON: Final = re.compile(rb'"person"\s*:\s*"((?:[^"\\]|\\.){1,800})"')
_SPELLED: Final = re.compile(rb'"(?=[^"]{0,36}\\u00)((?:[^"\\]|\\.){6,36})"\s*:\s*"((?:[^"\\]|\\.){1,800})"')
"""A key with an escape in it, and its text. Keys without one are left to the plain pattern."""


def persons(raw: bytes) -> tuple[str, ...]:
    """The persons that ``raw`` seems to name, sorted.

    >>> persons(b'{"person": "p-7", "x": {"\\\\u0070erson": "p\\\\u002d8"}} trailing')
    ('p-7', 'p-8')
    """
    return tuple(sorted(set(_found(raw))))


def _found(raw: bytes) -> Iterator[str]:
    for match in _PERSON.finditer(raw):
        yield _text(match[1])
    for match in _SPELLED.finditer(raw):
        if _text(match[1]) == "person":
            yield _text(match[2])


def _text(spelled: bytes) -> str:
    try:
        return msgspec.json.decode(b'"' + spelled + b'"', type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return spelled.decode("utf-8", "replace")


def storable(text: str) -> str:
    """Text that PostgreSQL takes: without NUL and lone surrogates, and with nothing lost otherwise.

    >>> storable("a\\0b"), storable("plain")
    ('a\ufffdb', 'plain')
    """
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
