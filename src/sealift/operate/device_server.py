"""uvicorn on a socket that the supervisor bound, made to tell an application who shook hands.

Whoever has shaken hands has proved nothing yet of who he is to us: the application decides.

A line that says nothing is closed: before a handshake is done, before a request begins, and
between two of them. So is one whose request has no end.
"""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from sealift.web.proxy import CERTIFICATE

_BACKLOG: Final = 1024
_LARGEST_HEAD: Final = 64 * 1024  # bytes; a certificate may be among the headers
_DRAIN_SECONDS: Final = 20
# Of asyncio's own, each line with TLS would hold a quarter of a MiB while it waits.
_READ_AT_ONCE: Final = 16 * 1024
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a line may be silent; what is left when it closes is cut."""

    handshake: float = 10.0
    head: float = 10.0
    between: int = 15  # uvicorn counts whole seconds
    close: float = 2.0


_PATIENCE: Final = Patience()


def serve(
    application: ASGIApp,
    descriptor: int,
    tls: ssl.SSLContext | None,
    ready: Callable[[], None],
    patience: Patience = _PATIENCE,
) -> None:
    """Serve until SIGTERM; requests in hand are finished first. Without TLS: behind a proxy."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each device that waits has one
    SSLProtocol.max_size = _READ_AT_ONCE
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = uvicorn.Config(
        application,
        interface="asgi3",
        loop="asyncio",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=patience.between,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    with socket.socket(fileno=descriptor) as listening:
        asyncio.run(_Server(config, listening, tls, ready, patience).serve())


class _Server(uvicorn.Server):
    """Begins and ends in its own way.

    uvicorn itself waits a minute for a handshake and half of one for a goodbye, and would obey
    a Ctrl-C that only the supervisor is to judge.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
        ready: Callable[[], None],
        patience: Patience,
    ) -> None:
        super().__init__(config)
        self._listening, self._tls = listening, tls
        self._ready, self._patience = ready, patience

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        loop, waits = asyncio.get_running_loop(), self._patience
        limits: dict[str, Any] = {}
        if self._tls is not None:
            limits = {
                "ssl_handshake_timeout": waits.handshake,
                "ssl_shutdown_timeout": waits.close,
            }
        server = await loop.create_server(
            lambda: _Protocol(self.config, self.server_state, self.lifespan.state, waits.head),
            sock=self._listening,
            backlog=_BACKLOG,
            ssl=self._tls,
            **limits,
        )
        self.servers = [server]
        self.started = True
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.handle_exit, signal.SIGTERM, None)
        yield


class _Protocol(HttpToolsProtocol):
    """One connection. There is a deadline while the head of a request is waited for."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        longest_head: float,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._longest_head = longest_head
        self._deadline: asyncio.TimerHandle | None = None
        self._head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        secured: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = secured.getpeercert(binary_form=True) if secured else None
        if certificate is not None:
            self.app_state = {**self.app_state, CERTIFICATE: certificate}
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None:
            self._head_size += len(data)
            if self._head_size > _LARGEST_HEAD:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._begin_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._head_size = 0
        self._deadline = self.loop.call_later(self._longest_head, self.transport.close)

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
