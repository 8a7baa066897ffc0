"""Singer targets, installed and fed by the tap: what each of them stores.

`make targets` runs all of it and writes docs/targets.md.
"""
