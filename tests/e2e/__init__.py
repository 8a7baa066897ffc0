"""The command from end to end: against the sandbox, into a target."""
