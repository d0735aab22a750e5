"""Binaries: the record of each, and every guarded way to change one.

All changes are compare and swap. A client's change compares the revision it saw; the
closing step and the verification hold tokens of their own and compare those together
with the upload attempt, so that neither an edited description makes them lose nor a
late one of an earlier attempt touches anything.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Update, or_

from sealift.domain.binary import State
from sealift.domain.errors import Changed
from sealift.domain.metadata import JsonText
from sealift.domain.names import Kind
from sealift.records import tables
from sealift.records.rows import Noun
from sealift.records.transaction import Transaction

_MOMENT: Final = "%Y%m%d%H%M%S%f"
_KEY: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-([0-9]{20})\.([0-9]{1,19})")
LEASE: Final = timedelta(seconds=20)  # how long a claim or a lease holds unless it is renewed


@dataclass(frozen=True, slots=True)
class Binary:
    id: str
    organization_id: str
    artifact_version_id: str
    target: str
    hash: str
    size: int
    state: State
    description: str | None
    custom_metadata: JsonText | None
    verification_error: dict[str, Any] | None
    revision: int
    attempt: int
    store: str | None
    upload: str | None
    cut_by: int | None
    closing_until: datetime | None
    inserted_at: datetime
    updated_at: datetime

    @property
    def content_key(self) -> str:
        return content_key(self.id, self.inserted_at, self.attempt)

    def is_being_closed(self, now: datetime) -> bool:
        """The same question as `is_over` asks of the database, the other way round."""
        return self.closing_until is not None and now < self.closing_until <= now + 2 * LEASE


def content_key(binary_id: str, inserted_at: datetime, attempt: int) -> str:
    """Where an attempt's content is in its store. No other attempt ever has the same.

    The id alone does not tell records apart: one may be chosen again after a deletion,
    while links to the first one's content are out and its erasure is still to come.
    """
    return f"{binary_id}-{inserted_at:{_MOMENT}}.{attempt}"


def owner_of(content_key: str) -> str:
    """The id of the record whose content the key names."""
    return content_key.partition(".")[0].rpartition("-")[0]


def origin_of(content_key: str) -> tuple[datetime, int] | None:
    """When the record was made whose content the key names, and the attempt; None: it is no
    key that a record can have.
    """
    found = _KEY.fullmatch(content_key)
    try:
        return found and (datetime.strptime(f"{found[1]}+00:00", f"{_MOMENT}%z"), int(found[2]))
    except ValueError:  # the digits are no date
        return None


BINARIES: Final = Noun(
    tables.binaries,
    Binary,
    Kind.BINARY,
    keys={"artifact_version_prn": "artifact_version_id"},
)

_table: Final = tables.binaries


def is_over(until: Column[datetime], now: datetime) -> ColumnElement[bool]:
    """Nobody holds this claim or lease. One from further ahead than anybody can have made it,
    though the clocks of two servers differ by a lease, is left from before the clock went back.
    """
    return or_(until.is_(None), until <= now, until > now + 2 * LEASE)


def change(tx: Transaction, seen: Binary, now: datetime, **values: object) -> None:
    """Change the record that was seen, or refuse because it is another by now."""
    statement = (
        tx.update(_table)
        .where(
            _table.c.id == seen.id,
            _table.c.state == seen.state,
            _table.c.attempt == seen.attempt,
            _table.c.revision == seen.revision,
        )
        .values(updated_at=now, revision=_table.c.revision + 1, **values)
    )
    if not tx.changed_one(statement):
        raise Changed("the binary changed meanwhile; look again and repeat")


def start_attempt(tx: Transaction, seen: Binary, now: datetime, **values: object) -> None:
    """Forget the upload: whatever the earlier attempt left behind is somebody else's duty."""
    change(
        tx,
        seen,
        now,
        state=State.UPLOADABLE,
        attempt=seen.attempt + 1,
        store=None,
        upload=None,
        cut_by=None,
        closing_token=None,
        closing_until=None,
        lease_token=None,
        lease_until=None,
        verification_error=None,
        **values,
    )


# --- the opening and the closing step of an upload -----------------------------------------------


def choose_store(tx: Transaction, seen: Binary, store: str) -> None:
    """Remember where the content goes, unless another request was first. No visible change."""
    tx.connection.execute(_opening(tx, seen).where(_table.c.store.is_(None)).values(store=store))


