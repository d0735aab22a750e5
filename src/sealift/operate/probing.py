"""A small content of nobody's, taken through a store's whole life, and what that shows.

Its key is one that no record can have, so a doctor who is killed leaves something that a later
check can erase.
"""

import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import uuid4

import httpx

from sealift.actions.mending import PROBE
from sealift.actions.system import System
from sealift.content.links import ContentTicket
from sealift.content.store import LocalStore, PartPlace, Store
from sealift.domain.errors import Refusal
from sealift.operate.examinations import Examined, clock
from sealift.operate.said import Said, warning, well, wrong
from sealift.records.binaries import content_key

_PATIENCE: Final = 10.0  # seconds, for one request
_LIFETIME: Final = timedelta(minutes=5)  # of a link to a part
_MOST_APART: Final = timedelta(minutes=1)  # links to content on S3 live no longer, by its clock
_HERE: Final = "http://127.0.0.1:8000"  # a server's own address, unless it is told another
_NEW: Final = "a first sealift serve makes a new one; an old one has to be mounted"
_LOOK: Final = "look at the store and at the settings that name it: sealift settings"


class _Failed(Exception):
    """Says which step did not do what a store promises."""


@dataclass(frozen=True, slots=True)
class _Probe:
    key: str
    upload: str
    content: bytes

    @property
    def place(self) -> PartPlace:
        return PartPlace(1, len(self.content), sha256(self.content).hexdigest(), 0)


def stores(of: Examined) -> Iterator[Said]:
    for name, store in of.system.stores.by_name.items():
        yield from _store(of, name, store)


def _store(of: Examined, name: str, store: Store) -> Iterator[Said]:
    about = f"store {name}"
    try:
        store.probe()
        probe = _opened(of.system, store)
    except Refusal as refusal:
        yield wrong(about, refusal.message, _NEW if isinstance(store, LocalStore) else _LOOK)
        return
    begun = time.monotonic()
    try:
        yield from _sent(of, store, probe)
        store.close(probe.key, probe.upload, [probe.place])
        _check(store, probe)
        if name == of.system.stores.default:
            yield from _public(of, name, probe)
    except (Refusal, _Failed, httpx.HTTPError) as error:
        yield wrong(about, f"does not keep what it is given: {error}", _LOOK)
        with suppress(Refusal):
            store.erase(probe.key, probe.upload)
        return
    yield _erased(about, store, probe, time.monotonic() - begun)


def _opened(system: System, store: Store) -> _Probe:
    key = content_key(str(uuid4()), system.now(), PROBE)
    return _Probe(key, store.open(key), token_bytes(4096))


def _sent(of: Examined, store: Store, probe: _Probe) -> Iterator[Said]:
    """The bytes go the way of all clients' bytes."""
    if isinstance(store, LocalStore):
        with store.receive(probe.key, probe.place) as writer:
            writer.write(probe.content)
            writer.sync()
        return
    link = store.part_link(probe.key, probe.upload, probe.place, _LIFETIME)
    if link is None:
        raise _Failed("it gives no link for a part")
    headers = {
        "content-type": "application/octet-stream",
        "x-amz-checksum-sha256": b64encode(bytes.fromhex(probe.place.hash)).decode(),
    }
    before = of.system.now()
    answer = httpx.put(link, content=probe.content, headers=headers, timeout=_PATIENCE)
    if not answer.is_success:
        raise _Failed(f"it answers a part with {answer.status_code}")
    date = answer.headers.get("date")
    if date is not None:
        yield clock("the store", parsedate_to_datetime(date).astimezone(UTC) - before, _MOST_APART)
    yield _cross_origin(of, link)


def _cross_origin(of: Examined, link: str) -> Said:
    """What a browser asks the store before it sends a part for a page of ours (CORS)."""
    url = httpx.URL(of.settings.public_url or _HERE)
    origin = str(url.copy_with(raw_path=b"/")).rstrip("/")
    wanted = {
        "origin": origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,x-amz-checksum-sha256",
    }
    answer = httpx.options(link, headers=wanted, timeout=_PATIENCE)
    allowed = {
        what: answer.headers.get(f"access-control-allow-{what}", "")
        for what in ("origin", "methods", "headers")
    }
    names = {name.strip().lower() for name in allowed["headers"].split(",")}
    lacks = [
        what
        for what, is_there in {
            f"the origin {origin}": allowed["origin"] in {"*", origin},
            "the method PUT": allowed["methods"] == "*" or "PUT" in allowed["methods"],
            "the header x-amz-checksum-sha256": bool({"*", "x-amz-checksum-sha256"} & names),
        }.items()
        if not is_there
    ]
    if not answer.is_success or lacks:
        text = f"a browser may not send parts: the store does not allow {', '.join(lacks)}"
        return warning("browsers", text, "give the bucket a CORS rule that does; others need none")
    return well("browsers", f"those on {origin} may send parts to the store")


def _check(store: Store, probe: _Probe) -> None:
    if store.size(probe.key) != len(probe.content):
        raise _Failed("it tells another size")
    if b"".join(store.read(probe.key)) != probe.content:
        raise _Failed("other bytes come out than went in")
    link = store.download_link(probe.key, "GET", _MOST_APART)
    if link is not None:
        answer = httpx.get(link, timeout=_PATIENCE)
        if answer.content != probe.content:
            raise _Failed(f"its link is answered with {answer.status_code} and other bytes")


def _erased(about: str, store: Store, probe: _Probe, seconds: float) -> Said:
    try:
        store.erase(probe.key, probe.upload)
        left = store.size(probe.key) is not None or any(store.kept(probe.key))
    except Refusal as refusal:
        return wrong(about, f"does not erase: {refusal.message}", _LOOK)
    if left:
        return wrong(about, "still has what it said it erased", _LOOK)
    return well(about, f"wrote, read and erased in {seconds * 1000:.0f} ms")


def _public(of: Examined, name: str, probe: _Probe) -> Iterator[Said]:
    """Our own link, as a client follows it: by the public address, through whatever is there."""
    address = of.settings.public_url
    if address is None:
        yield well("public link", "SEALIFT_PUBLIC_URL is not set: links name where we listen")
        return
    ticket = ContentTicket(name, probe.key, probe.place.hash)
    link = of.system.links.content(ticket, of.system.now())
    try:
        answer = httpx.get(link, timeout=_PATIENCE, follow_redirects=True)
    except httpx.ConnectError as error:
        text = f"{address} cannot be reached: {error}"
        yield wrong("public link", text, _unreached(str(error)))
    except httpx.HTTPError as error:
        advice = "look at what stands between clients and this server"
        yield wrong("public link", f"{address} does not answer: {error!r}", advice)
    else:
        yield _followed(address, answer, probe)


def _unreached(text: str) -> str:
    if "certificate" in text.lower():
        return "clients do not trust its certificate; SSL_CERT_FILE names one to trust here"
    return "see whether the server runs, and where the name leads: SEALIFT_PUBLIC_URL"


def _followed(address: str, answer: httpx.Response, probe: _Probe) -> Said:
    if answer.is_success and answer.content == probe.content:
        return well("public link", f"{address} serves what this server stores")
    text = f"{address} answers with {answer.status_code} and not with the content"
    match answer.status_code:
        case 403:
            advice = "another sealift is there, or a proxy that changes queries"
        case 404:
            advice = "something else is there, or a proxy that changes paths, or another store"
        case 502 | 503 | 504:
            advice = "a proxy is there and no server behind it: see whether the server runs"
        case _:
            advice = "look at what stands between clients and this server"
    return wrong("public link", text, advice)
