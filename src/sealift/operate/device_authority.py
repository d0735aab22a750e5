"""The door's own certificate, for who has none: signed by an authority that Sealift makes itself.

    device-tls/ca.pem         what devices trust the door by; shown at every start
    device-tls/ca-key.pem     readable by its owner only
    device-tls/server.pem     the door's certificate and its key, readable by its owner only

The authority is made once and stays: devices have it. The certificate below it is made anew
whenever it ends soon, or the door is to have other names. Each file appears whole or not at
all, and the authority's certificate after its key, so a crash leaves nothing half made.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from sealift.client.issuing import OF_A_CA, OF_A_SERVER, Issued, issue, read_issuer
from sealift.client.local import LocalTrouble
from sealift.content.files import sync_folder
from sealift.domain.x509 import LONGEST_NAME
from sealift.operate.certificates import CertificateWrong, Pair

FOLDER: Final = "device-tls"

_AUTHORITY_LASTS: Final = timedelta(days=30 * 365)
_SERVER_LASTS: Final = timedelta(days=397)  # more is refused by some clients
_SOON: Final = timedelta(days=60)
_EVERY_ADDRESS: Final = {"0.0.0.0", "::", ""}  # noqa: S104 - it is asked for, not chosen
_log: Final = logging.getLogger(__name__)


def names_for(host: str, public_url: str | None, further: Sequence[str]) -> list[str]:
    """Whatever the door may be called by on this machine, and what the operator adds."""
    bound = [] if host in _EVERY_ADDRESS else [host]
    public = [found] if public_url and (found := urlsplit(public_url).hostname) else []
    usual = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    return list(dict.fromkeys([*bound, *usual, *public, *further]))


def prepared(data_dir: Path, names: Sequence[str], now: datetime) -> Pair:
    """The door's pair, good for a while; made if need be."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.pem").is_file():
        _make_authority(folder, now)
    server = folder / "server.pem"
    if not _serves(server, folder / "ca.pem", names, now):
        _make_server(folder, names, now)
    return Pair(server, server)


def authority_in(data_dir: Path) -> Path:
    return data_dir / FOLDER / "ca.pem"


def keep_showing(
    pair: Pair, prepare: Callable[[], Pair], show: Callable[[Pair], None], every: float = 3600.0
) -> threading.Event:
    """In a thread of its own: `show` what `prepare` returns whenever the files are others.

    What is returned ends that.
    """
    end = threading.Event()

    def look() -> None:
        shown = _content(pair)
        while not end.wait(every):
            try:
                current = prepare()
                if _content(current) != shown:
                    show(current)
                    shown = _content(current)
            except (CertificateWrong, OSError) as wrong:
                _log.warning("the device door keeps its certificate for now: %s", wrong)

    threading.Thread(target=look, name="certificate", daemon=True).start()
    return end


def _content(pair: Pair) -> tuple[bytes, bytes]:
    return pair.certificate.read_bytes(), pair.key.read_bytes()


def _make_authority(folder: Path, now: datetime) -> None:
    name = f"Sealift device door of {socket.gethostname()}"
    made = issue(name[:LONGEST_NAME], OF_A_CA, now, _AUTHORITY_LASTS)
    _write(folder / "ca-key.pem", made.key_pem, 0o600)
    _write(folder / "ca.pem", made.pem, 0o644)


def _make_server(folder: Path, names: Sequence[str], now: datetime) -> None:
    alternatives = x509.SubjectAlternativeName(_alternatives(names))
    extensions = [*OF_A_SERVER, (alternatives, False)]
    made = issue("Sealift device door", extensions, now, _SERVER_LASTS, _authority(folder))
    _write(folder / "server.pem", made.pem + made.key_pem, 0o600)


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ip_address(name)))
        except ValueError:
            found.append(_dns_name(name))
    return found


def _dns_name(text: str) -> x509.DNSName:
    try:
        return x509.DNSName(text)
    except ValueError as error:
        message = f"{text!r} cannot be a name in a certificate: {error}"
        raise CertificateWrong(message) from error


def _serves(server: Path, authority: Path, names: Sequence[str], now: datetime) -> bool:
    """Whether what is there can be shown for a while."""
    if not server.is_file():
        return False
    wanted = set(_alternatives(names))
    try:
        certificate = x509.load_pem_x509_certificate(server.read_bytes())
        issuer = x509.load_pem_x509_certificate(authority.read_bytes())
        certificate.verify_directly_issued_by(issuer)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, another one is made
        return False
    return set(found.value) == wanted and now + _SOON < certificate.not_valid_after_utc


def _authority(folder: Path) -> Issued:
    certificate = folder / "ca.pem"
    try:
        return read_issuer(certificate, folder / "ca-key.pem")
    except LocalTrouble as trouble:
        raise CertificateWrong(
            f"cannot use the authority in {folder}: {trouble}; put its files back, or remove"
            f" {certificate} to have a new one made, which devices then have to be given"
        ) from trouble


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, there to stay, and never readable by others for a moment."""
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)
