"""A line to a server that a test can cut: real connections, passed on byte by byte.

with a_relay(server_url) as relay:
relay.cut_after(1000)     # bytes from the server; then that connection breaks
relay.is_away = True      # nobody gets through, as when a server is being restarted
"""

import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from urllib.parse import urlsplit

_AT_ONCE = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # close with RST, as nobody does who was listening


@dataclass
class Relay:
    listener: socket.socket
    target: tuple[str, int]
    is_away: bool = False
    _cuts: list[int] = field(default_factory=list[int])
    _lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        host, port = self.listener.getsockname()
        return f"http://{host}:{port}"

    def cut_after(self, *sizes: int) -> None:
        """Break as many connections, each after this many bytes more from the server."""
        self._cuts = list(sizes)

    @property
    def cuts_to_come(self) -> int:
        return len(self._cuts)

    def serve(self) -> None:
        with suppress(OSError):  # the listener is closed when the test is over
            while True:
                client, _ = self.listener.accept()
                if self.is_away:
                    _reset(client)
                else:
                    Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server:
            asking = Thread(target=_pump, args=[client, server], daemon=True)
            asking.start()
            with suppress(OSError):
                while chunk := server.recv(_AT_ONCE):
                    allowed = self._allowed(len(chunk))
                    client.sendall(chunk[:allowed])
                    if allowed < len(chunk):
                        break
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _allowed(self, size: int) -> int:
        with self._lock:
            if self.is_away:
                return 0
            if not self._cuts:
                return size
            if self._cuts[0] < size:
                return self._cuts.pop(0)
            self._cuts[0] -= size
            return size


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(_AT_ONCE):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


@contextmanager
def a_relay(url: str) -> Generator[Relay]:
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener, (address.hostname, address.port))
        accepting = Thread(target=relay.serve, daemon=True)
        accepting.start()
        try:
            yield relay
        finally:
            relay.is_away = True
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
