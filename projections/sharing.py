"""Views shared between processes: each is folded by one of them, and soon by another when that one is gone.

Who folds what is dealt out with the heartbeat (``infra/presence.py``); here is the engine that takes up and lets go.
It lets go only between two batches, and whoever takes up a view claims it first. So one that was frozen with a batch in
its hands wakes to find its session ended and another epoch, writes nothing, and waits to be dealt something again.
"""

import threading
from collections.abc import Collection, Iterable
from typing import Any

import structlog

from infra.errors import Fenced
from projections.engine import ViewEngine
from projections.ownership import Connection, release
from projections.view import View

_log = structlog.get_logger("lotone.views")


class SharedViews(ViewEngine):
    """Owns those of its views that are its charge. ``hold``, ``owned`` and ``lost`` may be called by any thread."""

    def __init__(self, *given: Any, **chosen: Any) -> None:
        super().__init__(*given, **chosen)
        self._lock = threading.Lock()
        self._charge: frozenset[str] = frozenset()
        self._taken: set[str] = set()
        self._had: frozenset[str] = frozenset()

    def hold(self, names: Collection[str]) -> None:
        """From now on these are our charge, and no others."""
        with self._lock:
            self._charge = frozenset(names)
        self.stop.news.set()

    def owned(self) -> Collection[str]:
        """What is in our hands; what isn't our charge any more among it, until we have let go."""
        return tuple(self._owned)

    def lost(self) -> Collection[str]:
        """What somebody else has taken from us since this was last asked."""
        with self._lock:
            taken, self._taken = self._taken, set()
        return taken

    def _wanted(self) -> Iterable[View]:
        charge = self._charge
        return [view for name, view in self._views.items() if name in charge]

    def _look_again(self) -> None:
        charge = self._charge
        if charge != self._had and self._connection is not None:
            for name in [name for name in self._owned if name not in charge]:
                release(self._connection, name, self._owned[name].epoch)
                del self._owned[name], self._epochs[name]
                _log.info("view left", view=name)
            self.attach()
            self._had = charge
        super()._look_again()

    def _attach(self, connection: Connection, view: View) -> None:
        try:
            super()._attach(connection, view)
            if view.name in self._owned:
                _log.info("view taken up", view=view.name)
        except Fenced as error:
            _log.warning("view lost", view=view.name, why=str(error))
            self._epochs.pop(view.name, None)
            with self._lock:
                self._charge -= {view.name}
                self._taken.add(view.name)

    def _drop(self) -> None:
        super()._drop()
        self._had = frozenset()
