"""Alembic's entry point: runs on the connection (and in the transaction) that `migrate` opened."""

from alembic import context

from backend_stub.server.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
