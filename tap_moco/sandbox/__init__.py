"""A MOCO account in a process, for demos, tests and benchmarks."""

from tap_moco.sandbox.account import Account
from tap_moco.sandbox.app import Server
from tap_moco.sandbox.generate import generate_account
from tap_moco.sandbox.server import serve

__all__ = ["Account", "Server", "generate_account", "serve"]
