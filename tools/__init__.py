"""What `make` runs, and people by hand: `python -m tools.NAME` from the root."""
