"""Machine code of compiled loops, kept on disk for all processes. Knows nothing of what the loops do."""
