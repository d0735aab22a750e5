"""`sealift admin`: works on the database directly, on the machine where it is."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from sealift.domain.names import Kind, Name
from sealift.domain.rights import Role
from sealift.operate.check import check
from sealift.operate.doctor import EXAMINE, doctor

if TYPE_CHECKING:  # the server's parts take a second to import; help must not
    from sealift.actions.system import System
    from sealift.operate.examinations import Examined
    from sealift.records.accounts import ApiKey, Organization, User

DEFAULT_DATA_DIR: Final = Path("sealift-data")

DataDir = Annotated[
    Path,
    typer.Option(
        envvar="SEALIFT_DATA_DIR",
        metavar="DIR",
        help="Folder with the database, the queue and the content.",
    ),
]


def _of_at_most(longest: int) -> Callable[[str], str]:
    """Text that a line can show and both databases can keep."""

    def checked(text: str) -> str:
        if not 1 <= len(text) <= longest:
            raise typer.BadParameter(f"must have 1 to {longest} characters")
        if not text.isprintable():
            raise typer.BadParameter(f"must be visible characters and spaces only, not {text!r}")
        return text

    return checked


NameArgument = Annotated[str, typer.Argument(callback=_of_at_most(128))]
RoleOption = Annotated[Role, typer.Option(help="admin, write or read.")]
OrganizationOption = Annotated[str, typer.Option(help="Name of the organization.")]


class OpenSystem(Protocol):
    """Opens the records and the stores of a data folder, perhaps only if they are migrated."""

    def __call__(self, data_dir: Path, *, migrated: bool) -> "System": ...


_organizations = typer.Typer(no_args_is_help=True, help="Create and list organizations.")
_users = typer.Typer(no_args_is_help=True, help="Create and list users.")
_api_keys = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")
_link_keys = typer.Typer(no_args_is_help=True, help="The keys that sign links and page cursors.")


def application(open_system: OpenSystem, examine: "Callable[[Path], Examined]") -> typer.Typer:
    """The whole group of commands. `examine` opens what there is, well or not, for the doctor."""
    app = typer.Typer(no_args_is_help=True, help="Administer this server, on its own machine.")

    @app.callback()
    def choose(context: typer.Context, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
        context.obj = partial(open_system, data_dir)
        context.meta[EXAMINE] = partial(examine, data_dir)

    app.command()(migrate)
    app.command()(check)
    app.command()(doctor)
    app.add_typer(_organizations, name="organizations")
    app.add_typer(_users, name="users")
    app.add_typer(_api_keys, name="api-keys")
    app.add_typer(_link_keys, name="link-keys")
    return app


def migrate(context: typer.Context) -> None:
    """Bring the database to the schema of this program. `serve` does so by itself."""
    from sealift.records import migrate as migrations

    system: System = context.obj(migrated=False)
    migrations.migrate(system.records, system.now())
    _print({"schema": migrations.current(system.records)})


@_organizations.command("create")
def create_organization(context: typer.Context, name: NameArgument) -> None:
    """Create an organization. It sees nothing of the others."""
    from sealift.actions import accounts

    made = accounts.create_organization(_system(context), name)
    _print(_shown(Kind.ORGANIZATION, made))


@_organizations.command("list")
def list_organizations(context: typer.Context) -> None:
    """List the organizations."""
    from sealift.actions import accounts

    found = accounts.organizations(_system(context))
    _print([_shown(Kind.ORGANIZATION, each) for each in found])


@_users.command("create")
def create_user(
    context: typer.Context,
    username: NameArgument,
    email: Annotated[str, typer.Option(help="Must be unique.", callback=_of_at_most(320))],
    organization: OrganizationOption = "default",
    role: RoleOption = Role.WRITE,
    password: Annotated[
        str | None,
        typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."),
    ] = None,
) -> None:
    """Create a user as a member of an organization."""
    from sealift.actions import accounts

    system = _system(context)
    made = accounts.create_user(system, username, email, password, organization, role)
    _print(_shown(Kind.USER, made))


@_users.command("list")
def list_users(context: typer.Context) -> None:
    """List the users."""
    from sealift.actions import accounts

    _print([_shown(Kind.USER, each) for each in accounts.users(_system(context))])


@_api_keys.command("create")
def create_api_key(
    context: typer.Context,
    name: NameArgument,
    organization: OrganizationOption = "default",
    user: Annotated[str, typer.Option(help="In whose name the key acts: a member.")] = "admin",
    role: RoleOption = Role.WRITE,
) -> None:
    """Create an API key. The key is shown once and kept nowhere."""
    from sealift.actions import accounts

    made = accounts.create_api_key(_system(context), organization, user, name, role)
    _print({**_shown(Kind.API_KEY, made.record), "key": made.key})


@_api_keys.command("list")
def list_api_keys(context: typer.Context, organization: OrganizationOption = "default") -> None:
    """List the API keys of an organization, without the keys themselves."""
    from sealift.actions import accounts

    found = accounts.api_keys(_system(context), organization)
    _print([_shown(Kind.API_KEY, each) for each in found])


@_api_keys.command("revoke")
def revoke_api_key(
    context: typer.Context, name: str, organization: OrganizationOption = "default"
) -> None:
    """Revoke an API key. It opens nothing from this moment on."""
    from sealift.actions import accounts

    gone = accounts.revoke_api_key(_system(context), organization, name)
    _print(_shown(Kind.API_KEY, gone))


@_link_keys.command("rotate")
def rotate_link_keys(
    context: typer.Context,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget the earlier keys: their links die in a minute.")
    ] = False,
) -> None:
    """Sign new links with a new key. Links that are under way still work."""
    from sealift.actions import accounts

    _print({"keys": accounts.rotate_link_keys(_system(context), forget=forget)})


def _system(context: typer.Context) -> "System":
    return context.obj(migrated=True)


def _shown(kind: Kind, record: "Organization | User | ApiKey") -> dict[str, object]:
    """As the API would show it: by PRN."""
    fields = asdict(record)
    row_id, organization_id = fields.pop("id"), fields.pop("organization_id", "")
    return {"prn": str(Name(organization_id, kind, row_id)), **fields}


def _print(value: object) -> None:
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(json.dumps(value, indent=indent, default=_time))


def _time(value: object) -> str:
    from sealift.wire.text import time_text

    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"not for JSON: {type(value).__name__}")
