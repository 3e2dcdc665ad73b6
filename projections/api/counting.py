"""Requests counted, by the address as it is written in the code: what stands in it (an order's number) is no label."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.metrics import DoorMetrics

_ELSEWHERE = "(no such address)"


class Counting:
    """Stands before the application, and sees when an answer's last byte has left."""

    def __init__(self, app: ASGIApp, door: DoorMetrics) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            route = getattr(scope.get("route"), "path", _ELSEWHERE)
            self._door.requests.labels(_method(scope["method"]), route, str(status)).inc()
            self._door.answering.labels(route).observe(perf_counter() - began)


def _method(told: str) -> str:
    """Anybody may invent methods."""
    return told if told in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS") else "other"
