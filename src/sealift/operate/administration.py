"""`sealift admin`: works on the database directly, on the machine where it is."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from sealift.domain.names import Kind, Name
from sealift.domain.rights import Role

if TYPE_CHECKING:  # the server's parts take a second to import; help must not
    from sealift.actions.accounts import NewKey
    from sealift.actions.system import System
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
RoleOption = Annotated[Role, typer.Option(help="admin, write or read.")]
OrganizationOption = Annotated[str, typer.Option(help="Name of the organization.")]


class OpenSystem(Protocol):
    """Opens the records and the stores of a data folder, perhaps only if they are migrated."""

    def __call__(self, data_dir: Path, *, migrated: bool) -> "System": ...


def application(open_system: OpenSystem) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Administer this server, on its own machine.")

    @app.callback()
    def choose(context: typer.Context, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
        context.obj = partial(open_system, data_dir)

    app.add_typer(_organizations(), name="organizations")
    app.add_typer(_users(), name="users")
    app.add_typer(_api_keys(), name="api-keys")
    app.add_typer(_link_keys(), name="link-keys")

    @app.command()
    def migrate(context: typer.Context) -> None:
        """Bring the database to the schema of this program. `serve` does so by itself."""
        from sealift.records import migrate as migrations

        system: System = context.obj(migrated=False)
        migrations.migrate(system.records, system.now())
        _print({"schema": migrations.current(system.records)})

    return app


def _organizations() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Create and list organizations.")

    @app.command()
    def create(context: typer.Context, name: str) -> None:
        """Create an organization. It sees nothing of the others."""
        from sealift.actions import accounts

        _print(
            _shown(
                Kind.ORGANIZATION, accounts.create_organization(context.obj(migrated=True), name)
            )
        )

    @app.command("list")
    def list_(context: typer.Context) -> None:
        """List the organizations."""
        from sealift.actions import accounts

        _print(
            [
                _shown(Kind.ORGANIZATION, each)
                for each in accounts.organizations(context.obj(migrated=True))
            ]
        )

    return app


def _users() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Create and list users.")

    @app.command()
    def create(
        context: typer.Context,
        username: str,
        email: Annotated[str, typer.Option(help="Must be unique.")],
        organization: OrganizationOption = "default",
        role: RoleOption = Role.WRITE,
        password: Annotated[
            str | None,
            typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."),
        ] = None,
    ) -> None:
        """Create a user as a member of an organization."""
        from sealift.actions import accounts

        made = accounts.create_user(
            context.obj(migrated=True), username, email, password, organization, role
        )
        _print(_shown(Kind.USER, made))

    @app.command("list")
    def list_(context: typer.Context) -> None:
        """List the users."""
        from sealift.actions import accounts

        _print([_shown(Kind.USER, each) for each in accounts.users(context.obj(migrated=True))])

    return app


def _api_keys() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")

    @app.command()
    def create(
        context: typer.Context,
        name: str,
        organization: OrganizationOption = "default",
        user: Annotated[str, typer.Option(help="In whose name the key acts.")] = "admin",
        role: RoleOption = Role.WRITE,
    ) -> None:
        """Create an API key. The key is shown once and kept nowhere."""
        from sealift.actions import accounts

        made: NewKey = accounts.create_api_key(
            context.obj(migrated=True), organization, user, name, role
        )
        _print({**_shown(Kind.API_KEY, made.record), "key": made.key})

    @app.command("list")
    def list_(context: typer.Context, organization: OrganizationOption = "default") -> None:
        """List the API keys of an organization, without the keys themselves."""
        from sealift.actions import accounts

        _print(
            [
                _shown(Kind.API_KEY, each)
                for each in accounts.api_keys(context.obj(migrated=True), organization)
            ]
        )

    @app.command()
    def revoke(
        context: typer.Context, name: str, organization: OrganizationOption = "default"
    ) -> None:
        """Revoke an API key. It opens nothing from this moment on."""
        from sealift.actions import accounts

        _print(
            _shown(
                Kind.API_KEY,
                accounts.revoke_api_key(context.obj(migrated=True), organization, name),
            )
        )

    return app


def _link_keys() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="The keys that sign links and page cursors.")

    @app.command()
    def rotate(
        context: typer.Context,
        forget: Annotated[
            bool, typer.Option(help="Also forget the earlier keys: all links die at once.")
        ] = False,
    ) -> None:
        """Sign new links with a new key. Links that are under way still work."""
        from sealift.actions import accounts

        _print({"keys": accounts.rotate_link_keys(context.obj(migrated=True), forget=forget)})

    return app


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
