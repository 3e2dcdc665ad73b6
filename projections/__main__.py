"""Fold the views in this process, sharing them with others that do: ``python -m projections [VIEW …]``.

Names are of views that this process may fold; without any it may fold all. Each view is folded by one process at a
time; every process that may fold it takes over from one that is gone or frozen.
"""

import sys
from collections.abc import Sequence

import structlog

from infra.errors import Misfit
from infra.exposing import exposed
from infra.presence import Said, SharingHeart, troubles
from infra.process import begun, hearing, run
from projections.sharing import SharedViews
from projections.view import View
from projections.views import BY_NAME, VIEWS

_log = structlog.get_logger("lotone.views")
ROLE = "projections"


def main(names: Sequence[str]) -> None:
    """Until told to end."""
    wanted = _known(names)
    with begun() as base:
        settings = base.settings
        views = SharedViews(base.dsn, base.ledger, wanted, owner=ROLE)
        with hearing(base, views.offer, views.stop.news) as heard:
            parts = [("views", views), *heard]
            heart = SharingHeart(
                base.dsn, ROLE, lambda: Said(troubles=troubles(parts)), settings.planner_lease,
                [view.name for view in wanted], views,
            )  # fmt: skip
            with exposed(settings, lambda: troubles(parts) + heart.troubles()), heart.beating():
                _log.info("folding", views=[view.name for view in wanted])
                run(views)
        _log.info("ended")


def _known(names: Sequence[str]) -> Sequence[View]:
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise Misfit(f"no view is called {', '.join(unknown)}; there are {', '.join(sorted(BY_NAME))}")
    return [BY_NAME[name] for name in names] or VIEWS


if __name__ == "__main__":
    main(sys.argv[1:])
