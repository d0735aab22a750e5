"""What is believed of a proxy, and of nobody else.

A proxy in front of a door speaks TLS in its place, and tells in headers what it learned: the
certificate a device has shown, and the address it came from. Anybody could send such headers,
so they are read only on connections from addresses that the operator has named, and taken off
every request, whoever sent it. Beyond this file nobody can see one.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# In the state of each request of a device: the certificate that it has proved to have the key
# of, in DER. Absent, if it has proved nothing.
CERTIFICATE: Final = "client_certificate"

Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]
Header: TypeAlias = tuple[bytes, bytes]

_FORWARDED_FOR: Final = b"x-forwarded-for"
_HERE: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))
_PEM: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*"
)


class BehindProxy:
    """For the door of devices: puts what a proxy has learned where our own TLS would put it.

    Whose connection comes from a proxy has no other certificate than the one that is passed on.
    """

    def __init__(self, app: ASGIApp, proxies: Networks, header: str) -> None:
        self._app, self._proxies, self._header = app, proxies, header.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers: list[Header] = scope["headers"]
            kept = [each for each in headers if each[0] not in {self._header, _FORWARDED_FOR}]
            state = dict(scope.get("state", {}))
            scope = {**scope, "headers": kept, "state": state}
            if _is_among(_peer(scope), self._proxies):
                state.pop(CERTIFICATE, None)
                certificate = _certificate(_values(headers, self._header))
                if certificate is not None:
                    state[CERTIFICATE] = certificate
                scope["client"] = (self._who_asks(scope, headers), 0)
        await self._app(scope, receive, send)

    def _who_asks(self, scope: Scope, headers: Iterable[Header]) -> str:
        """The last address that no proxy of ours has: those before it are hearsay."""
        told = b",".join(_values(headers, _FORWARDED_FOR)).decode("latin-1").split(",")
        for address in reversed([each.strip() for each in told]):
            if not _is_among(address, self._proxies):
                return address if _is_address(address) else _peer(scope)
        return _peer(scope)


class OnlyFromProxy:
    """For a door that speaks no TLS itself: nobody else is to send an API key in clear.

    Who is on the same machine crosses no network.
    """

    def __init__(self, app: ASGIApp, proxies: Networks) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_among(_peer(scope), [*self._proxies, *_HERE]):
            await JSONResponse({"status": "forbidden"}, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _peer(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_among(text: str, networks: Networks) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _values(headers: Iterable[Header], name: bytes) -> list[bytes]:
    return [value for found, value in headers if found == name]


def _certificate(values: Sequence[bytes]) -> bytes | None:
    """In DER, from the escaped PEM of nginx or the `:base64:` of RFC 9440; none of several."""
    if len(values) != 1:
        return None
    raw = unquote_to_bytes(values[0]).strip()
    pem = _PEM.fullmatch(raw)
    text = b"".join(pem[1].split()) if pem else raw.removeprefix(b":").removesuffix(b":")
    try:
        return base64.b64decode(text, validate=True) or None
    except (binascii.Error, ValueError):
        return None
