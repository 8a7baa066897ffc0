"""The receiver of webhooks and its spool."""
