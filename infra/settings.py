"""Every setting there is, in one place. Each is an environment variable: ``LOTONE_`` and the name in capitals."""

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may choose. The defaults run everything on one machine, in a folder of its own."""

    model_config = SettingsConfigDict(env_prefix="LOTONE_", frozen=True, extra="forbid")

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
            description="Shards of each domain but the catalogue (which has one); fixed for ever by the first start",
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
    park_days: Annotated[float, Field(gt=0, description="How long an event may wait for what it refers to")] = 7.0
    log_level: Annotated[str, Field(description="debug, info, warning or error")] = "info"

    @cached_property
    def key_file(self) -> Path:
        """Where the keys of persons lie."""
        return self.keys or self.data / "keys" / "keys.db"

    def shards_of(self, domains: tuple[str, ...]) -> dict[str, int]:
        """The catalogue has one shard, so that one position says all that was known of it."""
        return {domain: 1 if domain == "catalogue" else self.shards for domain in domains}
