"""How the parts of this machine are: database, queue, disks, certificate, worker."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from sealift.actions.system import System
from sealift.content.disk import DiskStore
from sealift.domain.errors import Refusal
from sealift.operate import certificates
from sealift.operate.certificates import CertificateWrong
from sealift.operate.reach import Tls
from sealift.operate.said import Said, warning, well, wrong
from sealift.records import certificates as registered
from sealift.records import condition, figures, migrate
from sealift.records.binaries import LEASE
from sealift.records.certificates import MOST_ALONE
from sealift.records.figures import Waiting

_GIB: Final = 1024**3
_LITTLE: Final = 5 * _GIB
_TOO_LITTLE: Final = _GIB // 10
_FEW_FILES: Final = 10_000
_SLOW: Final = timedelta(minutes=1)  # to begin a verification, where a worker has time
_STALLED: Final = timedelta(minutes=10)
_SOON: Final = timedelta(days=14)  # a certificate that ends within is one that nobody renews
_UNEVEN: Final = timedelta(seconds=2)


class Proxy(Protocol):
    @property
    def addresses(self) -> Sequence[object]: ...


class Settings(Protocol):
    @property
    def public_url(self) -> str | None: ...
    @property
    def tls(self) -> Tls: ...
    @property
    def device_tls(self) -> Tls: ...
    @property
    def device_proxy(self) -> Proxy: ...


@dataclass(frozen=True, slots=True)
class Examined:
    """What is examined; `queue` counts the jobs in it, or raises whatever is the matter."""

    folder: Path
    settings: Settings
    system: System
    queue: Callable[[], int]


def here(of: Examined) -> Iterator[Said]:
    """All but the stores."""
    database = list(_database(of.system))
    yield from database
    yield _queue(of)
    yield from _room(of)
    yield from _certificate(of, "certificate", of.settings.tls)
    yield from _certificate(of, "device door", of.settings.device_tls)
    if not any(said.mark == "wrong" for said in database):
        yield from _waiting(of.system)
        yield from _devices(of)


def _database(system: System) -> Iterator[Said]:
    file = system.records.file
    if file is not None and not file.exists():  # asking would make it
        yield wrong("database", f"there is no {file}", "sealift admin migrate makes it")
        return
    try:
        schema, newest = migrate.current(system.records), migrate.newest()
        found, now = condition.of(system.records), system.now()
    except Refusal as refusal:
        cause = str(refusal.__cause__).splitlines()[0] if refusal.__cause__ else refusal.message
        yield wrong("database", f"does not answer: {cause}", "look at SEALIFT_DATABASE")
        return
    if schema != newest:
        text = f"has the schema {schema or 'of nobody'}, this program wants {newest}"
        yield wrong("database", text, "sealift admin migrate, or install a newer sealift")
    else:
        yield well("database", f"{found.version} answers, its schema is {schema}")
    if found.lax:
        text = f"{', '.join(found.lax)}: a crash may take what was acknowledged"
        yield wrong("durability", text, "set it as it is by default")
    else:
        yield well("durability", "what is acknowledged outlives a crash")
    if found.now is not None:
        yield clock("the database", found.now - now)


def clock(whose: str, ahead: timedelta, most: timedelta = LEASE) -> Said:
    """`ahead` is by how much it is ahead of ours, `most` what must not be passed."""
    text = f"{whose} is {ahead.total_seconds():+.1f} s from this machine"
    if abs(ahead) >= most:
        return wrong("clock", text, "set the clocks by NTP")
    if abs(ahead) >= _UNEVEN:
        return warning("clock", text, "set the clocks by NTP")
    return well("clock", text)


def _queue(of: Examined) -> Said:
    try:
        return well("queue", f"answers, {of.queue()} jobs in it")
    except Exception as error:  # noqa: BLE001 - it may fail in as many ways as its database
        text = f"does not answer: {error}".splitlines()[0]
        return wrong("queue", text, "look at the database, or at the data folder")


def _room(of: Examined) -> Iterator[Said]:
    """Of each file system that is written to."""
    stores = [s.root for s in of.system.stores.by_name.values() if isinstance(s, DiskStore)]
    seen: set[int] = set()
    for folder in (of.folder, *stores):
        if folder.is_dir() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            yield _room_in(folder)


def _room_in(folder: Path) -> Said:
    free = shutil.disk_usage(folder).free
    files = os.statvfs(folder).f_favail
    text = f"{free / _GIB:,.1f} GiB free in {folder}"
    if free < _TOO_LITTLE:
        return wrong("room", text, "free some room; uploads are refused when there is none")
    if free < _LITTLE:
        return warning("room", text, "free some room before uploads are refused")
    if 0 < files < _FEW_FILES:
        return warning("room", f"{files:,} more files fit in {folder}", "free some inodes")
    return well("room", text)


def _certificate(of: Examined, about: str, tls: Tls) -> Iterator[Said]:
    if tls.certificate is None or tls.key is None:
        return
    now = of.system.now()
    try:
        ends = certificates.examined(tls.certificate, tls.key, now).ends
    except CertificateWrong as error:
        yield wrong(about, str(error), "the server does not start with it")
        return
    text = f"valid until {ends:%Y-%m-%d}"
    if ends - now < _SOON:
        yield warning(about, text, "renew it, and start the server again")
    else:
        yield well(about, text)


def _devices(of: Examined) -> Iterator[Said]:
    """Whether all that are registered can shake hands with our own TLS."""
    try:
        alone = registered.standing_alone(of.system.records)
    except Refusal as refusal:
        yield wrong("devices", refusal.message, "look at the database")
        return
    if alone > MOST_ALONE and not of.settings.device_proxy.addresses:
        text = f"{alone:,} certificates stand alone; the newest {MOST_ALONE:,} are let in"
        yield warning("devices", text, "register the CA that issued them, or put nginx in front")


def _waiting(system: System) -> Iterator[Said]:
    now = system.now()
    try:
        with system.records.read(None) as tx:
            found = figures.of(tx, now)
    except Refusal as refusal:
        yield wrong("worker", refusal.message, "look at the database")
        return
    yield _worker(found.to_verify, now)
    if found.to_erase.since is not None and now - found.to_erase.since >= _STALLED:
        text = f"{found.to_erase.count} since {found.to_erase.since:%Y-%m-%d %H:%M} UTC"
        advice = "look at the stores below, and whether a worker runs"
        yield warning("erasures", text, advice)


def _worker(waiting: Waiting, now: datetime) -> Said:
    if waiting.since is None:
        return well("worker", "nothing waits to be verified")
    since = now - waiting.since
    text = f"{waiting.count} wait to be verified, the oldest for {since.total_seconds():.0f} s"
    advice = "see whether a worker runs: sealift serve, or sealift worker"
    if since >= _STALLED:
        return wrong("worker", text, advice)
    return warning("worker", text, advice) if since >= _SLOW else well("worker", text)
