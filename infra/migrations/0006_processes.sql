-- Which processes of ours run, as they say themselves every second or so: what each is in charge of, what troubles it.

-- A row counts as nobody once ``until`` is past, or the session it was written in is gone. ``wants`` are things that
-- processes of a role share between them (views); ``holds`` what each was given of those, or says that it owns. This
-- says who should claim what; what keeps a woken process from writing is the epoch of what it writes to, as everywhere.
CREATE TABLE lotone.process (
    id            text COLLATE "C" PRIMARY KEY,
    role          text COLLATE "C" NOT NULL,
    host          text             NOT NULL,
    pid           integer          NOT NULL,
    since         timestamptz      NOT NULL DEFAULT clock_timestamp(),
    until         timestamptz      NOT NULL,
    session_pid   integer          NOT NULL,
    session_start timestamptz,
    wants         text[]           NOT NULL DEFAULT '{}',
    holds         text[]           NOT NULL DEFAULT '{}',
    troubles      text[]           NOT NULL DEFAULT '{}'
) WITH (fillfactor = 25);
