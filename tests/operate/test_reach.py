"""Where the server may listen, given what is set."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from sealift.operate.reach import fault

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound
URL = "https://sealift.example"


@dataclass(frozen=True)
class Pair:
    certificate: Path | None = None
    key: Path | None = None


@pytest.mark.parametrize(
    ("host", "public_url", "insecure", "told"),
    [
        ("127.0.0.1", None, False, None),
        ("192.0.2.1", None, False, "in clear"),
        ("192.0.2.1", None, True, None),
        (EVERYWHERE, None, True, "SEALIFT_PUBLIC_URL"),
        ("::", None, True, "SEALIFT_PUBLIC_URL"),
        (EVERYWHERE, URL, True, None),
        (EVERYWHERE, URL, False, "in clear"),
    ],
)
def test_keys_do_not_travel_in_clear_and_links_lead_somewhere(
    host: str, public_url: str | None, told: str | None, *, insecure: bool
) -> None:
    found = fault(Pair(), public_url, host, insecure=insecure)

    assert found is None if told is None else told in str(found)


def test_a_certificate_needs_its_key_and_both_their_files(tmp_path: Path) -> None:
    certificate = tmp_path / "server.pem"
    certificate.touch()

    assert "belong together" in str(fault(Pair(certificate), URL, "::", insecure=False))
    missing = fault(Pair(certificate, tmp_path / "no.pem"), URL, "::", insecure=False)
    assert "no such file" in str(missing)
    assert fault(Pair(certificate, certificate), URL, "::", insecure=False) is None
