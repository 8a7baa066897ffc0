"""The parts of the tap, each alone."""
