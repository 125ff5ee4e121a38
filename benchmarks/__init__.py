"""Benchmarks against published instances and peers; never part of the wheel."""
