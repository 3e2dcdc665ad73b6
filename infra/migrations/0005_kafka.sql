-- What the distributed form adds: which topics this ledger's offsets count in, and how we know our own records.

-- An offset means something in one topic only, and a topic is known by its id: one that was deleted and made anew has
-- another, and starts at offset 0 again. ``base`` says for each shard how many messages it had taken before this topic
-- was there: so a ledger may move from PostgreSQL's queues to Kafka, or to new topics, and count on.
CREATE TABLE lotone.topic (
    name     text COLLATE "C" PRIMARY KEY,
    id       uuid        NOT NULL,
    base     bigint[]    NOT NULL,
    bound_at timestamptz NOT NULL DEFAULT now()
);

-- Keys that only our own processes know. With the one named ``door`` they sign what has passed the door, so that a
-- record in a topic that anyone may write to counts as admitted only when one of us has put it there.
CREATE TABLE lotone.secret (
    name  text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL CHECK (octet_length(value) >= 32)
);
INSERT INTO lotone.secret (name, value)
VALUES ('door', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
