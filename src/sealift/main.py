"""The only place where the parts are put together.

Each command imports what it needs when it runs: the server's parts take a second to
import, and a client's help must not wait for them.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from sealift.cli.app import app
from sealift.operate import administration
from sealift.operate.administration import DEFAULT_DATA_DIR, DataDir

if TYPE_CHECKING:
    from huey import Huey
    from starlette.types import ASGIApp

    from sealift.actions.system import System
    from sealift.operate.examinations import Examined
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
    system = _system(settings, folder, base_url)
    if not create:
        _must_be_there(folder, system.records.file)
    queue = engine.queue(settings.database_in(folder), folder, create=create)
    system = replace(system, enqueue=Prompter(jobs.hints(queue, lambda: system)))
    return Parts(settings, system, Pages(keyring(system.records, Purpose.CURSORS)), queue)


def _system(settings: "Settings", folder: Path, base_url: str = "") -> "System":
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
    )


def _must_be_there(*paths: Path | None) -> None:
    from sealift.domain.errors import RecordsUnavailable

    for path in paths:
        if path is not None and not path.exists():
            raise RecordsUnavailable(f"there is no {path}; to make it: sealift admin migrate")


def application(parts: Parts) -> "ASGIApp":
    """The Admin API and the content door on one port, by path."""
    from sealift.admin_api.app import make as make_admin
    from sealift.content_api.app import make as make_content
    from sealift.operate.processes import Doors
    from sealift.web.doors import on_one_port
    from sealift.web.metrics import Metrics
    from sealift.web.rate import Rate

    def queue() -> str:
        return f"ok, {parts.queue.pending_count()} waiting"

    limit = parts.settings.rate_limit
    rate = Rate(limit.per_second, limit.burst) if limit.per_second else None
    metrics = Metrics(parts.system, parts.queue.pending_count, Doors())
    admin = make_admin(parts.system, parts.pages, queue, rate, metrics=metrics)
    return on_one_port(metrics, admin, make_content(parts.system))


# --- doors: hidden commands, started by the supervisor ------------------------------------------

Lifeline = Annotated[int, typer.Option(help="Descriptor of the supervisor's socket.")]


def _begin_door(
    data_dir: Path, lifeline: int, base_url: str = ""
) -> tuple[Parts, Callable[[], None]]:
    from sealift.operate import logs, supervisor

    ready = supervisor.hold(lifeline)
    parts = put_together(data_dir, base_url)
    logs.configure(parts.settings.log_format)
    return parts, ready


@app.command("door-http", hidden=True)
def door_http(
    data_dir: DataDir, lifeline: Lifeline, descriptor: int = 0, base_url: str = ""
) -> None:
    from sealift.operate import http_server

    parts, ready = _begin_door(data_dir, lifeline, base_url)
    tls = parts.settings.tls
    http_server.serve(application(parts), descriptor, tls.certificate, tls.key, ready)


@app.command("door-worker", hidden=True)
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


# --- commands of the operator ------------------------------------------------------------------


@app.command(rich_help_panel="Server")
def serve(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", help="0 takes a free one.", min=0, max=65535)
    ] = 8000,
    *,
    without_worker: Annotated[
        bool, typer.Option("--without-worker", help="`sealift worker` runs elsewhere.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let others reach the port without TLS.")
    ] = False,
) -> None:
    """Run the server: Admin API, content and worker, each in a process of its own."""
    from sealift.operate import reach, supervisor
    from sealift.operate.supervisor import Door

    found = _settings(data_dir)
    fault = reach.fault(found.tls, found.public_url, host, insecure=insecure)
    if fault is not None:
        _fail(fault)
    try:
        listening = supervisor.listen(host, port)
    except OSError as error:
        _fail(f"cannot listen on {host} port {port}: {error.strerror or error}")
    _prepared(data_dir).system.records.close()
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    base_url = f"{'https' if found.tls.certificate else 'http'}://{shown}:{port}"
    common = ["--data-dir", str(data_dir)]
    http = [*_command("door-http"), *common, "--descriptor", str(listening.fileno())]
    doors = [Door("http", [*http, "--base-url", base_url], [listening])]
    if not without_worker:
        doors.append(Door("worker", [*_command("door-worker"), *common]))

    def ready() -> None:
        typer.echo(f"sealift is ready at {base_url}", err=True)

    raise typer.Exit(supervisor.supervise(doors, ready))


@app.command(rich_help_panel="Server")
def worker(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Run a worker alone: it verifies uploads and finishes what others left behind."""
    from sealift.operate import supervisor
    from sealift.operate.supervisor import Door

    _prepared(data_dir).system.records.close()
    door = Door("worker", [*_command("door-worker"), "--data-dir", str(data_dir)])
    ready = lambda: typer.echo("sealift worker is ready", err=True)  # noqa: E731
    raise typer.Exit(supervisor.supervise([door], ready))


@app.command(rich_help_panel="Server")
def settings(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print every setting: its value, where it comes from, its default."""
    import os

    from sealift.operate.show_settings import print_settings
    from sealift.settings import reading as configuration

    file = configuration.settings_file(os.environ, data_dir)
    found = configuration.explained(_settings(data_dir), os.environ, file)
    print_settings(found, as_json=as_json)


def _settings(data_dir: Path) -> "Settings":
    from sealift.settings.reading import SettingsWrong, from_environment

    try:
        return from_environment(data_dir)
    except SettingsWrong as wrong:
        _fail(str(wrong))


def _command(door: str) -> list[str]:
    return [sys.executable, "-m", "sealift.main", door]


def _prepared(data_dir: Path) -> Parts:
    """Settings read, database migrated, the first key made and told."""
    from sealift.domain.errors import Refusal
    from sealift.operate import first_start, logs, stores
    from sealift.records.migrate import migrate
    from sealift.settings.reading import SettingsWrong

    try:
        parts = put_together(data_dir, create=True)
        logs.configure(parts.settings.log_format)
        migrate(parts.system.records, parts.system.now())
        stores.prepare(parts.system)
        given = parts.settings.bootstrap_api_key, parts.settings.bootstrap_password
        key, password = (each.get_secret_value() if each else None for each in given)
        first_start.make_and_tell(parts.system, data_dir, key, password)
    except (SettingsWrong, Refusal) as wrong:
        _fail(str(wrong))
    return parts


def _fail(message: str) -> NoReturn:
    typer.echo(f"sealift: {message}", err=True)
    raise typer.Exit(1)


def _administered(data_dir: Path, *, migrated: bool) -> "System":
    """The system for a command that works on the database directly."""
    from sealift.domain.errors import Refusal
    from sealift.records import migrate
    from sealift.settings.reading import SettingsWrong

    try:
        system = put_together(data_dir, create=not migrated).system
        if migrated:
            migrate.must_be_newest(system.records)
    except (SettingsWrong, Refusal) as wrong:
        _fail(str(wrong))
    return system


def _examined(data_dir: Path) -> "Examined":
    """Whatever is there, in whatever condition."""
    from sealift.operate.examinations import Examined
    from sealift.worker import pending

    folder, settings = data_dir.resolve(), _settings(data_dir)
    queue = partial(pending.count, settings.database_in(folder), folder)
    return Examined(folder, settings, _system(settings, folder), queue)


admin = administration.application(_administered, _examined)
app.add_typer(admin, name="admin", rich_help_panel="Server")


main = app  # what the console script calls

if __name__ == "__main__":
    main()
