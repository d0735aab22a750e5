"""Who can reach the port, and whether what is set goes with that."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from sealift.operate import certificates
from sealift.operate.certificates import CertificateWrong

_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}
_EVERY_ADDRESS: Final = {"0.0.0.0", "::", ""}  # noqa: S104 - it is asked for, not chosen


class Tls(Protocol):
    @property
    def certificate(self) -> Path | None: ...
    @property
    def key(self) -> Path | None: ...


def fault(tls: Tls, public_url: str | None, host: str, *, insecure: bool) -> str | None:
    """What is wrong with listening there, in words for the operator."""
    wrong = pair_fault(tls, "SEALIFT_TLS")
    if wrong is not None:
        return wrong
    if tls.certificate is None and not insecure and host not in _LOOPBACK:
        return (
            f"{host} can be reached by others, and API keys would cross the network in clear:"
            " set SEALIFT_TLS__CERTIFICATE and SEALIFT_TLS__KEY; or, if a proxy in front of it"
            " speaks TLS, name its address by SEALIFT_PROXY__ADDRESSES or say --insecure"
        )
    if public_url is None and host in _EVERY_ADDRESS:
        return (
            f"{host} is no address that a client can use, and links would begin with it:"
            " set SEALIFT_PUBLIC_URL to what clients reach this server by"
        )
    return None


def pair_fault(tls: Tls, prefix: str) -> str | None:
    """What is wrong with a certificate and its key, whose settings begin with `prefix`."""
    if (tls.certificate is None) != (tls.key is None):
        return f"{prefix}__CERTIFICATE and {prefix}__KEY belong together; set both"
    if tls.certificate is not None and tls.key is not None:
        try:
            certificates.examined(tls.certificate, tls.key, datetime.now(UTC))
        except CertificateWrong as wrong:
            return str(wrong)
    return None
