"""What the ledger says to PostgreSQL. Columns of a fact are in the order of ``events.decision.Recorded``."""

from typing import Final

FACT: Final = (
    "domain, shard, position, stream, version, type, schema, data, source, cause, actor, correlation, "
    "occurred_at, precision, zone, recorded_at, reference, traceparent, hash"
)
FACT_TYPES: Final = (
    "text", "int4", "int8", "text", "int8", "text", "int4", "bytea", "text", "text", "text", "text",
    "timestamptz", "text", "text", "timestamptz", "int8", "text", "bytea",
)  # fmt: skip
TAKEN: Final = "source, id, digest, outcome, domain, shard, first, last, repeats"
TAKEN_TYPES: Final = ("text", "text", "bytea", "text", "text", "int4", "int8", "int8", "int8")

# -- owning a shard ----------------------------------------------------------------------

OWNER: Final = """
    SELECT epoch, owner_pid, owner_start
    FROM lotone.shard
    WHERE domain = %s AND shard = %s
"""

SESSION: Final = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"

END_SESSION: Final = """
    SELECT pg_terminate_backend(pid, %s)
    FROM pg_stat_activity
    WHERE pid = %s AND backend_start = %s AND pid <> pg_backend_pid()
"""  # a process id may have been given to somebody else since; id and start together never are

CLAIM: Final = """
    UPDATE lotone.shard
    SET epoch = epoch + 1,
        owner = %s,
        owner_pid = pg_backend_pid(),
        owner_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
    WHERE domain = %s AND shard = %s AND epoch = %s
    RETURNING epoch, head, hash, intake, commands, clock
"""

# -- appending ---------------------------------------------------------------------------

MOVE: Final = """
    UPDATE lotone.shard AS s
    SET head = b.head,
        hash = b.hash,
        clock = GREATEST(s.clock, b.clock),
        intake = COALESCE(b.intake, s.intake),
        commands = COALESCE(b.commands, s.commands)
    FROM unnest(
        %b::text[], %b::int4[], %b::int8[], %b::int8[], %b::bytea[],
        %b::int8[], %b::bytea[], %b::timestamptz[], %b::int8[], %b::int8[]
    ) AS b (domain, shard, epoch, expected_head, expected_hash, head, hash, clock, intake, commands)
    WHERE s.domain = b.domain
      AND s.shard = b.shard
      AND s.epoch = b.epoch
      AND s.head = b.expected_head
      AND s.hash = b.expected_hash
"""

EPOCHS: Final = "SELECT domain, shard, epoch FROM lotone.shard"

COPY_FACTS: Final = f"COPY lotone.fact ({FACT}) FROM STDIN (FORMAT BINARY)"

LOCK_TAKEN: Final = """
    SELECT 1
    FROM lotone.taken
    WHERE (source, id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
    ORDER BY source, id
    FOR UPDATE
"""

COPY_TAKEN: Final = f"COPY lotone.taken ({TAKEN}) FROM STDIN (FORMAT BINARY)"

PUT_TAKEN: Final = f"""
    INSERT INTO lotone.taken AS t ({TAKEN})
    SELECT *
    FROM unnest(
        %b::text[], %b::text[], %b::bytea[], %b::text[], %b::text[], %b::int4[],
        %b::int8[], %b::int8[], %b::int8[]
    )
    ON CONFLICT (source, id) DO UPDATE
    SET outcome = EXCLUDED.outcome,
        first = EXCLUDED.first,
        last = EXCLUDED.last,
        repeats = t.repeats + EXCLUDED.repeats
    WHERE t.outcome = 'parked'
      AND t.domain = EXCLUDED.domain
      AND t.shard = EXCLUDED.shard
      AND t.digest = EXCLUDED.digest
"""

REPEAT: Final = """
    UPDATE lotone.taken AS t
    SET repeats = t.repeats + n.times
    FROM unnest(%b::text[], %b::text[], %b::int8[]) AS n (source, id, times)
    WHERE t.source = n.source AND t.id = n.id
"""

UNPARK: Final = """
    DELETE FROM lotone.parked
    WHERE (source, id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
"""

PARK: Final = """
    INSERT INTO lotone.parked (domain, shard, source, id, missing, since, deadline, message)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (source, id) DO UPDATE
    SET missing = EXCLUDED.missing
"""  # whoever waits for something else now keeps its place among those who wait

