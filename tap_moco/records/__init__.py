"""From a row of MOCO to a RECORD message."""
