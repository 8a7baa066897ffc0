"""Lists that change while they are read, and the proof that no row is missing."""
