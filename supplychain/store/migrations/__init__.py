"""Alembic scripts; run by `supplychain.store.database`."""
