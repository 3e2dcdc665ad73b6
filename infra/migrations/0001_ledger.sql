-- The ledger, and the queues that lead to it. DESIGN.md, invariants 1 to 3, say what these tables must keep.
-- Keys are compared byte by byte (COLLATE "C"): quickest, and the same on every operating system.

CREATE SCHEMA IF NOT EXISTS lotone;

-- The ledger's first record. Shard counts never change: a key's shard follows from them.
CREATE TABLE lotone.genesis (
    one       boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (one),
    ledger_id uuid    NOT NULL,
    format    integer NOT NULL,
    shards    jsonb   NOT NULL
);

-- Where a shard stands. Every append moves its row by compare-and-set: that is the fence.
-- The owner is a database session: its process id and start time together are never given out twice.
CREATE TABLE lotone.shard (
    domain      text COLLATE "C" NOT NULL,
    shard       integer          NOT NULL,
    head        bigint           NOT NULL DEFAULT 0,
    hash        bytea            NOT NULL CHECK (octet_length(hash) = 32),
    epoch       bigint           NOT NULL DEFAULT 0,
    owner       text,
    owner_pid   integer,
    owner_start timestamptz,
    clock       timestamptz      NOT NULL DEFAULT '1970-01-01 00:00:00+00',
    intake      bigint           NOT NULL DEFAULT 0,
    commands    bigint           NOT NULL DEFAULT 0,
    PRIMARY KEY (domain, shard)
) WITH (fillfactor = 25);

-- The facts, in the order of events.decision.Recorded. The payload is bytes, not jsonb: it is hashed as it is.
CREATE TABLE lotone.fact (
    domain      text COLLATE "C" NOT NULL,
    shard       integer          NOT NULL,
    position    bigint           NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    version     bigint           NOT NULL,
    type        text COLLATE "C" NOT NULL,
    schema      integer          NOT NULL,
    data        bytea            NOT NULL,
    source      text COLLATE "C" NOT NULL,
    cause       text COLLATE "C" NOT NULL,
    actor       text COLLATE "C" NOT NULL,
    correlation text COLLATE "C" NOT NULL,
    occurred_at timestamptz      NOT NULL,
    precision   text COLLATE "C" NOT NULL,
    zone        text COLLATE "C",
    recorded_at timestamptz      NOT NULL,
    reference   bigint           NOT NULL,
    traceparent text COLLATE "C",
    hash        bytea            NOT NULL,
    PRIMARY KEY (domain, shard, position),
    UNIQUE (domain, shard, stream, version)
);

-- Every event that was ever taken, and how it ended. This is what makes a repeat harmless, a year later too.
CREATE TABLE lotone.taken (
    source  text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    digest  bytea            NOT NULL,
    outcome text             NOT NULL CHECK (outcome IN ('decided', 'parked', 'rejected')),
    domain  text COLLATE "C" NOT NULL,
    shard   integer          NOT NULL,
    first   bigint           NOT NULL,
    last    bigint           NOT NULL,
    repeats bigint           NOT NULL DEFAULT 0,
    PRIMARY KEY (source, id)
);

-- Events that wait for something to become known.
CREATE TABLE lotone.parked (
    source   text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    domain   text COLLATE "C" NOT NULL,
    shard    integer          NOT NULL,
    missing  text[]           NOT NULL,
    since    timestamptz      NOT NULL,
    deadline timestamptz      NOT NULL,
    message  bytea            NOT NULL,
    number   bigint GENERATED ALWAYS AS IDENTITY,  -- the order in which they came to wait
    PRIMARY KEY (source, id)
);
CREATE INDEX parked_shard ON lotone.parked (domain, shard);

-- What was refused, at the door or by a service: why, and its bytes. Numbers rise; some may be missing.
CREATE TABLE lotone.rejected (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain       text COLLATE "C",
    shard        integer,
    source       text COLLATE "C",
    id           text COLLATE "C",
    type         text COLLATE "C",
    at           timestamptz NOT NULL,
    problems     jsonb       NOT NULL,
    original     bytea       NOT NULL,
    other_digest bytea
);
CREATE INDEX rejected_event ON lotone.rejected (source, id);

-- The latest state of a long stream, so that loading it need not start at its first fact.
CREATE TABLE lotone.snapshot (
    domain  text COLLATE "C" NOT NULL,
    shard   integer          NOT NULL,
    stream  text COLLATE "C" NOT NULL,
    version bigint           NOT NULL,
    fold    integer          NOT NULL,
    state   bytea            NOT NULL,
    PRIMARY KEY (domain, shard, stream)
);

-- The queues: what upstream systems published, and what our own services asked of each other.
CREATE TABLE lotone.intake (
    domain text COLLATE "C" NOT NULL,
    shard  integer          NOT NULL,
    number bigint           NOT NULL,
    source text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    body   bytea            NOT NULL,
    PRIMARY KEY (domain, shard, number)
);
CREATE INDEX intake_event ON lotone.intake (source, id);

CREATE TABLE lotone.commands (
    domain text COLLATE "C" NOT NULL,
    shard  integer          NOT NULL,
    number bigint           NOT NULL,
    source text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    body   bytea            NOT NULL,
    PRIMARY KEY (domain, shard, number)
);

-- The last number given out in each queue. A writer locks the rows it needs in the order of this key, and holds
-- them until it commits: so numbers have no gap, appear in order, and two writers never wait for each other.
CREATE TABLE lotone.queue_end (
    kind   text COLLATE "C" NOT NULL CHECK (kind IN ('intake', 'commands')),
    domain text COLLATE "C" NOT NULL,
    shard  integer          NOT NULL,
    last   bigint           NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, domain, shard)
) WITH (fillfactor = 25);
