"""The receiver of MOCO's webhooks, and the spool that keeps what came."""
