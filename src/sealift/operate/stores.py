"""The stores that the settings name, and the first start of each.

A binary remembers its store by name. The default store's name is its kind unless it is given
another, so whoever moves from a disk to S3 keeps the disk as a further store called `disk`.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from pydantic import SecretStr

from sealift.actions.system import System
from sealift.content.disk import DiskStore
from sealift.content.store import Store, Stores
from sealift.domain.errors import ContentUnavailable
from sealift.records import secrets, stores
from sealift.records.transaction import Records

_log: Final = logging.getLogger(__name__)


class StoreSettings(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def folder(self) -> Path | None: ...
    @property
    def bucket(self) -> str | None: ...
    @property
    def endpoint_url(self) -> str | None: ...
    @property
    def region(self) -> str: ...
    @property
    def access_key_id(self) -> str | None: ...
    @property
    def secret_access_key(self) -> SecretStr | None: ...


def configured(
    default: str,
    content: StoreSettings,
    further: Mapping[str, StoreSettings],
    folder: Path,
    records: Records,
) -> Stores:
    """All stores by name; `folder` is where a disk keeps content that was given no place."""
    chosen = {default: content, **further}
    return Stores(
        default,
        {
            name: _store(each, folder, partial(_mark, records, name))
            for name, each in chosen.items()
        },
    )


def _mark(records: Records, name: str) -> str:
    """What only this database can say, and for no other store."""
    with records.read(None) as tx:
        keys = secrets.all_for(tx, secrets.Purpose.STORES)
    return hmac.digest(next(iter(keys.values())), name.encode(), "sha256").hex()


def _store(chosen: StoreSettings, folder: Path, mark: Callable[[], str]) -> Store:
    if chosen.kind == "disk":
        return DiskStore(chosen.folder or folder)
    # Only who keeps content there waits for it to be imported.
    from sealift.content.s3 import S3Address, S3Store

    secret = chosen.secret_access_key
    return S3Store(
        S3Address(
            bucket=chosen.bucket or "",
            endpoint_url=chosen.endpoint_url,
            region=chosen.region,
            access_key_id=chosen.access_key_id,
            secret_access_key=secret.get_secret_value() if secret else None,
        ),
        mark=mark,
    )


def prepare(system: System) -> None:
    """Make new stores; refuse to begin anew where the records rely on one that is away."""
    with system.records.read(None) as tx:
        relied_on = stores.relied_on(tx)
    for name in sorted(relied_on - system.stores.by_name.keys()):
        message = (
            f"binaries have their content in the store {name}, which is not configured:"
            f" set SEALIFT_STORES__{name.upper()}__KIND and what belongs to it"
        )
        raise ContentUnavailable(message, store=name)
    for name, store in system.stores.by_name.items():
        if name in relied_on and not isinstance(store, DiskStore):
            _look_at(name, store)
        else:
            _prepare(name, store, is_relied_on=name in relied_on)


def _prepare(name: str, store: Store, *, is_relied_on: bool) -> None:
    try:
        if is_relied_on:
            store.probe()
        else:
            store.prepare()
    except ContentUnavailable as refusal:
        # Serving from an empty folder would call everything lost that is only away.
        place = f" in {store.root}" if isinstance(store, DiskStore) else ""
        message = f"the store {name}{place} cannot be used: {refusal.message}"
        raise ContentUnavailable(message, store=name) from refusal


def _look_at(name: str, store: Store) -> None:
    """Say early what is wrong, and go on: records answer without their store."""
    try:
        store.probe()
    except ContentUnavailable as refusal:
        _log.warning("the store %s cannot be used now: %s", name, refusal.message)
