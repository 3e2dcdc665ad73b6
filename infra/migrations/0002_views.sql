-- Read models: who owns each, how far it has read, and why it stopped. Their own tables are made from their rows'
-- classes (projections/schema.py), because a rebuild makes them anew.

-- One row a view. ``generation`` rises when a rebuild takes the live tables' place, ``epoch`` with every change of owner
-- and with every such swap: an owner that finds another epoch has been fenced. ``tables`` are the live ones' names, in
-- the order in which everybody locks them.
CREATE TABLE lotone.view (
    name            text COLLATE "C" PRIMARY KEY,
    version         integer     NOT NULL,
    tables          text[]      NOT NULL,
    generation      bigint      NOT NULL DEFAULT 1,
    epoch           bigint      NOT NULL DEFAULT 0,
    owner           text,
    owner_pid       integer,
    owner_start     timestamptz,
    state           text        NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'failed')),
    failed_domain   text,
    failed_shard    integer,
    failed_position bigint,
    failed_reason   text,
    failed_at       timestamptz
) WITH (fillfactor = 25);

-- How far each view has read each shard. Moved by compare-and-set, in the transaction that writes the view's rows.
CREATE TABLE lotone.view_cursor (
    view     text COLLATE "C" NOT NULL REFERENCES lotone.view (name) ON DELETE CASCADE,
    domain   text COLLATE "C" NOT NULL,
    shard    integer          NOT NULL,
    position bigint           NOT NULL,
    hash     bytea            NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (view, domain, shard)
) WITH (fillfactor = 25);
