"""Many MOCO accounts on a schedule: one partition per account."""
