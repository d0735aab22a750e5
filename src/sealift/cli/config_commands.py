"""`sealift config`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sealift.cli import session
from sealift.cli.config import Config, Json, upgraded
from sealift.cli.failures import Misused
from sealift.cli.nouns import examples, group
from sealift.cli.options import Yes, given
from sealift.cli.output import emit
from sealift.cli.terminal import is_interactive

app = group("Profiles: servers and keys, and where they are kept.")
profiles = group("Servers and keys under a name; the profile 'default' is used by itself.")
app.add_typer(profiles, name="profiles")

_LONG_ENOUGH = 16  # characters

Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The server's address.")
]
CaPath = Annotated[
    Path | None,
    typer.Option("--ca-path", metavar="FILE", help="More CA certificates to trust, as PEM."),
]
ApiVersion = Annotated[
    int | None, typer.Option("--api-version", metavar="N", help="Version of the Admin API.")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key", metavar="KEY", help="Kept apart, for you only; - reads it from stdin."
    ),
]


@profiles.command(
    "create",
    epilog=examples(
        "sealift config profiles create default --base-url http://127.0.0.1:8000 \\",
        "  --api-key - < data/admin-api-key",
    ),
)
def create(
    context: typer.Context,
    name: Name,
    base_url: BaseUrl = None,
    ca_path: CaPath = None,
    api_version: ApiVersion = None,
    api_key: ApiKey = None,
) -> None:
    """Keep a server's address and key under a name."""
    config = session.of(context).config
    if name in config.profiles():
        raise Misused(f"there is a profile {name!r} already; use: sealift config profiles update")
    _change(context, config, name, _fields(base_url, ca_path, api_version, api_key))


@profiles.command("list")
def list_profiles(context: typer.Context) -> None:
    """List all profiles."""
    current = session.of(context)
    names = current.config.profiles()
    shown = [{"name": name, **_shown(current.config.profile(name))} for name in sorted(names)]
    emit(current, {"profiles": shown}, ("name", "base_url", "ca_path", "api_version", "api_key"))


@profiles.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Show one profile. Of its API key only the end is shown."""
    current = session.of(context)
    emit(current, {"profile": {"name": name, **_shown(current.config.profile(name))}})


@profiles.command("update")
def update(
    context: typer.Context,
    name: Name,
    base_url: BaseUrl = None,
    ca_path: CaPath = None,
    api_version: ApiVersion = None,
    api_key: ApiKey = None,
) -> None:
    """Change some of a profile's values."""
    config = session.of(context).config
    config.profile(name)
    fields = _fields(base_url, ca_path, api_version, api_key)
    if not fields:
        raise Misused("nothing to change; name at least one value")
    _change(context, config, name, fields)


@profiles.command("delete")
def delete(context: typer.Context, name: Name, yes: Yes = False) -> None:
    """Forget a profile and its API key."""
    current = session.of(context)
    current.config.profile(name)
    if not yes:
        if not is_interactive():
            raise Misused("this forgets the API key too; repeat with --yes")
        typer.confirm(f"Forget the profile {name!r} and its API key?", abort=True, err=True)
    current.config.without_profile(name).save()
    current.note(f"forgot the profile {name!r}")


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring config.json up to the present version; what it holds stays."""
    current = session.of(context)
    upgraded(current.config).save()
    current.note(f"{current.config.path} is of version 2")


@app.command()
def path(context: typer.Context) -> None:
    """Print the directory that holds config.json and credentials.json."""
    typer.echo(session.of(context).config.directory)


def _fields(
    base_url: str | None, ca_path: Path | None, api_version: int | None, api_key: str | None
) -> Json:
    if api_key == "-":
        api_key = sys.stdin.readline().strip()
        if not api_key:
            raise Misused("standard input has no API key to read")
    return given(
        base_url=base_url,
        ca_path=str(ca_path.expanduser().resolve()) if ca_path else None,
        api_version=api_version,
        api_key=api_key,
    )


def _change(context: typer.Context, config: Config, name: str, fields: Json) -> None:
    changed = config.with_profile(name, fields)
    changed.save()
    emit(session.of(context), {"profile": {"name": name, **_shown(changed.profile(name))}})


def _shown(profile: Json) -> Json:
    """Enough of the key to tell two apart, and nothing of one that is too short for that."""
    key = profile.get("api_key")
    if not isinstance(key, str):
        return profile
    return {**profile, "api_key": f"...{key[-4:] if len(key) >= _LONG_ENOUGH else ''}"}
