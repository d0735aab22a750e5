"""The parts of a running process, put together; and the doors that the supervisor starts.

Each command imports what it needs when it runs: the server's parts take a second to
import, and a client's help must not wait for them.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from sealift.operate.administration import DataDir

if TYPE_CHECKING:
    from ssl import SSLContext

    from huey import Huey
    from starlette.types import ASGIApp

    from sealift.actions.system import System
    from sealift.operate.certificates import Pair
    from sealift.settings.model import Settings
    from sealift.web.paging import Pages


@dataclass(frozen=True, slots=True)
class Parts:
    """A running process has these, whichever door it is."""

    settings: "Settings"
    system: "System"
    pages: "Pages"
    queue: "Huey"


def put_together(data_dir: Path, base_url: str = "", *, create: bool = False) -> Parts:
    """Open the database and the stores that the settings name; `base_url` begins our links.

    Refuses a folder or a database that is not there, unless it may `create` them.
    """
    from sealift.actions.system import keyring
    from sealift.records.secrets import Purpose
    from sealift.settings.reading import from_environment
    from sealift.web.paging import Pages
    from sealift.worker import engine, jobs
    from sealift.worker.prompting import Prompter

    if create:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder, settings = data_dir.resolve(), from_environment(data_dir)
    system = system_of(settings, folder, base_url)
    if not create:
        _must_be_there(folder, system.records.file)
    queue = engine.queue(settings.database_in(folder), folder, create=create)
    system = replace(system, enqueue=Prompter(jobs.hints(queue, lambda: system)))
    return Parts(settings, system, Pages(keyring(system.records, Purpose.CURSORS)), queue)


def system_of(settings: "Settings", folder: Path, base_url: str = "") -> "System":
    """Nothing is opened yet, and nothing is enqueued anywhere."""
    from sealift.actions.system import System, keyring
    from sealift.content.links import Links
    from sealift.operate import stores
    from sealift.records.secrets import Purpose
    from sealift.records.transaction import Records

    records = Records(settings.database_in(folder))
    return System(
        records=records,
        stores=stores.configured(
            settings.default_store, settings.content, settings.stores, folder / "content", records
        ),
        links=Links(settings.public_url or base_url, keyring(records, Purpose.LINKS)),
        enqueue=lambda _duty, _binary_id, _attempt: None,
        now=lambda: datetime.now(UTC),
        unsigned_in_bundles=settings.unsigned_in_bundles,
    )


def _must_be_there(*paths: Path | None) -> None:
    from sealift.domain.errors import RecordsUnavailable

    for path in paths:
        if path is not None and not path.exists():
            raise RecordsUnavailable(f"there is no {path}; to make it: sealift admin migrate")


# --- what answers --------------------------------------------------------------------------------


def application(parts: Parts) -> "ASGIApp":
    """The Admin API and the content door on one port, by path."""
    from sealift.admin_api.app import make as make_admin
    from sealift.content_api.app import make as make_content
    from sealift.operate.processes import Doors
    from sealift.web.doors import on_one_port
    from sealift.web.metrics import Metrics
    from sealift.web.proxy import OnlyFromProxy
    from sealift.web.rate import Rate

    def queue() -> str:
        return f"ok, {parts.queue.pending_count()} waiting"

    limit = parts.settings.rate_limit
    rate = Rate(limit.per_second, limit.burst) if limit.per_second else None
    metrics = Metrics(parts.system, parts.queue.pending_count, Doors())
    admin = make_admin(parts.system, parts.pages, queue, rate, metrics=metrics)
    whole = on_one_port(metrics, admin, make_content(parts.system))
    proxies, tls = parts.settings.proxy.addresses, parts.settings.tls
    return OnlyFromProxy(whole, proxies) if proxies and not tls.certificate else whole


@contextmanager
def device_application(parts: Parts) -> "Generator[ASGIApp]":
    """The Device API. A certificate comes to it by TLS, or from a proxy that is believed."""
    from sealift.device_api.app import DeviceApi
    from sealift.device_api.pace import Pace
    from sealift.web.proxy import BehindProxy

    devices, proxy = parts.settings.devices, parts.settings.device_proxy
    pace = Pace(devices.poll_interval, devices.poll_jitter)
    with DeviceApi(parts.system, pace, devices.connected_events_every) as api:
        if proxy.addresses:
            yield BehindProxy(api, proxy.addresses, proxy.certificate_header)
        else:
            yield api


# --- doors: hidden commands, started by the supervisor -------------------------------------------

Lifeline: TypeAlias = Annotated[int, typer.Option(help="Descriptor of the supervisor's socket.")]


def add_doors(app: typer.Typer) -> None:
    for name, door in {"http": door_http, "device": door_device, "worker": door_worker}.items():
        app.command(f"door-{name}", hidden=True)(door)


def _begin_door(
    data_dir: Path, lifeline: int, base_url: str = ""
) -> tuple[Parts, Callable[[], None]]:
    from sealift.operate import logs, supervisor

    ready = supervisor.hold(lifeline)
    parts = put_together(data_dir, base_url)
    logs.configure(parts.settings.log_format)
    return parts, ready


def door_http(
    data_dir: DataDir, lifeline: Lifeline, descriptor: int = 0, base_url: str = ""
) -> None:
    from sealift.operate import http_server

    parts, ready = _begin_door(data_dir, lifeline, base_url)
    tls = parts.settings.tls
    http_server.serve(application(parts), descriptor, tls.certificate, tls.key, ready)


def door_device(
    data_dir: DataDir,
    lifeline: Lifeline,
    descriptor: int = 0,
    base_url: str = "",
    host: str = "127.0.0.1",
) -> None:
    from sealift.operate import device_server

    parts, ready = _begin_door(data_dir, lifeline, base_url)
    context = _device_tls(parts, data_dir, host) if parts.settings.device_door_speaks_tls else None
    with device_application(parts) as answering:
        device_server.serve(answering, descriptor, context, ready)


def device_pair(settings: "Settings", data_dir: Path, host: str) -> "Pair":
    """The device door's own certificate: the operator's, or one that is made here."""
    from sealift.operate import device_authority
    from sealift.operate.certificates import Pair

    tls = settings.device_tls
    if tls.certificate is not None and tls.key is not None:
        return Pair(tls.certificate, tls.key)
    names = device_authority.names_for(host, settings.public_url, tls.names)
    return device_authority.prepared(data_dir, names, datetime.now(UTC))


def _device_tls(parts: Parts, data_dir: Path, host: str) -> "SSLContext":
    """What a handshake begins with; it follows the records, and its own certificate's renewal."""
    from sealift.operate import device_authority
    from sealift.operate.trust import Trust, Watch
    from sealift.records import certificates, generations

    records, prepare = parts.system.records, partial(device_pair, parts.settings, data_dir, host)
    pair = prepare()
    trust = Trust(pair)
    trusted = partial(certificates.trusted, records)
    Watch(trust, partial(generations.current, records), trusted).begin()
    device_authority.keep_showing(pair, prepare, trust.show)
    return trust.entrance


def door_worker(data_dir: DataDir, lifeline: Lifeline) -> None:
    from sealift.worker.run import run

    parts, ready = _begin_door(data_dir, lifeline)
    settings = parts.settings.worker
    run(
        parts.queue,
        parts.system,
        threads=settings.threads,
        sweep_every=settings.sweep_every,
        discard_after=settings.discard_uploads_after,
        keep_events=settings.keep_events_for,
        ready=ready,
    )
