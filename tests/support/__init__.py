"""What the tests have in common: a target, a runner, a stub of MOCO, a clock."""
