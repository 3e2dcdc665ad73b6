"""Every setting there is, in one place. Each is an environment variable: ``LOTONE_`` and the name in capitals."""

import difflib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.errors import Misfit
from infra.faults import SIGNALS

PREFIX = "LOTONE_"


class Settings(BaseSettings):
    """What an operator may choose. The defaults run everything on one machine, in a folder of its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Annotated[Path, Field(description="The folder for the embedded PostgreSQL and the keys of persons")] = Path(
        ".lotone"
    )
    postgres_dsn: Annotated[
        SecretStr | None, Field(description="Your own PostgreSQL; when it is set, none is started in the data folder")
    ] = None
    keys: Annotated[
        Path | None,
        Field(description="The key store's file; keep it out of the ledger's backups. Default: DATA/keys/keys.db"),
    ] = None
    shards: Annotated[
        int,
        Field(
            ge=1,
            le=256,
            description="Shards of each domain but the catalogue and planning (one each); fixed for ever by the first "
            "start",
        ),
    ] = 4
    host: Annotated[str, Field(description="The address the API listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="The API's port; 0 takes a free one")] = 8480
    intake_limit: Annotated[
        int, Field(ge=1, description="Events taken in but not decided yet, above which publishers hear 429")
    ] = 100_000
    intake_window_ms: Annotated[
        float, Field(ge=0, le=1000, description="How long a group commit of the intake waits for company")
    ] = 2.0
    batch: Annotated[int, Field(ge=1, le=10_000, description="Messages of one shard decided and appended at once")] = (
        1_000
    )
    snapshot_each: Annotated[int, Field(ge=1, description="Facts of a stream before a snapshot of its state")] = 200
    park_days: Annotated[
        float, Field(gt=0, le=36_500, description="How long an event may wait for what it refers to, in days")
    ] = 7.0
    clock_file: Annotated[
        Path | None,
        Field(description="A file that holds the time, in ISO form with its offset, for rehearsals; none: the clock's"),
    ] = None
    planner_patience: Annotated[
        float,
        Field(
            ge=0,
            le=86_400,
            description="Seconds after which the planner decides although there is still something on its way",
        ),
    ] = 0.5
    planner_lease: Annotated[
        float,
        Field(
            gt=0,
            le=3600,
            description="Seconds after which another planner takes over from one that is frozen, and after which any "
            "process without a word counts as gone, and its views go to others",
        ),
    ] = 5.0
    kafka_bootstrap: Annotated[
        str | None,
        Field(
            pattern=r"^[^\s,:/]+:\d+(,[^\s,:/]+:\d+)*$",
            description="The brokers, as host:port,host:port; when it is set, the queues are topics there",
        ),
    ] = None
    kafka_prefix: Annotated[
        str,
        Field(
            pattern=r"^[a-zA-Z0-9._-]{0,100}$",
            description="What the names of our topics and groups begin with, where ledgers share a cluster",
        ),
    ] = ""
    kafka_new_epoch: Annotated[
        bool,
        Field(
            description="Begin new topics though this ledger has others: once, for the first start after a restore "
            "whose old topics are gone too; lotone kafka carry does it by itself",
        ),
    ] = False
    kafka_intake_days: Annotated[
        int | None,
        Field(
            ge=7,
            le=36_500,
            description="Days for which the intake's topics keep what was published; none: for ever, and what upstream "
            "itself published there isn't sealed, so that forgetting a person doesn't reach it",
        ),
    ] = None
    kafka_principal: Annotated[
        str | None,
        Field(
            description="Whom the brokers know us as, like User:lotone; only this user may write commands and facts. "
            "Default: LOTONE_KAFKA_USER"
        ),
    ] = None
    kafka_security: Annotated[
        Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"],
        Field(description="How brokers and we know each other: plaintext, ssl, sasl_plaintext or sasl_ssl"),
    ] = "plaintext"
    kafka_sasl: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Field(description="How a user and a password are told: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    ] = "SCRAM-SHA-512"
    kafka_user: Annotated[str | None, Field(description="The user that we connect to the brokers as")] = None
    kafka_password_file: Annotated[
        Path | None, Field(description="The file that holds that user's password, and nothing else")
    ] = None
    kafka_ca_file: Annotated[
        Path | None,
        Field(description="The certificates (PEM) by which brokers are known; none: those that the system trusts"),
    ] = None
    kafka_cert_file: Annotated[
        Path | None, Field(description="Our own certificate (PEM), where brokers ask clients for one")
    ] = None
    kafka_key_file: Annotated[
        Path | None, Field(description="The key (PEM, without a pass phrase) of our own certificate")
    ] = None
    kafka_session: Annotated[
        float, Field(ge=6, le=300, description="Seconds of silence after which another worker takes a worker's shards")
    ] = 10.0
    metrics_port: Annotated[
        int,
        Field(
            ge=0,
            le=65535,
            description="The port of /metrics and /healthz in each process that has no API, on LOTONE_HOST; 0 is none",
        ),
    ] = 0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="The least that is logged: debug, info, warning or error"),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"], Field(description="console for people, json (one object a line) for machines")
    ] = "console"

    @field_validator("postgres_dsn")
    @classmethod
    def _an_address(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None:
            try:
                conninfo_to_dict(dsn.get_secret_value())
            except psycopg.ProgrammingError:
                raise ValueError("not a PostgreSQL address; like postgresql://user@host:5432/database") from None
        return dsn

    @cached_property
    def key_file(self) -> Path:
        """Where the keys of persons lie."""
        return self.keys or self.data / "keys" / "keys.db"

    def shards_of(self, domains: tuple[str, ...]) -> dict[str, int]:
        """The catalogue has one shard, so that one position says all that was known of it; planning has one, because
        it has one planner."""
        return {domain: 1 if domain in ("catalogue", "planning") else self.shards for domain in domains}


def read_settings(**given: Any) -> Settings:
    """The settings: what is given, the environment, the defaults. ``Misfit`` names what can't be so and what can."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        told = "\n".join(_told(detail) for detail in error.errors(include_url=False))
        raise Misfit(told) from None


def _told(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    meaning = (Settings.model_fields[name].description or "") if name in Settings.model_fields else ""
    value = "" if name == "postgres_dsn" else f"={str(detail['input'])[:60]!r}"
    text = detail["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
    return f"{PREFIX}{name.upper()}{value} can't be used: {text[:1].lower()}{text[1:]} ({meaning})"


def strangers(environment: Mapping[str, str]) -> Iterable[str]:
    """What looks like a setting and is none, with what was perhaps meant."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known and name not in SIGNALS:
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
            yield f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "; lotone settings lists all")
