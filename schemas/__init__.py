"""One JSON schema a stream, packaged as `tap_moco.schemas`."""
