"""The tests of the sandbox: real requests to a real port."""
