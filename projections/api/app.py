"""The HTTP API, built around a system."""

from fastapi import FastAPI

from projections.api import ledger_routes, operations, problems, publishing, view_routes
from projections.api.system import System

_ABOUT = """
Publish CloudEvents, follow what became of each, read the views, and replay the record behind them.

* **Upstream systems**: `POST /events`, then `GET /events/{source}/{id}`.
* **Auditors**: `GET /streams/{domain}/{stream}`, `/rejected`, `/parked`, `/types`.
* **Operations**: the views, `/readyz` and `/metrics`.
"""


def build(system: System) -> FastAPI:
    """The application; nothing runs until a server serves it."""
    app = FastAPI(title="Lotone", version="0.1.0", description=_ABOUT)
    app.state.system = system
    app.state.registry, app.state.door = operations.registry(system)
    problems.install(app)
    for routes in (publishing, view_routes, ledger_routes, operations):
        app.include_router(routes.router)
    return app
