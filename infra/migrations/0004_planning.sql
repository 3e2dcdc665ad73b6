-- Domains that joined a ledger after it was begun, and who may plan.

-- The first record (genesis) is never touched. A release with more domains adds theirs here, once, in the transaction
-- that makes their shards; from then on their shard counts are as fixed as the others'.
CREATE TABLE lotone.joined (
    domain    text COLLATE "C" PRIMARY KEY,
    shards    integer     NOT NULL CHECK (shards > 0),
    joined_at timestamptz NOT NULL DEFAULT now()
);

-- Who may do what only one may, and until when. A holder that is gone (no session of this id and start) holds nothing.
-- Correctness rests on the shard's epoch, as everywhere; this only keeps two from ending each other by turns.
-- ``due`` is when something falls due next by time alone, as the holder saw it when it last had nothing to do.
CREATE TABLE lotone.lease (
    name         text COLLATE "C" PRIMARY KEY,
    holder       text        NOT NULL,
    holder_pid   integer     NOT NULL,
    holder_start timestamptz NOT NULL,
    term         bigint      NOT NULL DEFAULT 1,
    until        timestamptz NOT NULL,
    due          timestamptz
) WITH (fillfactor = 25);
