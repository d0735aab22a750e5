"""Which servers are believed to be who they say: those of the known CAs, and of one more."""

import ssl
from pathlib import Path

import httpx

from sealift.domain.errors import Invalid


def trusting(ca_path: Path | None) -> ssl.SSLContext:
    """Reading all CAs takes a while; a plain http:// connection needs none of them."""
    trust = httpx.create_ssl_context()
    if ca_path is not None:
        try:
            trust.load_verify_locations(cafile=ca_path)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"cannot read certificates from {ca_path}: {error}") from error
    return trust
