"""Granian on a socket that the supervisor bound.

Granian alone would bind with SO_REUSEPORT, and a second server on the same port would take
half of the first one's requests in silence.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from granian._granian import SocketHolder  # pyright: ignore[reportPrivateImportUsage]
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp

_BACKLOG: Final = 1024


class _SocketServer(Server):
    """The only change to Granian: it takes a socket instead of making one."""

    def __init__(
        self,
        descriptor: int,
        **options: Any,  # noqa: ANN401 - whatever Granian takes
    ) -> None:
        super().__init__(**options)
        self._descriptor = descriptor

    def _init_shared_socket(self) -> None:
        self._ssp = None
        holder: Any = SocketHolder  # its stub leaves the arguments out
        self._shd = holder(self._descriptor, False, _BACKLOG)  # noqa: FBT003 - no names in Rust


def serve(
    application: ASGIApp,
    descriptor: int,
    certificate: Path | None,
    key: Path | None,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM; requests in hand are finished first."""
    asyncio.run(_serve(application, descriptor, certificate, key, ready))


async def _serve(
    application: ASGIApp,
    descriptor: int,
    certificate: Path | None,
    key: Path | None,
    ready: Callable[[], None],
) -> None:
    server = _SocketServer(
        descriptor,
        target=application,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=_BACKLOG,
        log_enabled=True,
        log_dictconfig={"version": 1, "loggers": {"_granian": {"handlers": []}}},
        ssl_cert=certificate,
        ssl_key=key,
    )
    logging.getLogger("_granian").setLevel(logging.ERROR)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    server.on_startup(lambda: asyncio.get_running_loop().call_later(0.05, ready))
    await server.serve()
