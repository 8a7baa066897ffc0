"""The spool: what the receiver keeps of MOCO's webhooks, and the tap reads."""
