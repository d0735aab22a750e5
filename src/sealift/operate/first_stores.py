"""Stores that the server makes by itself, once: where no content is on record yet."""

from sealift.actions.system import System
from sealift.content.disk import DiskStore
from sealift.domain.errors import ContentUnavailable
from sealift.records import stores


def prepare(system: System) -> None:
    """Make new stores; refuse to begin anew where the records rely on one that is away."""
    for name, store in system.stores.by_name.items():
        if isinstance(store, DiskStore):
            _prepare(system, name, store)


def _prepare(system: System, name: str, store: DiskStore) -> None:
    with system.records.read(None) as tx:
        is_relied_on = stores.is_relied_on(tx, name)
    try:
        if is_relied_on:
            store.probe()
        else:
            store.prepare()
    except ContentUnavailable as refusal:
        # Serving from an empty folder would call everything lost that is only away.
        message = f"the store {name} in {store.root} cannot be used: {refusal.message}"
        raise ContentUnavailable(message, store=name) from refusal
