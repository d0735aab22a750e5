"""The options of `sealift` itself: what they mean, and that they may follow the command too.

What is given here wins over the environment, which wins over the profile.
"""

from collections.abc import Container, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from sealift import __version__
from sealift.cli.session import Output

# The short forms that no command uses for something else are here too.
_WITH_VALUE: Final = frozenset(
    {
        "--api-key",
        "-a",
        "--base-url",
        "--ca-path",
        "--api-version",
        "-v",
        "--profile",
        "-p",
        "--config-directory",
        "-d",
        "--output",
        "-o",
    }
)
_ALSO_WITH_VALUE: Final = frozenset({"-b", "-c"})
_FLAGS: Final = frozenset({"--verbose", "--quiet", "-q", "--no-progress"})


def first(words: Sequence[str], commands: Container[str]) -> list[str]:
    """Move the root's options to the front, where the root looks for them.

    Only behind one of `commands`; everything behind `--` is left alone.
    """
    if _command(words) not in commands:
        return list(words)
    moved: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word in _WITH_VALUE:
            moved += [word, *([value] if (value := next(left, None)) is not None else [])]
        elif word in _FLAGS or ("=" in word and word.partition("=")[0] in _WITH_VALUE):
            moved.append(word)
        else:
            rest.append(word)
    return moved + rest


def _command(words: Sequence[str]) -> str:
    """The first word that is neither a global option nor the value of one; empty without one."""
    left = iter(words)
    for word in left:
        if word in _WITH_VALUE or word in _ALSO_WITH_VALUE:
            next(left, None)
        elif not word.startswith("-"):
            return word
    return ""


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"sealift {__version__}")
        raise typer.Exit


ApiKey: TypeAlias = Annotated[
    str | None,
    typer.Option("--api-key", "-a", metavar="KEY", envvar="SEALIFT_API_KEY", help="API key."),
]
BaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        "-b",
        metavar="URL",
        envvar="SEALIFT_BASE_URL",
        help="The server; http://127.0.0.1:8000 if nothing says otherwise.",
    ),
]
CaPath: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--ca-path",
        "-c",
        metavar="FILE",
        envvar="SEALIFT_CA_PATH",
        help="More CA certificates to trust, as PEM.",
    ),
]
ApiVersion: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--api-version",
        "-v",
        metavar="N",
        envvar="SEALIFT_API_VERSION",
        help="Version of the Admin API; 2 if nothing says otherwise.",
    ),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        envvar="SEALIFT_PROFILE",
        help="The profile to use; 'default' if there is one.",
    ),
]
ConfigDirectory: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config-directory",
        "-d",
        metavar="DIR",
        envvar="SEALIFT_CONFIG_DIRECTORY",
        help="Where profiles are kept; see 'sealift config path'.",
    ),
]
OutputForm: TypeAlias = Annotated[
    Output | None,
    typer.Option("--output", "-o", help="How to print results.", show_default="json"),
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")
]
NoProgress: TypeAlias = Annotated[
    bool, typer.Option("--no-progress", help="Say what happens, but not how far it is.")
]
Verbose: TypeAlias = Annotated[
    bool, typer.Option("--verbose", help="Show every request, and where faults come from.")
]
Version: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
]
