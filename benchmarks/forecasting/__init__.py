"""Forecasts against public peers on public demand."""
