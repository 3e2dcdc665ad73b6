"""Nothing that anybody can send stops a real ``lotone up``: not the door, not a service, not a view, not a rebuild."""

import base64
import random
import socket
from collections.abc import Iterator

import httpx
import orjson
import pytest

from infra.embedded import EmbeddedPostgres
from tests import door, extremes
from tests.integration.asking import define, found
from tests.integration.commands import BATCH, STRUCTURED, Place, Served
from tests.integration.lives import new_database

SEED = 7


@pytest.fixture(scope="module")
def victim(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for bad company."""
    there = Place(tmp_path_factory.mktemp("victim"), new_database(postgres_server.dsn, "victim"))
    with there.up() as served:
        served.publish(*extremes.world(), define("API-1"))
        served.settled()
        yield served


def unharmed(victim: Served) -> None:
    """Everything runs, and all that was taken is decided."""
    victim.settled()
    told = victim.http.get("/readyz")
    assert (told.status_code, told.json()["failures"]) == (200, [])


def answered(answer: httpx.Response) -> None:
    assert answer.status_code in (202, 400, 413), answer.text
    if answer.status_code != 202:
        assert answer.headers["content-type"] == "application/problem+json"


def test_events_at_the_ends_of_their_schemas_are_all_decided_parked_or_rejected(victim: Served) -> None:
    chance = random.Random(SEED)
    events = [
        extremes.event(each, f"{each.name}-{round_}", chance.choice) for round_ in range(50) for each in extremes.TYPES
    ]
    chance.shuffle(events)
    told = [each for at in range(0, len(events), 500) for each in victim.publish(*events[at : at + 500])]
    taken = [each["id"] for each in told if each["status"] == "taken"]
    assert len(taken) > 1000
    unharmed(victim)
    for id_ in chance.sample(taken, 50):
        assert victim.outcome("extremes", id_)["status"] in ("decided", "unchanged", "refused", "parked", "rejected")
    assert victim.place.lotone("verify", "--json").json["whole"]
    proofs = victim.place.lotone("rebuild", "--prove", "--json").json
    assert proofs
    assert all(proof["equal"] for proof in proofs)
    unharmed(victim)


BODIES = {
    "nothing": b"",
    "zeros": b"\0" * 1000,
    "bytes": random.Random(SEED).randbytes(5000),
    "deep": b"[" * 200_000,
    "deep in an event": door.event("Received").replace(b'"5"', b"[" * 50_000 + b"]" * 50_000),
    "deep beside it": door.event("Received")[:-1] + b',"x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "deep in a name": b'{"source":' + b"[" * 100_000,
    "a huge number": door.event("Received").replace(b'"5"', b"9" * 1_000_000),
    "a number beyond floats": door.event("Received").replace(b'"5"', b"1e400"),
    "not a number": door.event("Received").replace(b'"5"', b"NaN"),
    "NUL in a name": door.event("Received", source="a\0b", id="c\0d", type="e\0f"),
    "NUL in a field's name": door.event("Received", {**door.RECEIVED, "a\0b": 1}),
    "NUL in an extension": door.event("Received", timeprecision="a\0b"),
    "invalid UTF-8": b'{"source":"\xff","id":"\xfe"}',
    "invalid UTF-8 in data": door.event("Received").replace(b"SADDLE-1", b"\xff\xfe"),
    "half a surrogate pair": door.event("Received").replace(b"SADDLE-1", b"\\ud800"),
    "half of one in a name": door.event("Received").replace(b'"wms"', b'"\\udfff"'),
    "keys told twice": door.event("Received").replace(b'"part"', b'"part":"\\u0000","part"').replace(b'"5"', b'"x"'),
    "ten megabytes of text": door.event("Received", {**door.RECEIVED, "lot": "x" * 10_000_000}),
    "ten megabytes of name": door.event("Received", id="x" * 10_000_000),
    "the year one": door.event("Received", time="0001-01-01T00:00:00+14:00"),
    "the year 9999": door.event("Received", time="9999-12-31T23:59:59-12:00"),
    "UTF-16": door.event("Received").decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + door.event("Received"),
}


def latest(victim: Served) -> int:
    """The number of the last refusal."""
    lines = victim.http.get("/metrics").text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("lotone_rejected "))))


@pytest.mark.parametrize("name", BODIES)
def test_a_monstrous_body_is_refused_and_kept_byte_for_byte(victim: Served, name: str) -> None:
    before = latest(victim)
    answer = victim.http.post("/events", content=BODIES[name], headers=STRUCTURED)
    assert answer.status_code == 400, answer.text
    answered(answer)
    assert len(answer.content) < 20_000
    assert latest(victim) == before + 1
    assert victim.http.get(f"/rejected/{before + 1}/original").content == BODIES[name]
    line = victim.get(f"/rejected/{before + 1}")
    assert base64.b64decode(line["original_base64"]) == BODIES[name]


def test_the_command_line_gives_refused_bytes_back_too(victim: Served) -> None:
    body = BODIES["bytes"]
    victim.http.post("/events", content=body, headers=STRUCTURED)
    number = latest(victim)
    assert victim.place.lotone("rejected", "show", number, "--raw").raw == body
    assert base64.b64decode(victim.place.lotone("rejected", "show", number, "--json").json["original_base64"]) == body
    assert "Base64" in victim.place.lotone("rejected", "show", number).out


@pytest.mark.parametrize(
    "media", ["", "text/plain", "application/json", "application/cloudevents", "x" * 5000, "ä/ö", ";"]
)
def test_any_content_type_is_answered(victim: Served, media: str) -> None:
    for body in (b"", b"{}", b"[]", door.event("Received")):
        answered(victim.http.post("/events", content=body, headers={"content-type": media.encode()}))


def test_random_requests_are_all_answered_and_do_no_harm(victim: Served) -> None:
    chance = random.Random(SEED)
    good = [door.event(name) for name in door.SAMPLES]
    names = ("id", "source", "type", "time", "specversion", "data", "actor", "x-y", "timezone")
    for _ in range(150):
        body = bytearray(chance.choice([chance.randbytes(chance.randrange(200)), *good, *good]))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(body) + 1)
            body[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        headers = {f"ce-{name}": bytes(chance.choices(range(32, 127), k=8)).strip() for name in chance.sample(names, 4)}
        media = chance.choice([BATCH, STRUCTURED, headers, {**headers, "ce-specversion": b"1.0"}])
        whole = b"[" + bytes(body) + b"]" if media is BATCH else bytes(body)
        answered(victim.http.post("/events", content=whole, headers=media))
    unharmed(victim)


def test_thousands_of_events_in_a_batch_good_and_bad_are_each_answered(victim: Served) -> None:
    good = [found(f"mass-{number}") for number in range(2_000)]
    told = victim.publish(*good, *(orjson.dumps({"id": f"bad-{number}"}) for number in range(3_000)))
    assert [each["status"] for each in told] == ["taken"] * 2_000 + ["invalid"] * 3_000
    assert told[-1]["id"] == "bad-2999"
    unharmed(victim)
    assert victim.outcome("api", "mass-1999")["status"] in ("decided", "parked")


def test_a_connection_that_breaks_off_in_mid_body_does_no_harm(victim: Served) -> None:
    url = victim.http.base_url
    with socket.create_connection((url.host, url.port)) as line:
        line.sendall(b"POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
    unharmed(victim)
