"""What a request of a device says: who asks, from where, and what it runs."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Scope

from sealift.domain.errors import CertificateUnknown
from sealift.domain.statement import Statement
from sealift.web.proxy import CERTIFICATE
from sealift.wire.device import BUNDLE_PRN, RELEASE_PRN, RELEASE_VERSION

_STATED: Final = {each.encode(): each for each in (RELEASE_PRN, BUNDLE_PRN, RELEASE_VERSION)}


def certificate(scope: Scope) -> bytes:
    found: bytes | None = scope.get("state", {}).get(CERTIFICATE)
    if found is None:
        raise CertificateUnknown("no client certificate was shown")
    return found


def ip_address(scope: Scope) -> str:
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else ""


def stated(scope: Scope) -> Mapping[str, str]:
    """The headers in which a device says what it runs. Of one that comes twice the last counts."""
    return {
        _STATED[name]: value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _STATED
    }


def statement(headers: Mapping[str, str]) -> Statement:
    return Statement(
        headers.get(RELEASE_PRN), headers.get(BUNDLE_PRN), headers.get(RELEASE_VERSION)
    )
