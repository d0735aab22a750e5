"""The root of the command line: global options, groups, and how everything ends.

`app` is a Typer application; the server's own commands are added to it elsewhere. The root
callback reads nothing and needs nothing, so they work without a profile or a key.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

from sealift.cli import (
    artifact_versions,
    artifacts,
    binaries,
    binary_parts,
    binary_signatures,
    bundle_overrides,
    bundle_signatures,
    bundles,
    ca_certificates,
    cohorts,
    config_commands,
    device,
    device_certificates,
    devices,
    events,
    products,
    releases,
    signing_keys,
    users,
    x509,
)
from sealift.cli.failures import interrupted, status_of, unread
from sealift.cli.global_options import (
    ApiKey,
    ApiVersion,
    BaseUrl,
    CaPath,
    ConfigDirectory,
    NoProgress,
    OutputForm,
    Profile,
    Quiet,
    Verbose,
    Version,
    first,
)
from sealift.cli.session import Session

_GROUPS: Final = {
    "artifacts": artifacts.app,
    "artifact-versions": artifact_versions.app,
    "binaries": binaries.app,
    "binary-parts": binary_parts.app,
    "binary-signatures": binary_signatures.app,
    "signing-keys": signing_keys.app,
    "users": users.app,
    "products": products.app,
    "cohorts": cohorts.app,
    "devices": devices.app,
    "ca-certificates": ca_certificates.app,
    "device-certificates": device_certificates.app,
    "bundles": bundles.app,
    "bundle-signatures": bundle_signatures.app,
    "releases": releases.app,
    "bundle-overrides": bundle_overrides.app,
    "events": events.app,
    "device": device.app,
    "x509": x509.app,
    "config": config_commands.app,
}
# Whose own options bear the same names.
_KEEP_THEIR_OWN: Final = frozenset({"config"})
_GETTING_STARTED: Final = """\b
Getting started:
  sealift serve --data-dir data           start a server, which prints a key
  sealift config profiles create default --api-key -
  sealift artifacts create --name kernel
  sealift binaries create --help          the rest of the way

Options of 'sealift' itself, such as --output or --profile, may also stand
behind the commands of all groups but 'config'. What is not given as an option
is taken from the environment, then from the profile."""


class Root(TyperGroup):
    """Global options may follow the command too, and nothing ends in a traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  Typer's own
        return super().parse_args(ctx, first(args, _GROUPS.keys() - _KEEP_THEIR_OWN))

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Exit(interrupted()) from error
        except BrokenPipeError as error:
            raise typer.Exit(unread()) from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        words = list(sys.argv[1:] if args is None else args)
        run: Callable[[], object] = lambda: super(Root, self).main(  # noqa: E731
            words, prog_name or "sealift", complete_var, standalone_mode=False, **extra
        )
        status = status_of(run, is_verbose=lambda: "--verbose" in words)
        if standalone_mode:
            sys.exit(status)
        return status


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=_GETTING_STARTED,
)
for _name, _group in _GROUPS.items():
    app.add_typer(_group, name=_name)


@app.callback()
def root(
    context: typer.Context,
    api_key: ApiKey = None,
    base_url: BaseUrl = None,
    ca_path: CaPath = None,
    api_version: ApiVersion = None,
    profile: Profile = None,
    config_directory: ConfigDirectory = None,
    output: OutputForm = None,
    quiet: Quiet = False,
    no_progress: NoProgress = False,
    verbose: Verbose = False,
    version: Version = False,
) -> None:
    """Take in binaries, prove they arrived whole, sign them, get them to devices."""
    del version
    context.obj = Session(
        api_key=api_key,
        base_url=base_url,
        ca_path=ca_path,
        api_version=api_version,
        profile=profile,
        config_directory=config_directory,
        output=output,
        quiet=quiet,
        bars=not no_progress,
        verbose=verbose,
        transport=context.obj,
    )
