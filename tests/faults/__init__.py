"""Faults, from the network to the target: what a user sees of each."""
