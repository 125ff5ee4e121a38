"""A closed loop of ordering on real demand: shops, forecasts, policies, and the frontier of stock and service."""
