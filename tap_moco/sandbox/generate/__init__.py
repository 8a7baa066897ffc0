"""A whole made-up account."""

from tap_moco.sandbox.generate.steps import generate_account

__all__ = ["generate_account"]
