"""Tests of the promise: complete, or it says so."""
