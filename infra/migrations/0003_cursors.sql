-- Where readers that keep no rows of their own (reactions) remember their place.

CREATE TABLE lotone.reader_cursor (
    reader    text    NOT NULL,
    domain    text    NOT NULL,
    shard     integer NOT NULL,
    position  bigint  NOT NULL,
    hash      bytea   NOT NULL,
    PRIMARY KEY (reader, domain, shard)
);
