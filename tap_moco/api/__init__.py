"""HTTP and MOCO: one client that turns a GET into a page."""
