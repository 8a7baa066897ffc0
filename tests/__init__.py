"""All tests; run as `pytest` from the root of the project."""
