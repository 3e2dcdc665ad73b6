"""The API over a ledger that a test has filled, without a server: requests go straight to the application."""

import asyncio
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
from fastapi import FastAPI

from infra.ledger.postgres import PostgresLedger
from infra.postgres import Pool
from projections.api.app import build
from projections.api.system import System


def serving(ledger: PostgresLedger, pool: Pool, now: datetime) -> FastAPI:
    """An application that reads; nothing runs behind it."""
    system = SimpleNamespace(ledger=ledger, connections=pool, genesis=ledger.genesis(), clock=lambda: now)
    return build(cast("System", system))


def get(app: FastAPI, path: str, **params: Any) -> httpx.Response:
    """One request, and its answer."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lotone") as client:
            return await client.get(path, params=params)

    return asyncio.run(asked())
