"""The receiver of MOCO's webhooks, and the command that runs it."""
