"""`sealift admin check`: what is wrong between records and content, for people and machines.

The status is 0 when all is well, 1 when something is wrong and not repaired, 2 when it could
not be looked at.
"""

import json
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:  # the server's parts take a second to import; help must not
    from sealift.actions.judging import Finding
    from sealift.actions.system import System

_WRONG: Final = 1
_UNCHECKED: Final = 2


@dataclass(slots=True)
class _Counted:
    records: int = 0
    bytes: int = 0

    def look(self, records: int) -> None:
        self.records += records

    def read(self, size: int) -> None:
        self.bytes += size


def check(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read all verified content and hash it again.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Do what is safe: never to content that a record claims.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Compare records and content, both ways. The server may be running.

    Status 0: all is well. 1: something is wrong, and not repaired. 2: it could not be checked.
    """
    from sealift.actions import checking
    from sealift.domain.errors import Unavailable

    counted, begun = _Counted(), time.monotonic()
    try:
        system: System = context.obj(migrated=True)
        with _shown(system, counted, deep=deep) as (looked_at, read):
            wanted = checking.Wanted(deep, repair, looked_at, read)
            found = list(checking.check(system, wanted))
    except Unavailable as refusal:
        typer.echo(f"sealift: {refusal.message}", err=True)
        raise typer.Exit(_UNCHECKED) from refusal
    except typer.Exit as ended:
        raise typer.Exit(_UNCHECKED) from ended
    if as_json:
        _print_json(found, counted)
    else:
        _print(found, counted, time.monotonic() - begun)
    raise typer.Exit(_status(found))


def _status(found: "Sequence[Finding]") -> int:
    from sealift.actions.judging import Matter

    left = {each.suspicion.matter for each in found if not each.repaired}
    if left & {Matter.STORE_AWAY, Matter.STORE_UNKNOWN}:
        return _UNCHECKED
    return _WRONG if left else 0


@contextmanager
def _shown(
    system: "System", counted: _Counted, *, deep: bool
) -> "Generator[tuple[Callable[[int], None], Callable[[int], None]]]":
    """What is told of progress; shown on a terminal, on standard error."""
    if not sys.stderr.isatty():
        yield counted.look, counted.read
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from sealift.domain.binary import HAS_VERIFIED_CONTENT
    from sealift.records import checked

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        with system.records.read(None) as tx:
            total = checked.verified_bytes(tx, HAS_VERIFIED_CONTENT) if deep else None
        task = progress.add_task("checking", total=total)

        def look(records: int) -> None:
            counted.look(records)
            progress.update(task, description=f"{counted.records:,} records")

        def read(size: int) -> None:
            counted.read(size)
            progress.advance(task, size)

        yield look, read


def _print_json(found: "Sequence[Finding]", counted: _Counted) -> None:
    shown = {
        "checked": {"records": counted.records, "bytes": counted.bytes},
        "findings": [_as_json(each) for each in found],
    }
    typer.echo(json.dumps(shown, indent=2))


def _as_json(found: "Finding") -> dict[str, Any]:
    kept = found.suspicion.kept
    return {
        "matter": found.suspicion.matter,
        "binary": str(found.name) if found.name is not None else None,
        "store": found.store,
        "key": kept.key if kept is not None else found.claim and found.claim.content_key,
        "text": found.suspicion.text,
        "advice": found.advice,
        "repaired": found.repaired,
    }


def _print(found: "Sequence[Finding]", counted: _Counted, seconds: float) -> None:
    for each in found:
        typer.secho(each.suspicion.matter, bold=True, nl=False)
        typer.echo(f"  {each.name or ''}".rstrip())
        where = f" (store {each.store})" if each.store is not None else ""
        typer.echo(f"    {each.suspicion.text}{where}")
        typer.echo("    repaired" if each.repaired else f"    next: {each.advice}")
    repaired = sum(each.repaired for each in found)
    read = f" and {counted.bytes:,} bytes" if counted.bytes else ""
    what = f"{_many(len(found), 'finding')}, {repaired} repaired" if found else "all is well"
    typer.echo(f"{_many(counted.records, 'record')}{read} checked in {seconds:.1f} s: {what}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
