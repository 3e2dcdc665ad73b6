"""CloudEvents 1.0: the envelope every message comes in, and what must be right about it.

Structured mode is one JSON object, batch mode an array of them, binary mode headers (``ce-id: …``) with the payload as
body. The envelope is read by msgspec, which leaves ``data`` as the very bytes that were sent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal
from urllib.parse import unquote
from zoneinfo import available_timezones

import msgspec

from events.decision import Problem

Precision = Literal["second", "minute", "hour", "day"]


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent's attributes; unknown extensions are allowed by the specification and not read.

    ``time`` is when it occurred in the world, which Lotone requires. Extensions: ``correlationid`` (what it's all
    about), ``causationid`` (what led to it), ``partitionkey``, ``traceparent`` (W3C), ``actor`` (who, an id),
    ``timeprecision`` (how exactly the time is known) and ``timezone`` (IANA, of the place).
    """

    specversion: str
    id: str
    source: str
    type: str
    time: datetime | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    partitionkey: str | None = None
    traceparent: str | None = None
    actor: str | None = None
    timeprecision: Precision = "second"
    timezone: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    data_base64: str | None = None


_ONE: Final = msgspec.json.Decoder(CloudEvent)
_MANY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_SHOWN: Final = 60
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What happened, happened between these; beyond them lie slips, and years that databases and time zones don't hold."""
NAME_LENGTH: Final = 250
"""Characters of an id or a source at most."""
_LIMITS: Final = {
    **dict.fromkeys(("id", "source", "actor", "correlationid", "causationid"), NAME_LENGTH), "traceparent": 100
}


class Unreadable(ValueError):
    """Not a CloudEvent at all, or not a proper one."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{found.field}: {found.problem}" for found in problems))
        self.problems = problems


def split(body: bytes) -> list[bytes]:
    """A batch's events, each as the very bytes that were sent."""
    try:
        return [bytes(raw) for raw in _MANY.decode(body)]
    except _NO_JSON as error:
        text = f"this is not a JSON array: {_malformed(error)}"
        raise Unreadable(Problem("", text, "send a JSON array of CloudEvents")) from None


def structured(body: bytes) -> CloudEvent:
    """An event in structured mode."""
    try:
        event = _ONE.decode(body)
    except msgspec.ValidationError as error:
        raise Unreadable(_explained(str(error))) from None
    except _NO_JSON as error:
        text = f"this is not JSON: {_malformed(error)}"
        raise Unreadable(Problem("", text, "send one CloudEvent as a JSON object")) from None
    return checked(event)


def binary(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """An event in binary mode: lower-case header names, ``ce-`` before each attribute, values percent-encoded."""
    attributes: dict[str, object] = {
        name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-") and name != "ce-data"
    }
    if "content-type" in headers:
        attributes["datacontenttype"] = headers["content-type"]
    try:
        event = msgspec.convert(attributes, CloudEvent)
    except msgspec.ValidationError as error:
        raise Unreadable(_explained(str(error))) from None
    return checked(msgspec.structs.replace(event, data=msgspec.Raw(body)))


_FRAME: Final = re.compile(rb"((?:[^:\r\n]+: [^\r\n]*\r\n)+)\r\n")


def framed(headers: Mapping[str, str], body: bytes) -> bytes:
    """An event in binary mode as it is kept: its headers, an empty line, and its body byte for byte."""
    told = sorted(name for name in headers if name.startswith("ce-") or name == "content-type")
    lines = [f"{name}: {headers[name]}\r\n" for name in told]
    return "".join(lines).encode("latin-1", "replace") + b"\r\n" + body


def unframed(raw: bytes) -> tuple[Mapping[str, str], bytes] | None:
    """The headers and body that ``framed`` put together; None for anything else.

    >>> unframed(framed({"ce-id": "7", "host": "x"}, b"{}")), unframed(b"{}")
    (({'ce-id': '7'}, b'{}'), None)
    """
    match = _FRAME.match(raw) if raw.startswith((b"ce-", b"content-type: ")) else None
    if match is None:
        return None
    lines = match[1].decode("latin-1").removesuffix("\r\n").split("\r\n")
    return dict(line.split(": ", 1) for line in lines), raw[match.end() :]


def checked(event: CloudEvent) -> CloudEvent:
    """What JSON's shape alone doesn't say."""
    problems = list(_problems(event))
    if problems:
        raise Unreadable(*problems)
    return event


def _problems(event: CloudEvent) -> list[Problem]:
    found: list[Problem] = []
    if event.specversion != "1.0":
        text = f"{_short(event.specversion)!r} is not spoken here"
        found.append(Problem("specversion", text, "send specversion 1.0"))
    for name, limit in _LIMITS.items():
        value = getattr(event, name)
        if value is not None and not (0 < len(value) <= limit and value.isprintable()):
            found.append(Problem(name, "empty, too long or not printable", f"1 to {limit} printable characters"))
    if event.time is None:
        found.append(Problem("time", "missing", "say when it occurred, like 2026-11-22T08:30:00+01:00"))
    elif event.time.tzinfo is None:
        found.append(Problem("time", "without a UTC offset", "add one, like 2026-11-22T08:30:00+01:00 or …Z"))
    elif not _EARLIEST <= event.time < _LATEST:
        text = f"{event.time.isoformat()} can't be when it occurred"
        found.append(Problem("time", text, f"a time from {_EARLIEST.year} to {_LATEST.year - 1}"))
    content = (event.datacontenttype or "application/json").split(";")[0].strip().lower()
    if content != "application/json" and not content.endswith("+json"):
        found.append(Problem("datacontenttype", f"{_short(content)!r} can't be read", "send data as application/json"))
    if event.data_base64 is not None:
        found.append(Problem("data_base64", "binary data can't be read", "send JSON in data"))
    if event.timezone is not None and event.timezone not in _zones():
        text = f"{_short(event.timezone)!r} is no time zone"
        found.append(Problem("timezone", text, "an IANA name, like Europe/Berlin"))
    return found


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _short(text: str, most: int = _SHOWN) -> str:
    """What was sent, as far as it's repeated."""
    return text if len(text) <= most else f"{text[:most]}…"


def _malformed(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else _short(str(error), 120)


def _explained(error: str) -> Problem:
    """msgspec says ``Expected `str`, got `int` - at `$.id```; people want the field and the remedy."""
    text, _, path = error.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if "missing required field" in text:
        field = text.split("`")[1]
        return Problem(field, "missing", f"every CloudEvent has {field}")
    text = _short(text[:1].lower() + text[1:])
    return Problem(_short(field), text, "see the CloudEvents 1.0 specification for this attribute")


def identity(body: bytes) -> tuple[str | None, str | None, str | None]:
    """Source, id and type of something that may be broken, as far as they can be read."""
    if (parts := unframed(body)) is not None:
        told = {name: unquote(value)[:NAME_LENGTH] for name, value in parts[0].items()}
        return told.get("ce-source"), told.get("ce-id"), told.get("ce-type")
    try:
        fields = _OBJECT.decode(body)
    except _NO_JSON:
        return None, None, None

    def text(name: str) -> str | None:
        try:
            return msgspec.json.decode(fields[name], type=str)[:250]
        except (KeyError, *_NO_JSON):
            return None

    return text("source"), text("id"), text("type")


def utc(moment: datetime) -> datetime:
    """The same moment in UTC: how every time is kept."""
    return moment.astimezone(UTC)
