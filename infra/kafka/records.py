"""What a record is: headers, key and value; and how CloudEvents and our own messages are written as one.

The CloudEvents Kafka binding (1.0.2) knows two modes. In *binary* mode each attribute is a header (``ce_id``), and the
value is the payload. In *structured* mode the content type is ``application/cloudevents+json``, and the value is the
whole event. Both become here what the door takes from HTTP too: an event has one form inside, wherever it came from.

Header values are UTF-8 as they are, not percent-encoded as HTTP's; they are encoded on the way in, so that a name
with a percent sign in it stays that name.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from events import envelope
from infra.queue.port import Queued

Headers = Sequence[tuple[str, bytes | None]]

OURS: Final = b"application/vnd.lotone.message"
"""The content type of what has passed the door."""
SEAL: Final = "lotone_seal"
_STRUCTURED: Final = "application/cloudevents"
_SAFE: Final = "".join(map(chr, range(0x21, 0x7F))).replace("%", "").replace('"', "")


class Record(NamedTuple):
    """A record as it was fetched; ``offset`` is Kafka's own, from 0."""

    offset: int
    headers: Headers
    value: bytes


def ours(queued: Queued, seal: bytes) -> Headers:
    """The headers of a message of ours: its identity to be read by anyone, and our seal."""
    return (
        ("content-type", OURS),
        ("ce_source", queued.source.encode()),
        ("ce_id", queued.id.encode()),
        (SEAL, seal),
    )


def header(headers: Headers, name: str) -> bytes | None:
    """The value of a header; the last one, as Kafka's own clients take it."""
    return next((value for key, value in reversed(headers) if key == name), None)


def identity(headers: Headers, value: bytes) -> tuple[str | None, str | None]:
    """Source and id, as far as they can be read."""
    source, id_ = header(headers, "ce_source"), header(headers, "ce_id")
    if source is not None and id_ is not None:
        return _text(source), _text(id_)
    return envelope.identity(value)[:2]


def event(headers: Headers, value: bytes) -> bytes:
    """The event in a record, as the door takes it: structured as it is, or framed with its attributes.

    >>> event([("ce_id", b"7"), ("content-type", b"application/json")], b"{}")
    b'ce-id: 7\\r\\ncontent-type: application/json\\r\\n\\r\\n{}'
    """
    told = {name.lower(): _text(content) for name, content in headers if content is not None}
    if told.get("content-type", "").strip().lower().startswith(_STRUCTURED) or not any(map(_attribute, told)):
        return value
    attributes = {
        f"ce-{name[3:]}": quote(content, safe=_SAFE + " ") for name, content in told.items() if _attribute(name)
    }
    if "content-type" in told:
        attributes["content-type"] = quote(told["content-type"], safe=_SAFE + " %")
    return envelope.framed(attributes, value)


def _attribute(name: str) -> bool:
    return name.startswith("ce_") and name != "ce_data"


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
