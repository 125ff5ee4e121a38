"""Replenishment against published cases, peers and real demand."""