REJECT: Final = """
    INSERT INTO lotone.rejected (domain, shard, source, id, type, at, problems, original, other_digest)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

# -- reading -----------------------------------------------------------------------------

GENESIS: Final = """
    SELECT ledger_id,
           shards || COALESCE((SELECT jsonb_object_agg(j.domain, j.shards) FROM lotone.joined AS j), '{}')
    FROM lotone.genesis
"""  # what it was begun with, and what has joined it since

HEADS: Final = "SELECT domain, shard, head, hash FROM lotone.shard ORDER BY domain, shard"

OFFSETS: Final = "SELECT domain, shard, intake, commands FROM lotone.shard ORDER BY domain, shard"

READ: Final = f"""
    SELECT {FACT}
    FROM lotone.fact
    WHERE domain = %s AND shard = %s AND position >= %s
    ORDER BY position
    LIMIT %s
"""

READ_UNTIL: Final = f"""
    SELECT {FACT}
    FROM lotone.fact
    WHERE domain = %s AND shard = %s AND position > %s AND position <= %s
    ORDER BY position
    LIMIT %s
"""

AMONG: Final = f"""
    SELECT {FACT}
    FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[]) AS wanted (of_domain, of_shard, first, last)
    JOIN lotone.fact ON domain = of_domain AND shard = of_shard AND position BETWEEN first AND last
    WHERE type = ANY (%s)
    ORDER BY domain, shard, position
"""

STREAM: Final = f"""
    SELECT {FACT}
    FROM lotone.fact
    WHERE domain = %s AND shard = %s AND stream = %s AND version > %s AND position <= %s
    ORDER BY version
    LIMIT %s
"""

SNAPSHOTS: Final = """
    SELECT stream, version, fold, state
    FROM lotone.snapshot
    WHERE domain = %s AND shard = %s AND fold = %s AND stream = ANY(%s)
"""

SINCE_SNAPSHOTS: Final = f"""
    SELECT f.*
    FROM unnest(%(streams)s::text[]) AS w (stream)
    LEFT JOIN lotone.snapshot AS s
           ON s.domain = %(domain)s AND s.shard = %(shard)s AND s.stream = w.stream AND s.fold = %(fold)s
    CROSS JOIN LATERAL (
        SELECT {FACT}
        FROM lotone.fact
        WHERE domain = %(domain)s AND shard = %(shard)s AND stream = w.stream
          AND version > COALESCE(s.version, 0)
        ORDER BY version
    ) AS f
"""  # the ORDER BY within keeps the planner to one index scan a stream, however many facts there are

TAKEN_OF: Final = f"""
    SELECT {TAKEN}
    FROM lotone.taken
    JOIN unnest(%s::text[], %s::text[]) AS wanted (source, id) USING (source, id)
"""

PARKED: Final = """
    SELECT domain, shard, source, id, missing, since, deadline, message
    FROM lotone.parked
    WHERE (%(domain)s::text IS NULL OR domain = %(domain)s)
      AND (%(shard)s::int4 IS NULL OR shard = %(shard)s)
    ORDER BY number
    LIMIT %(limit)s OFFSET %(skip)s
"""

REJECTED: Final = """
    SELECT number, domain, shard, source, id, type, at, problems, original, other_digest
    FROM lotone.rejected
    WHERE number > %s AND number <= %s
    ORDER BY number
    LIMIT %s
"""

REJECTED_OF: Final = """
    SELECT number, domain, shard, source, id, type, at, problems, original, other_digest
    FROM lotone.rejected
    WHERE source = %s AND id = %s
    ORDER BY number
"""

SAVE: Final = """
    INSERT INTO lotone.snapshot AS s (domain, shard, stream, version, fold, state)
    SELECT %s, %s, w.*
    FROM unnest(%b::text[], %b::int8[], %b::int4[], %b::bytea[]) AS w (stream, version, fold, state)
    ORDER BY w.stream
    ON CONFLICT (domain, shard, stream) DO UPDATE
    SET version = EXCLUDED.version,
        fold = EXCLUDED.fold,
        state = EXCLUDED.state
    WHERE s.fold <> EXCLUDED.fold OR s.version < EXCLUDED.version
"""
