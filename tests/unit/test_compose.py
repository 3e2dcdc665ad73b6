"""docker-compose.yml against the code: every command runs, every variable is a setting, every port is the one meant."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.register import DOMAINS
from infra.settings import PREFIX, Settings
from projections.api.cli.main import app

ROOT = Path(__file__).parents[2]
TOLD: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = TOLD["services"]
OURS = {name: told for name, told in SERVICES.items() if str(told["image"]).startswith("lotone:")}
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")


def texts(told: Any) -> Iterator[str]:
    """Every text in it."""
    match told:
        case dict():
            for value in told.values():
                yield from texts(value)
        case list():
            for value in told:
                yield from texts(value)
        case _:
            yield str(told)


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_part_of_the_system_is_there() -> None:
    assert set(OURS) >= {*DOMAINS[:-1], "planner", "projections", "relay", "api"}
    assert set(SERVICES) - set(OURS) == {"kafka", "postgres", "upstream-may-publish"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_there_is(name: str) -> None:
    match OURS[name]["command"]:
        case ["python", "-m", module, *arguments]:
            spec = find_spec(module)
            assert spec is not None, module
            assert spec.submodule_search_locations is None or find_spec(f"{module}.__main__"), module
            assert arguments == (["worker"] if module.startswith("services.") else [])
        case ["lotone", command]:
            names = {found.name or getattr(found.callback, "__name__", "") for found in app.registered_commands}
            assert command in names
        case told:
            pytest.fail(f"{told} isn't understood")


def test_each_domain_has_the_worker_of_its_own_service() -> None:
    for domain in DOMAINS[:-1]:
        source = Path(*SERVICES[domain]["command"][2].split("."), "app.py")
        assert f"events.{domain}" in (ROOT / source).read_text() or domain in (ROOT / source).read_text(), domain


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_and_fits(name: str) -> None:
    told = dict(OURS[name]["environment"])
    assert told.pop("PGPASSWORD"), "libpq's own: a password is in no address"
    given = {one.removeprefix(PREFIX).lower(): _VARIABLE.sub(r"\3", value) for one, value in told.items()}
    assert all(one.startswith(PREFIX) for one in told)
    made = Settings(**given)
    assert "password" not in told["LOTONE_POSTGRES_DSN"]
    assert made.kafka_bootstrap == "kafka:9092"
    assert made.kafka_password_file == Path("/run/secrets/kafka_lotone")
    assert set(OURS[name]["secrets"]) == set(TOLD["secrets"]) == {"kafka_lotone"}


def test_every_port_is_the_one_that_is_listened_on() -> None:
    api = SERVICES["api"]
    assert [port.rpartition(":")[2] for port in api["ports"]] == [api["environment"]["LOTONE_PORT"]]
    assert api["environment"]["LOTONE_PORT"] == str(Settings.model_fields["port"].default)
    kafka = SERVICES["kafka"]["environment"]
    assert "INSIDE://kafka:9092" in kafka["KAFKA_ADVERTISED_LISTENERS"]
    assert SERVICES["kafka"]["ports"][0].endswith(":9093:9093")
    assert "OUTSIDE://:9093" in kafka["KAFKA_LISTENERS"]
    ports = [port for told in SERVICES.values() for port in told.get("ports", ())]
    assert all(port.startswith("${LISTEN_ON:-127.0.0.1}:") for port in ports)


@pytest.mark.parametrize("name", SERVICES)
def test_everything_is_watched_and_started_again(name: str) -> None:
    told = SERVICES[name]
    assert told["restart"] == ("on-failure" if name == "upstream-may-publish" else "unless-stopped")
    assert told["healthcheck"].get("test") or name == "upstream-may-publish"
    if name in OURS:
        asked = ["python", "-m", "infra.exposing", *(["api"] if name == "api" else [])]
        assert told["healthcheck"]["test"] == ["CMD", *asked]
        assert told["depends_on"]["postgres"] == told["depends_on"]["kafka"] == {"condition": "service_healthy"}
        assert told["stop_grace_period"] == "60s"


def test_what_must_stay_lies_in_volumes() -> None:
    used = {volume.split(":")[0] for told in SERVICES.values() for volume in told.get("volumes", ())}
    assert used == set(TOLD["volumes"]) == {"postgres", "kafka", "keys"}
    assert all(told["volumes"] == ["keys:/data"] for told in OURS.values())
    assert all(told["environment"]["LOTONE_DATA"] == "/data" for told in OURS.values())


def test_passwords_have_no_default_and_everything_asked_for_is_in_the_example() -> None:
    found = [match for text in texts(TOLD) for match in _VARIABLE.findall(text)]
    assert {name for name, _, _ in found} == set(example())
    passwords = {name for name, _, _ in found if "PASSWORD" in name}
    assert {name for name, sign, _ in found if sign == "?"} == passwords
    assert not [name for name, sign, _ in found if name in passwords and sign == "-"]
    assert [example()[name] for name in sorted(passwords)] == [""] * 4, "nothing starts with what everybody knows"
    assert not [text for text in texts(TOLD) if re.search(r'password="[^$]', text)]


def test_upstream_may_publish_to_every_domain() -> None:
    script = SERVICES["upstream-may-publish"]["command"][-1]
    assert set(re.findall(r"--topic (\S+)", script)) == {f"{domain}.intake" for domain in DOMAINS}


def test_brokers_are_of_the_release_that_is_tested_here() -> None:
    pinned = (ROOT / "infra" / "kafka" / "jars.lock").read_text(encoding="utf-8")
    release = SERVICES["kafka"]["image"].removeprefix("apache/kafka:")
    assert f"kafka-clients-{release}.jar" in pinned
    assert SERVICES["upstream-may-publish"]["image"] == SERVICES["kafka"]["image"]


def test_the_image_holds_what_runs() -> None:
    dockerfile = (ROOT / "infra" / "Dockerfile").read_text(encoding="utf-8")
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        for part in name.split():
            assert (ROOT / part).exists(), part
            assert f"!{part}" in kept, part
    assert "FROM python:3.11" in dockerfile
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
