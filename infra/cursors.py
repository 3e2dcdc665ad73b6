"""Where readers that keep no rows remember their place: in memory, or in PostgreSQL."""

from collections.abc import Mapping

from infra.ledger.port import Cursor, ShardId
from infra.postgres import Pool, guarded


class MemoryCursors:
    """For as long as the process lives."""

    def __init__(self) -> None:
        self._places: dict[str, dict[tuple[str, int], Cursor]] = {}

    def load(self, reader: str) -> Mapping[tuple[str, int], Cursor]:
        return dict(self._places.get(reader, {}))

    def save_all(self, reader: str, places: Mapping[ShardId, Cursor]) -> None:
        self._places.setdefault(reader, {}).update(places)

    def save(self, reader: str, domain: str, shard: int, cursor: Cursor) -> None:
        self._places.setdefault(reader, {})[domain, shard] = cursor


class PostgresCursors:
    """In the ledger's own database. A place never goes back: who was frozen before it told its own, and tells it now,
    is late by what another has read since."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def load(self, reader: str) -> Mapping[tuple[str, int], Cursor]:
        with guarded("reading cursors"), self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT domain, shard, position, hash FROM lotone.reader_cursor WHERE reader = %s", (reader,)
            ).fetchall()
        return {(domain, shard): Cursor(position, bytes(hash_)) for domain, shard, position, hash_ in rows}

    def save(self, reader: str, domain: str, shard: int, cursor: Cursor) -> None:
        self.save_all(reader, {(domain, shard): cursor})

    def save_all(self, reader: str, places: Mapping[ShardId, Cursor]) -> None:
        """Many places at once."""
        rows = [(*shard, *cursor) for shard, cursor in sorted(places.items())]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
        with guarded("moving a cursor"), self._pool.connection() as connection:
            connection.execute(
                """
                INSERT INTO lotone.reader_cursor (reader, domain, shard, position, hash)
                SELECT %s, * FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::bytea[])
                ON CONFLICT (reader, domain, shard)
                DO UPDATE SET position = EXCLUDED.position, hash = EXCLUDED.hash
                WHERE reader_cursor.position < EXCLUDED.position
                """,
                [reader, *columns],
            )
