"""Run by Alembic, on the connection and inside the transaction that `supplychain.store.database` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
