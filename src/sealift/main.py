"""What an operator does on the machine: run the server, or a worker alone; see what is set.

Each command imports what it needs when it runs: the server's parts take a second to
import, and a client's help must not wait for them.
"""

import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeAlias

import typer

from sealift import parts
from sealift.cli.app import app
from sealift.operate import administration
from sealift.operate.administration import DEFAULT_DATA_DIR, DataDir
from sealift.parts import Parts, put_together

if TYPE_CHECKING:
    from sealift.actions.system import System
    from sealift.operate.examinations import Examined
    from sealift.operate.supervisor import Door
    from sealift.settings.model import Settings

Host: TypeAlias = Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")]
Port: TypeAlias = Annotated[
    int, typer.Option(metavar="N", help="0 takes a free one.", min=0, max=65535)
]
DevicePort: TypeAlias = Annotated[
    int, typer.Option(metavar="N", help="Of the Device API.", min=0, max=65535)
]

WithoutDeviceDoor: TypeAlias = Annotated[
    bool, typer.Option("--without-device-door", help="No device comes here.")
]
WithoutWorker: TypeAlias = Annotated[
    bool, typer.Option("--without-worker", help="`sealift worker` runs elsewhere.")
]
Insecure: TypeAlias = Annotated[
    bool, typer.Option("--insecure", help="Let others reach the port without TLS.")
]

parts.add_doors(app)


@app.command(rich_help_panel="Server")
def serve(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    device_port: DevicePort = 8443,
    *,
    without_device_door: WithoutDeviceDoor = False,
    without_worker: WithoutWorker = False,
    insecure: Insecure = False,
) -> None:
    """Run the server: Admin API, content, devices and worker, each in a process of its own."""
    from sealift.operate import supervisor
    from sealift.operate.supervisor import Door

    found = _settings(data_dir)
    _must_be_reachable(found, host, insecure=insecure)
    listening = _listening(host, port)
    base_url = _url(host, listening, is_secured=found.tls.certificate is not None)
    common = ["--data-dir", str(data_dir), "--base-url", base_url]
    http = [*_command("door-http"), *common, "--descriptor", str(listening.fileno())]
    doors, told = [Door("http", http, [listening])], list[str]()
    for_devices = None if without_device_door else _listening(host, device_port)
    _prepared(data_dir).system.records.close()
    if for_devices is not None:
        doors.append(_device_door(host, for_devices, common))
        told.append(_told_of_devices(found, data_dir, host, for_devices))
    if not without_worker:
        doors.append(Door("worker", [*_command("door-worker"), "--data-dir", str(data_dir)]))

    def ready() -> None:
        for line in (*told, f"sealift is ready at {base_url}"):
            typer.echo(line, err=True)

    raise typer.Exit(supervisor.supervise(doors, ready))


def _must_be_reachable(found: "Settings", host: str, *, insecure: bool) -> None:
    """By those who should, and without harm to them."""
    from sealift.operate import reach

    is_covered = insecure or bool(found.proxy.addresses)
    fault = reach.fault(found.tls, found.public_url, host, insecure=is_covered)
    fault = fault or reach.pair_fault(found.device_tls, "SEALIFT_DEVICE_TLS")
    if fault is not None:
        _fail(fault)


def _listening(host: str, port: int) -> socket.socket:
    from sealift.operate import supervisor

    try:
        return supervisor.listen(host, port)
    except OSError as error:
        _fail(f"cannot listen on {host} port {port}: {error.strerror or error}")


def _url(host: str, listening: socket.socket, *, is_secured: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_secured else 'http'}://{shown}:{listening.getsockname()[1]}"


def _device_door(host: str, listening: socket.socket, common: Sequence[str]) -> "Door":
    from sealift.operate.supervisor import Door

    own = ["--descriptor", str(listening.fileno()), "--host", host]
    return Door("device", [*_command("door-device"), *common, *own], [listening])


def _told_of_devices(found: "Settings", data_dir: Path, host: str, listening: socket.socket) -> str:
    """Where the door is, and what it is trusted by; its certificate is there from now on."""
    from sealift.operate import device_authority
    from sealift.operate.certificates import CertificateWrong

    url = _url(host, listening, is_secured=found.device_door_speaks_tls)
    if not found.device_door_speaks_tls:
        return f"devices are served at {url}, through a proxy only"
    try:
        parts.device_pair(found, data_dir, host)
    except (CertificateWrong, OSError) as wrong:
        _fail(str(wrong))
    if found.device_tls.certificate is not None:
        return f"devices are served at {url}"
    authority = device_authority.authority_in(data_dir)
    return f"devices are served at {url}, which they trust by {authority}"


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
    return Examined(folder, settings, parts.system_of(settings, folder), queue)


admin = administration.application(_administered, _examined)
app.add_typer(admin, name="admin", rich_help_panel="Server")


main = app  # what the console script calls

if __name__ == "__main__":
    main()
