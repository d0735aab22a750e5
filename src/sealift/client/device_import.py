"""Many devices from a table: each row finds or creates its device and its certificates.

A row that is wrong or refused is reported, and the next one begins. What is no row's fault,
such as a server that is away, ends the import. Started again it goes on: devices that exist
are reported as such, and get the certificates that they still lack. Nothing is changed of a
device that exists; what the table says otherwise is named.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, cast

from sealift.client import device_table as table
from sealift.client.client import Client
from sealift.client.collections import Readable, Record
from sealift.client.device_table import Row, RowWrong
from sealift.client.problems import Json
from sealift.domain.errors import Conflict, Invalid, NotFound, Refusal, Taken
from sealift.domain.search import quoted
from sealift.domain.x509 import Certificate
from sealift.wire.admin import Device, NewDevice, NewDeviceCertificate

_OF_THE_ROW: Final = (Invalid, Conflict, NotFound)


class Result(StrEnum):
    CREATED = "created"
    EXISTS = "exists"
    FAILED = "failed"
    WOULD_CREATE = "would create"  # if it were no rehearsal


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of one row."""

    line: int
    identifier: str
    result: Result
    device_prn: str | None = None
    reason: str | None = None


def import_devices(
    client: Client, rows: Iterable[Row], *, is_rehearsal: bool = False
) -> Iterator[Reported]:
    """A rehearsal asks the server whatever can be asked without changing anything."""
    lines: dict[str, int] = {}  # by identifier
    known = _Known(client)
    for row in rows:
        try:
            certificates = _checked(row, lines)
            if is_rehearsal:
                yield _rehearsed(client, row, known)
            else:
                yield _brought(client, row, certificates)
        except RowWrong as wrong:
            yield Reported(row.line, row.identifier, Result.FAILED, reason=str(wrong))
        except _OF_THE_ROW as refusal:
            yield Reported(row.line, row.identifier, Result.FAILED, reason=_text(refusal))


def _checked(row: Row, lines: dict[str, int]) -> list[Certificate]:
    certificates = table.check(row)
    earlier = lines.setdefault(row.identifier, row.line)
    if earlier != row.line:
        raise RowWrong(f"has the identifier of line {earlier}")
    return certificates


def _brought(client: Client, row: Row, certificates: Iterable[Certificate]) -> Reported:
    reported, device = _device(client, row)
    for certificate in certificates:
        try:
            _register(client, device, certificate)
        except _OF_THE_ROW as refusal:
            what = f"the device is there, but not its certificate: {_text(refusal)}"
            return replace(reported, result=Result.FAILED, reason=what)
    return reported


def _device(client: Client, row: Row) -> tuple[Reported, Device]:
    try:
        device = client.devices.create(_new(row))
    except Taken as taken:
        if taken.field != table.IDENTIFIER:
            raise
        device = _find(client, row.identifier)
        if device is None:
            raise RowWrong("exists, and was deleted just now; import it again") from taken
        return _exists(row, device), device
    return Reported(row.line, row.identifier, Result.CREATED, device.prn), device


def _register(client: Client, device: Device, certificate: Certificate) -> None:
    encoded = base64.b64encode(certificate.der).decode()
    try:
        client.device_certificates.create(
            NewDeviceCertificate(device_prn=device.prn, certificate=encoded)
        )
    except Taken:
        own = client.device_certificates.all(search=f"device_prn:{quoted(device.prn)}")
        if certificate.fingerprint not in {each.fingerprint for each in own}:
            raise


def _rehearsed(client: Client, row: Row, known: "_Known") -> Reported:
    device = _find(client, row.identifier)
    if device is not None:
        return _exists(row, device)
    product_prn, cohort_prn = row.cells[table.PRODUCT], row.cells.get(table.COHORT)
    if not known.is_product(product_prn):
        raise RowWrong(f"{table.PRODUCT}: there is no {product_prn}")
    if cohort_prn and known.product_of(cohort_prn) != product_prn:
        raise RowWrong(f"{table.COHORT}: the product has no {cohort_prn}")
    return Reported(row.line, row.identifier, Result.WOULD_CREATE)


@dataclass(frozen=True, slots=True)
class _Known:
    """What many rows name is asked for once."""

    client: Client
    products: dict[str, bool] = field(default_factory=dict[str, bool])
    cohorts: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    def is_product(self, prn: str) -> bool:
        if prn not in self.products:
            self.products[prn] = _found(self.client.products, prn) is not None
        return self.products[prn]

    def product_of(self, cohort_prn: str) -> str | None:
        if cohort_prn not in self.cohorts:
            cohort = _found(self.client.cohorts, cohort_prn)
            self.cohorts[cohort_prn] = cohort and cohort.product_prn
        return self.cohorts[cohort_prn]


def _found(collection: Readable[Record], prn: str) -> Record | None:
    try:
        return collection.get(prn)
    except NotFound:
        return None


def _find(client: Client, identifier: str) -> Device | None:
    """Archived ones are left out of lists unless they are asked for."""
    search = f"identifier:{quoted(identifier)}"
    for each in (search, f"{search} and archived:true"):
        if found := next(client.devices.all(search=each), None):
            return found
    return None


def _exists(row: Row, device: Device) -> Reported:
    wanted = _fields(row)
    kept = device.model_dump(include=set(wanted))
    other = [name for name, value in wanted.items() if _set(value) != _set(kept[name])]
    reason = f"with other {', '.join(other)}" if other else None
    return Reported(row.line, row.identifier, Result.EXISTS, device.prn, reason)


def _set(value: object) -> object:
    return frozenset(cast("list[str]", value)) if isinstance(value, list) else value


def _fields(row: Row) -> Json:
    """What the table says of a device, certificates left out."""
    fields: Json = {name: text for name, text in row.cells.items() if name != table.CERTIFICATES}
    return fields | ({table.TAGS: row.tags} if table.TAGS in fields else {})


def _new(row: Row) -> NewDevice:
    # Not checked here: the server says better what is wrong, and it has the last word anyway.
    return NewDevice.model_construct(None, **_fields(row))


def _text(refusal: Refusal) -> str:
    texts = [f"{name}: {text}" for name, said in refusal.errors.items() for text in said]
    return "; ".join(texts) or refusal.message