def set_upload(tx: Transaction, seen: Binary, upload: str) -> None:
    """Remember the store's name for the upload, unless another request was first."""
    tx.connection.execute(_opening(tx, seen).where(_table.c.upload.is_(None)).values(upload=upload))


def _opening(tx: Transaction, seen: Binary) -> Update:
    return tx.update(_table).where(
        _table.c.id == seen.id,
        _table.c.attempt == seen.attempt,
        _table.c.state == State.UPLOADABLE,
    )


def set_cut(tx: Transaction, seen: Binary, cut_by: int) -> None:
    statement = tx.update(_table).where(_table.c.id == seen.id, _table.c.attempt == seen.attempt)
    tx.connection.execute(statement.values(cut_by=cut_by))


def claim_closing(
    tx: Transaction, seen: Binary, token: str, now: datetime, until: datetime
) -> bool:
    """Be the only one who closes this upload, until the claim runs out."""
    statement = tx.update(_table).where(
        _table.c.id == seen.id,
        _table.c.attempt == seen.attempt,
        _table.c.state == State.UPLOADABLE,
        is_over(_table.c.closing_until, now),
    )
    return tx.changed_one(statement.values(closing_token=token, closing_until=until))


def prolong_closing(tx: Transaction, seen: Binary, token: str, until: datetime) -> bool:
    return tx.changed_one(
        tx.update(_table)
        .where(_table.c.id == seen.id, _table.c.closing_token == token)
        .values(closing_until=until)
    )


def release_closing(
    tx: Transaction, seen: Binary, token: str, now: datetime, *, may_be_joined: bool
) -> None:
    """The claim is over, by anybody's clock. That there was one stays on record where the store
    may have joined the parts all the same, and where an earlier one stands already.
    """
    is_kept = may_be_joined or seen.closing_until is not None
    tx.connection.execute(
        tx.update(_table)
        .where(_table.c.id == seen.id, _table.c.closing_token == token)
        .values(closing_token=None, closing_until=now - LEASE if is_kept else None)
    )


def finish_closing(
    tx: Transaction, seen: Binary, token: str, now: datetime, **values: object
) -> None:
    """The upload is closed: go on, if the claim is still ours."""
    statement = tx.update(_table).where(
        _table.c.id == seen.id,
        _table.c.attempt == seen.attempt,
        _table.c.state == State.UPLOADABLE,
        _table.c.closing_token == token,
    )
    done = tx.changed_one(
        statement.values(
            closing_token=None,
            closing_until=None,
            updated_at=now,
            revision=_table.c.revision + 1,
            **values,
        )
    )
    if not done:
        raise Changed("the upload was closed or discarded by somebody else; look again")


# --- verification --------------------------------------------------------------------------------


def take_lease(
    tx: Transaction, binary_id: str, attempt: int, token: str, now: datetime, until: datetime
) -> bool:
    """Be the only one who verifies this attempt, until the lease runs out."""
    statement = tx.update(_table).where(
        _table.c.id == binary_id,
        _table.c.attempt == attempt,
        _table.c.state == State.HASHING,
        is_over(_table.c.lease_until, now),
    )
    return tx.changed_one(statement.values(lease_token=token, lease_until=until))


def prolong_lease(
    tx: Transaction, binary_id: str, attempt: int, token: str, until: datetime | None
) -> bool:
    """False when the lease went to somebody else or nobody wants the result; None gives it back."""
    statement = tx.update(_table).where(
        _table.c.id == binary_id,
        _table.c.attempt == attempt,
        _table.c.state == State.HASHING,
        _table.c.lease_token == token,
    )
    return tx.changed_one(statement.values(lease_until=until))


def settle(
    tx: Transaction,
    binary_id: str,
    attempt: int,
    token: str,
    now: datetime,
    *,
    state: State,
    verification_error: dict[str, Any] | None,
) -> bool:
    """The verdict is in. False, and nothing changes, when the lease is not ours any more."""
    statement = tx.update(_table).where(
        _table.c.id == binary_id,
        _table.c.attempt == attempt,
        _table.c.state == State.HASHING,
        _table.c.lease_token == token,
    )
    return tx.changed_one(
        statement.values(
            state=state,
            verification_error=verification_error,
            lease_token=None,
            lease_until=None,
            updated_at=now,
            revision=_table.c.revision + 1,
        )
    )
