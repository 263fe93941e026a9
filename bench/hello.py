"""The same greeting for every kind of server.

It imports nothing that has to be installed: peers may have a Python of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

HELLO = b"Hello, world!"
FIELDS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(HELLO)))]


def wsgi(_environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer every request alike, on a WSGI server."""
    start_response("200 OK", list(FIELDS))
    return [HELLO]


async def asgi(
    _scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Answer every request alike, on an ASGI server."""
    fields = [(name.lower().encode(), value.encode()) for name, value in FIELDS]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": HELLO})
