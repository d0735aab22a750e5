"""What is believed of whom in a header."""

import base64
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import quote

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from sealift.web.proxy import CERTIFICATE, BehindProxy, OnlyFromProxy
from tests.certificates import issue
from tests.web.asking import a_request, asked

_DEVICE: Final = issue("device-1")
_ESCAPED: Final = quote(_DEVICE.pem)
_PROXIES: Final = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
_PROXY: Final = "192.0.2.1"


async def _nothing() -> Message:
    raise AssertionError


def _seen(
    peer: str | None, *headers: tuple[str, str], state: dict[str, Any] | None = None
) -> Scope:
    """The request as it comes to an application behind `BehindProxy`."""
    scopes: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        scopes.append(scope)

    async def send(_message: Message) -> None: ...

    request = a_request("GET", "/")
    request["client"] = (peer, 1) if peer is not None else None
    request["headers"] = [(name.lower().encode(), value.encode()) for name, value in headers]
    request["state"] = state or {}
    application_behind = BehindProxy(application, _PROXIES, "Client-Cert")
    anyio.run(application_behind, request, _nothing, send)
    return scopes[0]


@pytest.mark.parametrize("peer", [_PROXY, "2001:db8::1", "::ffff:192.0.2.1"])
@pytest.mark.parametrize(
    "value", [_ESCAPED, f":{base64.b64encode(_DEVICE.der).decode()}:"], ids=["nginx", "RFC 9440"]
)
def test_a_proxy_says_whose_certificate_it_is(peer: str, value: str) -> None:
    scope = _seen(peer, ("Client-Cert", value), ("x-forwarded-for", "198.51.100.1"), ("a", "b"))

    assert scope["state"] == {CERTIFICATE: _DEVICE.der}
    assert scope["client"][0] == "198.51.100.1"
    assert scope["headers"] == [(b"a", b"b")]


@pytest.mark.parametrize("peer", ["198.51.100.7", "192.0.3.1", "2001:db9::1", "test", "", None])
def test_nobody_else_says_anything(peer: str | None) -> None:
    scope = _seen(peer, ("Client-Cert", _ESCAPED), ("x-forwarded-for", "192.0.2.9"), ("a", "b"))

    assert scope["state"] == {}
    assert scope["client"] == ((peer, 1) if peer is not None else None)
    assert scope["headers"] == [(b"a", b"b")]


def test_who_shook_hands_with_us_is_told_by_tls_alone() -> None:
    scope = _seen("198.51.100.7", ("Client-Cert", _ESCAPED), state={CERTIFICATE: b"by TLS"})

    assert scope["state"] == {CERTIFICATE: b"by TLS"}


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["no certificate"],
        [_ESCAPED, _ESCAPED],
        [_ESCAPED * 2],
        [quote("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n")],
        [":*:"],
        ["::"],
        ["(null)"],
    ],
)
def test_a_proxys_own_certificate_is_never_a_devices(values: Sequence[str]) -> None:
    headers = [("Client-Cert", value) for value in values]

    scope = _seen(_PROXY, *headers, state={CERTIFICATE: b"the proxy's"})

    assert scope["state"] == {}


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ([], _PROXY),
        (["198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1, 192.0.2.2"], "198.51.100.1"),
        (["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, nonsense"], _PROXY),
        (["192.0.2.2"], _PROXY),
        (["2001:db8::5, 2001:db9::1"], "2001:db9::1"),
    ],
)
def test_an_address_is_the_last_that_is_not_a_proxys(told: Sequence[str], address: str) -> None:
    scope = _seen(_PROXY, *[("x-forwarded-for", each) for each in told])

    assert scope["client"][0] == address


@pytest.mark.parametrize(
    ("peer", "status"),
    [(_PROXY, 204), ("127.0.0.1", 204), ("::1", 204), ("198.51.100.7", 403), ("", 403)],
)
def test_a_door_without_tls_is_for_proxies_and_for_this_machine(peer: str, status: int) -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    request = a_request("GET", "/")
    request["client"] = (peer, 1)
    answered = anyio.run(asked, OnlyFromProxy(application, _PROXIES), request, _nothing)

    assert answered.status == status
