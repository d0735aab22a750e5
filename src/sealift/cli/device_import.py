"""`sealift devices import`: a line for each row of a table, as soon as it is done."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealift.cli import session
from sealift.cli.failures import FAILED
from sealift.cli.nouns import examples
from sealift.cli.session import Output, Session
from sealift.cli.terminal import plain

if TYPE_CHECKING:
    from sealift.client.device_import import Reported

_FORMAT: Final = """The first line of FILE names the columns, separated by commas:

\b
  identifier    unique in the organization; the CN of its certificates
  product_prn   these two are needed, the others may be left out
  cohort_prn
  description
  tags          separated by commas, so quoted: "beta,indoor"
  target
  certificates  PEM, quoted; several are separated by a blank line

Each row is reported as a line of JSON: created, exists, or failed and why. A row
that fails is passed over, and the status is 1 in the end. After an interruption the
same command goes on; devices that exist are left as they are."""


def add_import(app: typer.Typer) -> None:
    app.command(
        "import",
        help=f"Create many devices from a CSV file.\n\n{_FORMAT}",
        epilog=examples(
            "sealift devices import devices.csv --dry-run --output table",
            "sealift devices import devices.csv > report.jsonl",
        ),
    )(import_devices)


def import_devices(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV in UTF-8.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; say what would be done.")
    ] = False,
) -> None:
    from sealift.client import device_import as flow
    from sealift.client.device_table import read_rows

    current = session.of(context)
    counted: Counter[str] = Counter()
    with current.client() as client:
        for reported in flow.import_devices(client, read_rows(file), is_rehearsal=dry_run):
            counted[reported.result] += 1
            _tell(current, reported)
    current.note(_summary(counted))
    if counted[flow.Result.FAILED]:
        raise typer.Exit(FAILED)


def _tell(current: Session, reported: "Reported") -> None:
    line = _words(reported) if current.output is Output.TABLE else _json(reported)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # whoever follows the import sees where it is


def _json(reported: "Reported") -> str:
    return json.dumps(
        {
            "line": reported.line,
            "identifier": reported.identifier,
            "result": reported.result,
            "device_prn": reported.device_prn,
            "reason": reported.reason,
        }
    )


def _words(reported: "Reported") -> str:
    reason = f": {reported.reason}" if reported.reason else ""
    return plain(f"{reported.line:>6}  {reported.identifier or '-'}  {reported.result}{reason}")


def _summary(counted: "Counter[str]") -> str:
    rows = counted.total()
    parts = ", ".join(f"{count} {result}" for result, count in sorted(counted.items()))
    return f"{rows} row{'' if rows == 1 else 's'}: {parts}" if rows else "the file has no rows"
