"""What is at stake, told on standard error before it is done, and the question whether to."""

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final, cast

import typer

from sealift.cli.config import Json, as_object
from sealift.cli.failures import Misused
from sealift.cli.session import Session
from sealift.cli.terminal import is_interactive, plain

_WIDTH: Final = 80


def tell(current: Session, lines: Iterable[str]) -> None:
    for line in _wrapped(lines):
        current.note(line)


def show(lines: Iterable[str]) -> None:
    """The same where it is what was asked for."""
    for line in _wrapped(lines):
        sys.stdout.write(f"{plain(line)}\n")


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from textwrap.wrap(line, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def must_be_meant(what: str, *, yes: bool) -> None:
    """Ask whether to go on, where there is somebody to answer."""
    if yes:
        return
    if not is_interactive():
        raise Misused(f"this {what}; repeat with --yes to mean it")
    typer.confirm(f"This {what}. Go on?", abort=True, err=True)


def of_binary(answer: Json) -> Iterator[str]:
    """What `GET /binaries/{prn}/impact` tells, in words."""
    impact = as_object(answer.get("impact"))
    bundles, releases = _list(impact, "bundles"), _list(impact, "releases")
    overrides = _list(impact, "bundle_overrides")
    if not bundles:
        yield "no bundle has it, so no device is waiting for it"
        return
    if not releases and not overrides:
        yield f"it is in {counted(len(bundles), 'bundle')}, but no device is given that"
        return
    yield (
        f"it is in {counted(len(bundles), 'bundle')}, given by"
        f" {counted(len(releases), 'release')} and {counted(len(overrides), 'override')}:"
    )
    yield from map(_release, releases)
    yield from map(_override, overrides)
    interrupted = cast("int", impact.get("devices_interrupted"))
    if not interrupted:
        yield "no device would be without an update that it would get now"
    else:
        yield (
            f"without its content {counted(interrupted, 'device')} would get no update"
            f" that {_have(interrupted)} one now"
        )
        yield (
            "a release that is archived or disabled before keeps nobody back:"
            " sealift releases delete, sealift releases update --disabled"
        )


def _release(release: Json) -> str:
    notes = [f"run by {counted(cast('int', release.get('devices')), 'device')}"]
    if release.get("required"):
        notes.append("required, so devices cannot pass it")
    if release.get("disabled"):
        notes.append("disabled")
    if release.get("affected"):
        notes.append("given to nobody already")
    return f"  release {release.get('name')}: {'; '.join(notes)}"


def _override(override: Json) -> str:
    ends = override.get("ends_at")
    until = f", until {ends}" if ends else ""
    return (
        f"  override {override.get('name')}:"
        f" for {counted(cast('int', override.get('devices')), 'device')}{until}"
    )


def of_rollback(answer: Json) -> Iterator[str]:
    """What `GET /releases/{prn}/rollback` tells, in words."""
    rollback = as_object(answer.get("rollback"))
    withdrawn = _list(rollback, "withdrawn_release_prns")
    given, left = cast("int", rollback.get("devices_given")), rollback.get("devices_left")
    yield (
        f"a new latest release would give the bundle of that one to {counted(given, 'device')};"
        f" {left} of the cohort would not get it"
    )
    yield f"{counted(len(withdrawn), 'release')} after it would be disabled, and not required"
    if rollback.get("affected"):
        yield "it will be refused: a binary of the bundle is not signed"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _list(found: Json, name: str) -> list[Json]:
    return cast("list[Json]", found.get(name) or [])
