"""The live engine: it owns views, reads the facts once for all of them, and folds a batch at a time.

The idea: views that stand at the same place of a shard share one reading and one decoding. Each view then folds the
batch in memory and moves its rows and its cursors in a transaction of its own, so that one that fails holds up no
other. A view that lags is read for apart, up to the heads as they were when the step began, so that it joins the
others once it has caught up.

The naive way writes each fact's rows as it comes: a hundred facts about one bucket are then a hundred updates. And a
crash between rows and cursors counts facts twice, or not at all.

The session doesn't wait for the disk at commit (``synchronous_commit = off``): rows and cursors move together, so
after a crash of the server a view stands a little earlier, whole, and reads on from there. The ledger's own commits
are synced.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog

from events.codec import decode
from events.decision import Recorded
from infra.engine import Stop
from infra.errors import Fenced, Misfit, Transient
from infra.ledger.port import Cursor, Ledger, ShardId
from infra.logs import told
from infra.postgres import PASSING
from projections.lag import Lag, lags
from projections.owned import HELD, Owned
from projections.ownership import Connection, claim, connect, ensure, epochs
from projections.reading import Decode, Reader
from projections.view import View

_log = structlog.get_logger("lotone.views")
_PATIENCE: Final = 0.05
"""Seconds between looks when nothing wakes us."""
_LONGEST: Final = 5.0
"""The longest back-off, in seconds."""
_RETRY: Final = 1.0
"""Seconds between looks at how our views stand."""


class ViewEngine:
    """The one owner of some views, with a database session of its own. ``owner`` is what it is called in messages;
    ``batch`` is how many facts a step takes; ``held`` how many rows of a table are kept in memory. One thread steps it;
    ``lags`` may be asked by any."""

    def __init__(
        self, dsn: str, ledger: Ledger, views: Sequence[View], decode: Decode = decode, *,
        owner: str = "views", batch: int = 2000, held: int = HELD,
    ) -> None:
        self._dsn, self._ledger, self._reader = dsn, ledger, Reader(ledger, decode)
        self._views = {view.name: view for view in views}
        self._owner, self._batch, self._held = owner, batch, held
        self._connection: Connection | None = None
        self._owned: dict[str, Owned] = {}
        self._epochs: dict[str, int] = {}
        self._looked = 0.0
        self.stop = Stop()
        self.failure: str | None = None

    def attach(self) -> None:
        """Own every view that can be owned; the others are looked at again later."""
        try:
            if self._connection is None:
                self._connection = connect(self._dsn)
            for view in self._wanted():
                if view.name not in self._owned:
                    self._attach(self._connection, view)
        except (*PASSING, psycopg.InterfaceError) as error:
            self._drop()
            raise Transient(f"PostgreSQL can't be reached: {error}") from error
        self._looked = time.monotonic()

    def _wanted(self) -> Iterable[View]:
        """The views to be owned just now."""
        return self._views.values()

    def _attach(self, connection: Connection, view: View) -> None:
        ensure(connection, view, self._ledger.genesis())
        try:
            epoch = claim(connection, view, self._owner, self._epochs.get(view.name))
        except Misfit as error:
            _log.warning("view waits", view=view.name, why=str(error))
            return
        self._epochs[view.name] = epoch
        self._owned[view.name] = Owned(view, connection, epoch, self._held)

    def offer(self, facts: Sequence[Recorded]) -> None:
        """Facts of one shard that somebody has at hand: they need not be read from the ledger."""
        self._reader.offer(facts)

    def step(self) -> int:
        """Read, fold and commit one batch; how many facts were moved over, by the view that moved most."""
        if self._connection is None:
            self.attach()
        try:
            self._look_again()
            return self._take()
        except (*PASSING, psycopg.InterfaceError) as error:
            self._drop()
            raise Transient(f"PostgreSQL can't be reached: {error}") from error

    def drain(self) -> int:
        """Until nothing is left to fold."""
        total = 0
        while taken := self.step():
            total += taken
        return total

    def lags(self, now: datetime) -> Sequence[Lag]:
        """How far each view is behind the ledger's true heads."""
        return lags(self._dsn, self._ledger, tuple(self._views), now)

    def close(self) -> None:
        """Let go of the session; the views stay ours until somebody claims them."""
        self._drop()

    def _look_again(self) -> None:
        """Now and then: views may have been rebuilt, or taken over."""
        if time.monotonic() - self._looked > _RETRY and self._connection is not None:
            found = epochs(self._connection, self._views)
            for name, owned in list(self._owned.items()):
                if found.get(name) != owned.epoch:
                    del self._owned[name]
            self.attach()

    def _take(self) -> int:
        live = [owned for owned in self._owned.values() if owned.failure is None]
        heads = self._ledger.heads()
        groups: dict[tuple[ShardId, Cursor], list[Owned]] = {}
        for owned in live:
            for shard, cursor in owned.cursors.items():
                if shard in heads and cursor.position < heads[shard].position:
                    groups.setdefault((shard, cursor), []).append(owned)
        if not groups:
            return 0
        given: dict[str, list[Any]] = {}
        limit = max(1, self._batch // len({shard for shard, _ in groups}))
        for (shard, cursor), readers in sorted(groups.items(), key=lambda group: group[0]):
            wanted = frozenset().union(*(owned.wanted[shard[0]] for owned in readers))
            piece = self._reader.piece(shard, cursor, min(limit, heads[shard].position - cursor.position), wanted)
            for owned in readers:
                given.setdefault(owned.view.name, []).append(piece)
        return max(self._give(owned, given[owned.view.name]) for owned in live if owned.view.name in given)

    def _give(self, owned: Owned, pieces: Sequence[Any]) -> int:
        try:
            taken = owned.take(pieces)
        except Fenced:
            self._swapped_or_fenced(owned)
            return 1
        if owned.failure is not None:
            _log.error("view stopped", view=owned.view.name, position=owned.failure.position)
        return max(taken, 1)

    def _swapped_or_fenced(self, owned: Owned) -> None:
        """A rebuild has put other tables in the view's place: attach to them. ``Fenced`` when it was another owner."""
        assert self._connection is not None
        del self._owned[owned.view.name]
        self._attach(self._connection, owned.view)

    def _drop(self) -> None:
        """Nothing in memory may outlive a commit of unknown outcome."""
        connection, self._connection = self._connection, None
        self._owned.clear()
        if connection is not None:
            connection.close()

    def run(self) -> None:
        """Until told to stop."""
        pause = 0.0
        try:
            while not self.stop.ending.is_set():
                try:
                    self.stop.pace(self.step(), _PATIENCE)
                    pause = 0.0
                except Transient as error:
                    pause = min(_LONGEST, pause * 2 or 0.05)
                    _log.warning("trying again", why=str(error), seconds=pause)
                    self.stop.ending.wait(pause)
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise
        finally:
            self.close()
