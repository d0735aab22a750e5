"""Alembic's entry: migrations run in the transaction that `records.migrate` opened."""

from alembic import context

from sealift.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
