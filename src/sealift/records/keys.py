"""Signing keys and the signatures made with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, Table, select

from sealift.domain.names import Kind
from sealift.records import rows, tables
from sealift.records.rows import Noun, all_of, query
from sealift.records.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SigningKey:
    id: str
    organization_id: str
    name: str
    value: str
    keyid: str
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BinarySignature:
    id: str
    organization_id: str
    binary_id: str
    signing_key_id: str
    signature: str
    keyid: str
    value: str  # of the key
    inserted_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BundleSignature:
    id: str
    organization_id: str
    bundle_id: str
    signing_key_id: str
    signature: str
    keyid: str
    inserted_at: datetime
    updated_at: datetime


def _of_the_key(column: str, signatures: Table) -> ScalarSelect[str]:
    keys = tables.signing_keys
    return select(keys.c[column]).where(keys.c.id == signatures.c.signing_key_id).scalar_subquery()


def _made_with(tx: Transaction, keyid: object) -> ColumnElement[bool]:
    keys = tables.signing_keys
    found = tx.select(keys, keys.c.id).where(keys.c.keyid == keyid).scalar_subquery()
    return tables.binary_signatures.c.signing_key_id == found


SIGNING_KEYS: Final = Noun(tables.signing_keys, SigningKey, Kind.SIGNING_KEY)
BINARY_SIGNATURES: Final = Noun(
    tables.binary_signatures,
    BinarySignature,
    Kind.BINARY_SIGNATURE,
    keys={
        "binary_prn": "binary_id",
        "signing_key_prn": "signing_key_id",
    },
    computed={
        "keyid": _of_the_key("keyid", tables.binary_signatures),
        "value": _of_the_key("value", tables.binary_signatures),
    },
    conditions={"signature.signing_key.keyid": _made_with},
)
BUNDLE_SIGNATURES: Final = Noun(
    tables.bundle_signatures,
    BundleSignature,
    Kind.BUNDLE_SIGNATURE,
    keys={
        "bundle_prn": "bundle_id",
        "signing_key_prn": "signing_key_id",
    },
    computed={"keyid": _of_the_key("keyid", tables.bundle_signatures)},
)


def by_keyid(tx: Transaction, keyid: str) -> SigningKey | None:
    statement = query(tx, SIGNING_KEYS).where(tables.signing_keys.c.keyid == keyid)
    return next(iter(all_of(tx, SIGNING_KEYS, statement)), None)


def attached_to(tx: Transaction, binary_ids: Iterable[str]) -> dict[str, list[BinarySignature]]:
    """Signatures by binary, in the order they were attached."""
    table = tables.binary_signatures
    found: dict[str, list[BinarySignature]] = {binary_id: [] for binary_id in binary_ids}
    statement = query(tx, BINARY_SIGNATURES).where(table.c.binary_id.in_(found))
    # Asked for an order, SQLite would walk all signatures in it to find these.
    for each in sorted(all_of(tx, BINARY_SIGNATURES, statement), key=_place):
        found[each.binary_id].append(each)
    return found


def _place(signature: BinarySignature) -> tuple[datetime, str]:
    return signature.inserted_at, signature.id


def of_bundle(tx: Transaction, bundle_id: str) -> list[BundleSignature]:
    """In the order they were attached."""
    of = tables.bundle_signatures.c
    statement = query(tx, BUNDLE_SIGNATURES).where(of.bundle_id == bundle_id)
    return all_of(tx, BUNDLE_SIGNATURES, statement.order_by(of.inserted_at, of.id))


def remove_all(tx: Transaction, binary_id: str) -> None:
    table = tables.binary_signatures
    tx.connection.execute(tx.delete(table).where(table.c.binary_id == binary_id))


def remove_all_of_bundle(tx: Transaction, bundle_id: str) -> None:
    table = tables.bundle_signatures
    tx.connection.execute(tx.delete(table).where(table.c.bundle_id == bundle_id))


def first_use(tx: Transaction, key_id: str) -> Table | None:
    """A table with signatures that were made with the key, if there are any."""
    both = (tables.binary_signatures, tables.bundle_signatures)
    return next(
        (each for each in both if rows.exists(tx, each, each.c.signing_key_id == key_id)), None
    )
