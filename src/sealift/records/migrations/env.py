"""Alembic's entry: migrations run in the transaction that `records.migrate` opened."""

from alembic import context

from sealift.records.tables import metadata
from sealift.records.text_index import owns


def _is_of_a_step(name: str | None, _kind: str, _parents: object) -> bool:
    return name is None or not owns(name)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=_is_of_a_step,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
