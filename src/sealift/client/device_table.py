"""Devices as rows of a CSV file, read one at a time.

The first row names the columns. What is wrong with a row is told with the row, and reading
goes on; what makes the rest unreadable (no CSV, no UTF-8, unknown columns) ends it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sealift.client.local import LocalTrouble
from sealift.domain import x509
from sealift.domain.errors import CertificateWrong
from sealift.domain.names import Kind, parse
from sealift.domain.x509 import Certificate

IDENTIFIER: Final = "identifier"
PRODUCT: Final = "product_prn"
COHORT: Final = "cohort_prn"
TAGS: Final = "tags"
CERTIFICATES: Final = "certificates"
NEEDED: Final = (IDENTIFIER, PRODUCT)
COLUMNS: Final = (IDENTIFIER, "description", TAGS, PRODUCT, COHORT, CERTIFICATES, "target")

_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_LARGEST_CELL: Final = 1024**2  # characters; some hundred certificates
_BOM: Final = "utf-8-sig"  # which spreadsheets write, read as if it were not there


class RowWrong(Exception):
    """Nothing can be made of the row."""


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where it begins in the file; `cells` are those that are not empty."""

    line: int
    cells: dict[str, str]
    wrong: str | None = None  # what keeps the row from being read

    @property
    def identifier(self) -> str:
        return self.cells.get(IDENTIFIER, "")

    @property
    def tags(self) -> list[str]:
        return [tag for each in self.cells.get(TAGS, "").split(",") if (tag := each.strip())]


def read_rows(path: Path) -> Iterator[Row]:
    csv.field_size_limit(_LARGEST_CELL)
    begins = 1
    try:
        with path.open(encoding=_BOM, newline="") as file:
            columns: list[str] = []
            reader = csv.reader(file, strict=True)
            for cells in reader:
                if not columns:
                    columns = _columns(cells, path)
                elif cells:  # else the line is empty
                    yield _row(begins, columns, cells)
                begins = reader.line_num + 1
            if not columns:
                raise LocalTrouble(f"{path} is empty; its first line names the columns")
    except OSError as error:
        raise LocalTrouble(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LocalTrouble(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise LocalTrouble(f"{path} is no CSV from line {begins} on: {error}") from error


def _columns(header: Sequence[str], path: Path) -> list[str]:
    columns = [name.strip() for name in header]
    if len(columns) == 1 and re.search(r"[;\t]", columns[0]):
        raise LocalTrouble(f"the columns of {path} must be separated by commas")
    for name in columns:
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise LocalTrouble(f"{path} has no use for a column {name!r}; it may have: {known}")
        if columns.count(name) > 1:
            raise LocalTrouble(f"{path} has the column {name!r} more than once")
    for name in NEEDED:
        if name not in columns:
            raise LocalTrouble(f"{path} needs a column {name!r} in its first line")
    return columns


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    found = {
        name: text for name, cell in zip(columns, cells, strict=False) if (text := cell.strip())
    }
    wrong = None
    if len(cells) != len(columns):
        wrong = f"has {len(cells)} cells, the first line has {len(columns)}"
    return Row(line, found, wrong)


def check(row: Row) -> list[Certificate]:
    """The certificates of a row that can be sent, or what is wrong with it."""
    if row.wrong:
        raise RowWrong(row.wrong)
    for name in NEEDED:
        if name not in row.cells:
            raise RowWrong(f"{name} is empty")
    for name, kind in ((PRODUCT, Kind.PRODUCT), (COHORT, Kind.COHORT)):
        text = row.cells.get(name)
        found = parse(text) if text else None
        if text and (found is None or found.kind is not kind):
            raise RowWrong(f"{name}: {text!r} is no PRN of a {kind}")
    return _certificates(row)


def _certificates(row: Row) -> list[Certificate]:
    text = row.cells.get(CERTIFICATES, "")
    blocks = list(_PEM.finditer(text))
    if _PEM.sub("", text).strip():
        raise RowWrong(f"{CERTIFICATES}: expected PEM certificates and blank lines between them")
    found: list[Certificate] = []
    for number, block in enumerate(blocks, 1):
        if "PRIVATE KEY" in block[1]:
            raise RowWrong(f"{CERTIFICATES}: has a private key, which belongs on the device alone")
        try:
            certificate = x509.read(block[0])
            x509.must_be_device(certificate, row.identifier, datetime.now(UTC))
        except CertificateWrong as error:
            raise RowWrong(f"{CERTIFICATES}: number {number} {error.message}") from error
        found.append(certificate)
    return found
