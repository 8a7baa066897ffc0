"""Tests of the dbt project and of the page, on what the tap loads from the sandbox."""
