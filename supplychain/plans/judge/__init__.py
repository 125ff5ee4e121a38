"""Judges: feasibility and cost of a plan afresh, in code that knows no solver."""
