"""The entities of MOCO: one class each, a few lines each."""
